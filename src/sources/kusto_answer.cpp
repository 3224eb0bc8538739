#include "sources/kusto_answer.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

constexpr std::size_t k_code_columns = 40;

}  // namespace

// Takes the events of the scanner; the path of keys says where a value belongs.
class KustoAnswerReader {
public:
    void start_object() { open(false); }
    void end_object() { close(); }
    void start_array() { open(true); }
    void end_array() { close(); }
    void key(const JsonText& name) { levels_.back().key = ascii_lower(name.decode(room_)); }
    void text(const JsonText& value) { take(KustoCell::State::text, value.decode(room_)); }
    void number(std::string_view raw, bool) { take(KustoCell::State::number, raw); }
    void boolean(bool value) { take(KustoCell::State::boolean, value ? "true" : "false"); }
    void null() { take(KustoCell::State::null, {}); }

    bool has_rows() const { return has_rows_; }
    // Whatever stands there: an answer with an error in it is not whole.
    bool has_error() const { return has_error_; }
    KustoAnswer answer;

private:
    struct Level {
        bool is_array = false;
        std::string key;  // the present one; keys are written in either case (facts/graph.md 3.1)
        std::size_t count = 0;  // elements of an array so far
    };
    enum class Place : std::uint8_t { elsewhere, column, cell, error_code };

    KustoTable& table() { return answer.table; }
    bool at_key(std::size_t level, std::string_view key) const {
        return levels_.size() > level && !levels_[level].is_array && levels_[level].key == key;
    }
    bool in_array(std::size_t level) const {
        return levels_.size() > level && levels_[level].is_array;
    }
    // Only the first of several tables is the result; the others are about the query.
    bool in_first_table() const {
        return at_key(0, "tables") && in_array(1) && levels_[1].count == 1 && levels_.size() > 2;
    }
    // The level that holds a row's cells, where `levels_` is in or at such a one.
    std::optional<std::size_t> row_level() const {
        if (in_first_table() && at_key(2, "rows") && in_array(3) && in_array(4)) return 4;
        if (at_key(0, "results") && in_array(1) && levels_.size() > 2 && !levels_[2].is_array)
            return 2;
        return std::nullopt;
    }

    Place place() const {
        const auto row = row_level();
        if (row && levels_.size() == *row + 1) return Place::cell;
        if (levels_.size() == 5 && in_first_table() && at_key(2, "columns") && in_array(3) &&
            at_key(4, "name"))
            return Place::column;
        if (at_key(0, "error") && !levels_.back().is_array && levels_.back().key == "code")
            return Place::error_code;
        return Place::elsewhere;
    }

    void open(bool is_array) {
        count_value();
        has_error_ |= levels_.size() == 1 && at_key(0, "error");
        if (place() == Place::cell) put({KustoCell::State::other, {}});
        levels_.push_back({is_array, {}, 0});
        has_rows_ |= is_array && ((levels_.size() == 4 && in_first_table() && at_key(2, "rows")) ||
                                  (levels_.size() == 2 && at_key(0, "results")));
        if (const auto row = row_level(); row && levels_.size() == *row + 1)
            table().starts_.push_back(table().cells_.size());
    }

    void close() { levels_.pop_back(); }

    void count_value() {
        if (!levels_.empty() && levels_.back().is_array) ++levels_.back().count;
    }

    void take(KustoCell::State state, std::string_view value) {
        if (levels_.empty()) return;
        count_value();
        has_error_ |= levels_.size() == 1 && at_key(0, "error") && state != KustoCell::State::null;
        switch (place()) {
            case Place::cell: put({state, std::string(value)}); break;
            case Place::column: table().columns_.push_back(ascii_lower(value)); break;
            case Place::error_code:
                if (state == KustoCell::State::text && !value.empty())
                    answer.error_codes.push_back(cut_to_width(printable(value), k_code_columns));
                break;
            case Place::elsewhere: break;
        }
    }

    void put(KustoCell cell) {
        KustoTable& table = this->table();
        const Level& level = levels_.back();
        std::size_t column = level.count - 1;
        if (!level.is_array) {
            const auto found = std::ranges::find(table.columns_, level.key);
            column = static_cast<std::size_t>(found - table.columns_.begin());
            if (found == table.columns_.end()) table.columns_.push_back(level.key);
        }
        const std::size_t at = table.starts_.back() + column;
        if (table.cells_.size() <= at) table.cells_.resize(at + 1);
        table.cells_[at] = std::move(cell);
    }

    std::vector<Level> levels_;
    std::string room_;
    bool has_rows_ = false, has_error_ = false;
};

std::optional<std::size_t> KustoTable::column(std::string_view name) const {
    const auto found = std::ranges::find(columns_, ascii_lower(name));
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
}

const KustoCell& KustoTable::at(std::size_t row, std::size_t column) const {
    static const KustoCell k_absent;
    const std::size_t at = starts_[row] + column;
    const std::size_t end = row + 1 < starts_.size() ? starts_[row + 1] : cells_.size();
    return at < end ? cells_[at] : k_absent;
}

tl::expected<KustoAnswer, JsonProblem> read_kusto_answer(std::string_view body) {
    KustoAnswerReader reader;
    if (auto problem = JsonScanner(body, reader).run()) return tl::unexpected(std::move(*problem));
    if (reader.has_error() && reader.answer.error_codes.empty())
        reader.answer.error_codes.emplace_back("an error without a code");
    if (!reader.has_rows() && reader.answer.error_codes.empty())
        return tl::unexpected(JsonProblem{0, "it has no rows", false});
    return std::move(reader.answer);
}

namespace {

void walk(const nlohmann::json& error, KustoError& read, int depth) {
    constexpr int k_deepest = 8;
    if (depth == k_deepest) return;
    if (error.is_array())
        for (const auto& one : error) walk(one, read, depth + 1);
    if (!error.is_object()) return;
    for (const auto& [name, value] : error.items()) {
        const std::string key = ascii_lower(name);
        if (key == "code" && value.is_string() && !value.get_ref<const std::string&>().empty())
            read.codes.push_back(
                cut_to_width(printable(value.get_ref<const std::string&>()), k_code_columns));
        if (key == "message" && value.is_string())
            read.messages += value.get_ref<const std::string&>() + "\n";
        if (key == "innererror" || key == "details") walk(value, read, depth + 1);
    }
}

}  // namespace

KustoError read_kusto_error(const std::string& body) {
    constexpr std::size_t k_largest_error = std::size_t{256} * 1024;
    KustoError read;
    if (body.size() > k_largest_error) return read;
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    if (!parsed.is_object()) return read;
    if (const auto error = parsed.find("error"); error != parsed.end()) walk(*error, read, 0);
    return read;
}

}  // namespace smtpaudit
