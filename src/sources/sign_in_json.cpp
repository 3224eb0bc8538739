#include "sources/sign_in_json.hpp"

#include "base/text.hpp"
#include "sources/json_index.hpp"
#include "sources/json_splitter.hpp"

#include <array>

namespace smtpaudit {
namespace {

using State = SignInRow::State;

// Where in a record a value stands. Everything not named here is skipped.
enum class Place : std::uint8_t { record, status, location, ignored };

struct Key {
    Place in;
    std::string_view lower_name;
    SignInField field;
    std::uint8_t rank;
    Place object;  // what an object as the value is; `ignored`: an object is a wrong type
};

// A diagnostic-settings row has its fields twice or once, at the top and under `properties`; the
// latter is the sign-in itself (facts/graph.md 1.1, 1.5).
constexpr std::uint8_t k_under_properties = 8;
constexpr std::array<Key, 19> k_keys = {{
    {Place::record, "id", SignInField::id, 1, Place::ignored},
    {Place::record, "createddatetime", SignInField::created, 2, Place::ignored},
    {Place::record, "time", SignInField::created, 1, Place::ignored},
    {Place::record, "userid", SignInField::user_id, 1, Place::ignored},
    {Place::record, "userprincipalname", SignInField::user_principal_name, 1, Place::ignored},
    {Place::record, "clientappused", SignInField::client_app, 1, Place::ignored},
    {Place::record, "ipaddress", SignInField::ip_address, 2, Place::ignored},
    {Place::record, "calleripaddress", SignInField::ip_address, 1, Place::ignored},
    {Place::record, "useragent", SignInField::user_agent, 1, Place::ignored},
    {Place::record, "appdisplayname", SignInField::app, 1, Place::ignored},
    {Place::record, "riskstate", SignInField::risk_state, 1, Place::ignored},
    {Place::record, "risklevelaggregated", SignInField::risk_level, 1, Place::ignored},
    {Place::record, "risklevelduringsignin", SignInField::risk_level_then, 1, Place::ignored},
    {Place::record, "location", SignInField::country, 1, Place::location},
    {Place::record, "locationdetails", SignInField::country, 1, Place::location},
    {Place::record, "resulttype", SignInField::error_code, 1, Place::ignored},
    {Place::record, "status", SignInField::error_code, 0, Place::status},
    {Place::status, "errorcode", SignInField::error_code, 2, Place::ignored},
    {Place::location, "countryorregion", SignInField::country, 2, Place::ignored},
}};

bool same_key(std::string_view key, std::string_view lower_name) {
    return key.size() == lower_name.size() && equals_ignoring_case(key, lower_name);
}

// Takes the events of one record, from its opening brace on.
class RecordEvents {
public:
    explicit RecordEvents(SignInRow& row) : row_(row) {}

    void begin() {
        row_.clear();
        depth_ = 0;
        skipped_ = 0;
        key_ = nullptr;
    }
    bool open() const { return depth_ > 0; }

    void start_object() {
        if (skipped_ > 0) {
            ++skipped_;
        } else if (depth_ == 0) {
            push({Place::record, 0});
        } else if (enters_properties_) {
            push({Place::record, k_under_properties});
        } else if (key_ != nullptr && key_->object != Place::ignored) {
            push({key_->object, top().rank});
        } else {
            wrong_type();
            ++skipped_;
        }
        key_ = nullptr;
        enters_properties_ = false;
    }
    void start_array() {
        if (skipped_ == 0) wrong_type();
        ++skipped_;
    }
    void end() {
        if (skipped_ > 0) {
            --skipped_;
        } else {
            --depth_;
        }
        key_ = nullptr;
        enters_properties_ = false;
    }
    void key(const JsonText& written) {
        if (skipped_ > 0) return;
        const std::string_view name = written.decode(room_);
        key_ = nullptr;
        const Place place = top().place;
        enters_properties_ = depth_ == 1 && same_key(name, "properties");
        if (name.empty()) return;
        const char first = static_cast<char>(name.front() | 0x20);  // lower case of a letter
        for (const Key& candidate : k_keys) {
            if (candidate.lower_name.front() != first || candidate.in != place ||
                !same_key(name, candidate.lower_name))
                continue;
            key_ = &candidate;
            return;
        }
    }
    void text(const JsonText& value) {
        if (skipped_ == 0 && key_ != nullptr) scalar(value.decode(room_), false);
    }
    void number(std::string_view raw, bool is_integer) {
        if (!is_integer) return other_scalar();
        if (skipped_ == 0 && key_ != nullptr) scalar(raw, true);
    }
    void null() {
        if (skipped_ == 0 && key_ != nullptr) set(State::null, {});
    }
    void other_scalar() {
        if (skipped_ == 0) wrong_type();
    }

private:
    struct Level {
        Place place;
        std::uint8_t rank;
    };

    const Level& top() const { return levels_[depth_ - 1]; }
    // Three levels at most: record, properties, status or location.
    void push(Level level) { levels_[depth_++] = level; }
    void set(State state, std::string_view value) {
        row_.set(key_->field, state, value, static_cast<std::uint8_t>(key_->rank + top().rank));
    }
    void wrong_type() {
        if (key_ != nullptr) set(State::wrong_type, {});
    }
    void scalar(std::string_view value, bool is_number) {
        // "Status" as a text is Log Analytics' dump of the object: resultType says the same.
        if (key_->object == Place::status) return;
        const bool wrong = is_number && key_->field != SignInField::error_code;
        set(wrong ? State::wrong_type : State::present, value);
    }

    SignInRow& row_;
    std::array<Level, 4> levels_{};
    std::size_t depth_ = 0;
    std::size_t skipped_ = 0;  // open objects and arrays of no interest
    const Key* key_ = nullptr;
    bool enters_properties_ = false;
    std::string room_;
};

// A problem of the shape, kept until the text is known to be JSON at all.
class ShapeProblem {
public:
    void note(const char* what) {
        if (what_ == nullptr) what_ = what;
    }
    std::optional<JsonProblem> take() const {
        if (what_ == nullptr) return std::nullopt;
        return JsonProblem{0, what_, false};
    }

private:
    const char* what_ = nullptr;
};

class OneRecord {
public:
    explicit OneRecord(SignInRow& row) : record_(row) { record_.begin(); }

    void start_object() { record_.start_object(); }
    void end_object() { record_.end(); }
    void start_array() {
        if (is_open()) record_.start_array();
    }
    void end_array() {
        if (record_.open()) record_.end();
    }
    void key(const JsonText& name) { record_.key(name); }
    void text(const JsonText& value) {
        if (is_open()) record_.text(value);
    }
    void number(std::string_view raw, bool is_integer) {
        if (is_open()) record_.number(raw, is_integer);
    }
    void boolean(bool) {
        if (is_open()) record_.other_scalar();
    }
    void null() {
        if (is_open()) record_.null();
    }
    std::optional<JsonProblem> problem() const { return problem_.take(); }

private:
    bool is_open() {
        if (!record_.open()) problem_.note("a sign-in record must be a JSON object");
        return record_.open();
    }
    RecordEvents record_;
    ShapeProblem problem_;
};

// One record, and whether it is a frame around records instead.
class WholeRecord {
public:
    explicit WholeRecord(SignInRow& row) : record_(row) {}

    void start_object() {
        ++depth_;
        record_.start_object();
    }
    void end_object() {
        --depth_;
        record_.end_object();
    }
    void start_array() {
        holds_list_ = holds_list_ || (depth_ == 1 && is_list_name(key_));
        ++depth_;
        record_.start_array();
    }
    void end_array() {
        --depth_;
        record_.end_array();
    }
    void key(const JsonText& name) {
        if (depth_ == 1) key_ = name.raw;
        record_.key(name);
    }
    void text(const JsonText& value) { record_.text(value); }
    void number(std::string_view raw, bool is_integer) { record_.number(raw, is_integer); }
    void boolean(bool value) { record_.boolean(value); }
    void null() { record_.null(); }

    bool holds_list() const { return holds_list_; }

private:
    OneRecord record_;
    std::size_t depth_ = 0;
    std::string_view key_;  // of the first level, as it is written
    bool holds_list_ = false;
};

class OnePage {
public:
    explicit OnePage(const std::function<void(std::uint64_t, const SignInRow&)>& on_row)
        : on_row_(on_row), record_(row_) {}

    void start_object() {
        if (record_.open()) {
            record_.start_object();
        } else if (in_value_ && depth_ == k_list) {
            record_.begin();
            record_.start_object();
        } else {
            ++depth_;
            is_object_ = is_object_ || depth_ == k_top;
        }
    }
    void end_object() {
        if (!record_.open()) {
            --depth_;
            return;
        }
        record_.end();
        if (!record_.open()) on_row_(page_.rows++, row_);
    }
    void start_array() {
        if (record_.open()) return record_.start_array();
        refuse_element();
        ++depth_;
        if (depth_ == k_list && is_object_ && key_ == "value") in_value_ = has_value_ = true;
    }
    void end_array() {
        if (record_.open()) return record_.end();
        --depth_;
        if (depth_ == k_top) in_value_ = false;
    }
    void key(const JsonText& name) {
        if (record_.open()) return record_.key(name);
        if (depth_ == k_top) key_ = name.decode(room_);
    }
    void text(const JsonText& value) {
        if (record_.open()) return record_.text(value);
        refuse_element();
        if (is_next_link()) page_.next_link = value.decode(room_);
    }
    void number(std::string_view raw, bool is_integer) {
        if (record_.open()) return record_.number(raw, is_integer);
        refuse_scalar();
    }
    void boolean(bool) {
        if (record_.open()) return record_.other_scalar();
        refuse_scalar();
    }
    void null() {
        if (record_.open()) return record_.null();
        refuse_element();
    }

    std::optional<JsonProblem> problem() const {
        if (auto noted = problem_.take()) return noted;
        if (has_value_) return std::nullopt;
        return JsonProblem{0, "the answer has no list named \"value\"", false};
    }
    SignInPage take() { return std::move(page_); }

private:
    // Depths outside of records: in the answer's object, and in the list of it.
    static constexpr std::size_t k_top = 1;
    static constexpr std::size_t k_list = 2;

    bool is_next_link() const { return depth_ == k_top && is_object_ && key_ == "@odata.nextLink"; }
    void refuse_element() {
        if (in_value_) problem_.note("an element of \"value\" is not an object");
    }
    // A link that cannot be read must not look like the last page.
    void refuse_scalar() {
        refuse_element();
        if (is_next_link()) problem_.note("@odata.nextLink is not a text");
    }

    const std::function<void(std::uint64_t, const SignInRow&)>& on_row_;
    SignInRow row_;
    RecordEvents record_;
    SignInPage page_;
    ShapeProblem problem_;
    std::string key_, room_;
    std::size_t depth_ = 0;
    bool is_object_ = false;
    bool in_value_ = false;
    bool has_value_ = false;
};

}  // namespace

std::optional<JsonProblem> parse_sign_in(std::string_view text, SignInRow& row) {
    OneRecord record(row);
    if (auto problem = JsonScanner(text, record).run()) return problem;
    return record.problem();
}

std::size_t take_sign_in(const JsonPlace& place, bool may_hold_list, SignInRow& row) {
    WholeRecord record(row);
    const std::size_t used = IndexedScanner(place, record).run();
    if (used == 0 || (may_hold_list && record.holds_list())) return 0;
    return place.places[used - 1] + std::size_t{1} - place.places.front();
}

tl::expected<SignInPage, JsonProblem> parse_sign_in_page(
    std::string_view body, const std::function<void(std::uint64_t, const SignInRow&)>& on_row) {
    OnePage page(on_row);
    auto problem = JsonScanner(body, page).run();
    if (!problem) problem = page.problem();
    if (problem) return tl::unexpected(std::move(*problem));
    return page.take();
}

}  // namespace smtpaudit
