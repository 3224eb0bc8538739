#include "sources/sign_in_checkpoint.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/private_folder.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>

namespace smtpaudit {
namespace {

using nlohmann::json;

// "sign-ins-2-FROM-TO-PULLED.jsonl", instants as Unix seconds. A later format has a later number,
// and files of another number are left alone.
constexpr std::string_view k_prefix = "sign-ins-2-";
constexpr std::string_view k_suffix = ".jsonl";
constexpr std::string_view k_end = R"({"sha256":")";

std::int64_t seconds(UtcTime at) { return at.time_since_epoch().count(); }
UtcTime instant(std::int64_t at) { return UtcTime(std::chrono::seconds(at)); }

std::string file_name(TimeWindow window, UtcTime pulled_at) {
    return fmt::format("{}{}-{}-{}{}", k_prefix, seconds(window.from), seconds(window.to),
                       seconds(pulled_at), k_suffix);
}

struct NamedFile {
    TimeWindow window;
    UtcTime pulled_at;
};

std::optional<NamedFile> parse_name(std::string_view name) {
    if (!name.starts_with(k_prefix) || !name.ends_with(k_suffix)) return std::nullopt;
    name.remove_prefix(k_prefix.size());
    name.remove_suffix(k_suffix.size());
    const auto parts = split(name, '-');
    if (parts.size() != 3) return std::nullopt;
    std::int64_t numbers[3] = {};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto [end, error] =
            std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), numbers[i]);
        if (error != std::errc() || end != parts[i].data() + parts[i].size()) return std::nullopt;
    }
    return NamedFile{{instant(numbers[0]), instant(numbers[1])}, instant(numbers[2])};
}

std::string to_line(const Observation& seen) {
    const json row = {seconds(*seen.at), seen.account,
                      seen.user_id,      seen.client ? format_ip(*seen.client) : "",
                      seen.user_agent,   seen.app,
                      seen.country,      seen.error_code,
                      seen.record_id,    static_cast<int>(seen.risk)};
    return row.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string to_line(const SignInAnswer& page) {
    const SignInTally& tally = page.tally;
    const auto or_zero = [](const std::optional<UtcTime>& at) { return at ? seconds(*at) : 0; };
    const json head = {{"rows", page.rows.size()},
                       {"tally",
                        {tally.smtp_rows, tally.other_rows, tally.nameless_rows,
                         tally.unreadable_addresses, tally.wrong_types, tally.without_id,
                         or_zero(tally.first), or_zero(tally.last), page.outside}}};
    return head.dump() + '\n';
}

SignInAnswer page_of(const json& head) {
    SignInAnswer page;
    const json& numbers = head.at("tally");
    SignInTally& tally = page.tally;
    std::size_t at = 0;
    for (std::uint64_t* number :
         {&tally.smtp_rows, &tally.other_rows, &tally.nameless_rows, &tally.unreadable_addresses,
          &tally.wrong_types, &tally.without_id})
        *number = numbers.at(at++).get<std::uint64_t>();
    for (std::optional<UtcTime>* one : {&tally.first, &tally.last}) {
        const auto told = numbers.at(at++).get<std::int64_t>();
        if (told != 0) *one = instant(told);
    }
    page.outside = numbers.at(at).get<std::uint64_t>();
    return page;
}

void add_row(const json& row, TimeWindow window, SignInAnswer& page) {
    Observation seen;
    seen.at = instant(row.at(0).get<std::int64_t>());
    if (!window.contains(*seen.at)) return;
    seen.account = row.at(1).get_ref<const std::string&>();
    seen.user_id = row.at(2).get_ref<const std::string&>();
    seen.client = parse_ip(row.at(3).get_ref<const std::string&>());
    seen.user_agent = row.at(4).get_ref<const std::string&>();
    seen.app = row.at(5).get_ref<const std::string&>();
    seen.country = row.at(6).get_ref<const std::string&>();
    seen.error_code = row.at(7).get<int>();
    seen.record_id = row.at(8).get_ref<const std::string&>();
    // Written by this program and under a digest, so a number of the enumeration.
    seen.risk = static_cast<SignInRisk>(row.at(9).get<int>());
    page.rows.add(seen);
}

// The lines of a file, none of them longer than any row that we write.
class Lines {
public:
    explicit Lines(const std::string& path) {
        const SystemFiles files;
        if (files.kind(path) != PathKind::file) return;
        if (auto opened = files.open(path)) source_ = std::move(*opened);
    }
    // A line with its '\n'. False: the end, or what is there is no line or cannot be read.
    bool next(std::string& line) {
        for (std::size_t searched = begin_;;) {
            const auto end = held_.find('\n', searched);
            if (end != std::string::npos) {
                line.assign(held_, begin_, end + 1 - begin_);
                begin_ = end + 1;
                return true;
            }
            searched = held_.size() - begin_;  // where read_more moves the rest to
            if (searched > k_longest || !read_more()) return false;
        }
    }
    bool at_end() { return source_ && !read_more() && held_.empty(); }

private:
    static constexpr std::size_t k_block = std::size_t{64} * 1024;
    static constexpr std::size_t k_longest = std::size_t{1024} * 1024;

    bool read_more() {
        if (!source_) return false;
        held_.erase(0, begin_);
        begin_ = 0;
        const std::size_t old = held_.size();
        held_.resize(old + k_block);
        const auto got = source_->read(std::span(held_).subspan(old));
        held_.resize(old + (got ? *got : 0));
        return got && *got > 0;
    }

    std::unique_ptr<ByteSource> source_;  // null: cannot be opened, or is no file
    std::string held_;
    std::size_t begin_ = 0;  // of the next line in it
};

// Its last line is the digest of all before it: a file that was cut or changed is told.
bool is_whole(const std::string& path) {
    Lines lines(path);
    Sha256 digest;
    std::string line;
    while (lines.next(line)) {
        if (line.starts_with(k_end))
            return line == fmt::format("{}{}\"}}\n", k_end, digest.finish()) && lines.at_end();
        digest.update(line);
    }
    return false;
}

}  // namespace

std::vector<SavedWindow> SignInCheckpoint::saved(UtcTime keep_from) const {
    namespace fs = std::filesystem;
    struct Found {
        SavedWindow window;
        UtcTime pulled_at;
    };
    std::vector<Found> found;
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        const std::string path = at->path().string();
        const auto named = parse_name(name);
        if (!named) {
            // Left by a save that was killed: the names that OutputFile gives its beginnings.
            std::error_code ignored;
            if (name.find(k_prefix) != std::string::npos) fs::remove(path, ignored);
            continue;
        }
        if (named->window.to <= keep_from || !is_whole(path)) {
            std::error_code ignored;
            fs::remove(path, ignored);
            continue;
        }
        TimeWindow window = named->window;
        window.to = std::min(window.to, named->pulled_at - k_late_rows);
        if (window.from < window.to) found.push_back({{window, path}, named->pulled_at});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        const auto key = [](const Found& one) {
            return std::tie(one.window.window.to, one.window.window.from, one.pulled_at,
                            one.window.path);
        };
        return key(b) < key(a);
    });
    std::vector<SavedWindow> windows;
    for (Found& one : found) windows.push_back(std::move(one.window));
    return windows;
}

struct SignInCheckpoint::Writer::State {
    SystemFiles files;
    std::unique_ptr<OutputFile> file;  // null: nothing can be saved, or no more
    Sha256 digest;

    void write(const std::string& text) {
        if (!file) return;
        digest.update(text);
        if (!file->write(text)) file.reset();
    }
};

SignInCheckpoint::Writer::Writer(const std::string& folder, TimeWindow window, UtcTime pulled_at)
    : state_(std::make_unique<State>()) {
    if (!make_private_folders(folder)) return;
    auto file = state_->files.create(folder + '/' + file_name(window, pulled_at));
    if (file) state_->file = std::move(*file);
}

SignInCheckpoint::Writer::~Writer() = default;
SignInCheckpoint::Writer::Writer(Writer&&) noexcept = default;

void SignInCheckpoint::Writer::add(const SignInAnswer& page) {
    // A row that cannot be read is a reason to ask again.
    if (page.unreadable > 0) state_->file.reset();
    std::string text = to_line(page);
    for (std::size_t i = 0; i < page.rows.size() && state_->file; ++i)
        text += to_line(page.rows.at(i));
    state_->write(text);
}

void SignInCheckpoint::Writer::commit() {
    if (!state_->file) return;
    const std::string end = fmt::format("{}{}\"}}\n", k_end, state_->digest.finish());
    if (state_->file->write(end)) (void)state_->file->commit();
    state_->file.reset();
}

bool SignInCheckpoint::read(const SavedWindow& saved, TimeWindow window,
                            const std::function<void(SignInAnswer&&)>& on_page) {
    Lines lines(saved.path);
    std::string line;
    while (lines.next(line)) {
        if (line.starts_with(k_end)) return true;
        const json head = json::parse(line, nullptr, false);
        try {
            SignInAnswer page = page_of(head);
            for (auto rows = head.at("rows").get<std::size_t>(); rows > 0; --rows) {
                if (!lines.next(line)) return false;
                add_row(json::parse(line, nullptr, false), window, page);
            }
            on_page(std::move(page));
        } catch (const json::exception&) {
            return false;
        }
    }
    return false;
}

std::vector<WindowPlan> plan_windows(TimeWindow whole, UtcTime now,
                                     const std::vector<SavedWindow>& saved) {
    std::vector<WindowPlan> plan;
    UtcTime cursor = whole.to;
    while (cursor > whole.from) {
        const SavedWindow* best = nullptr;  // reaches from the cursor furthest back
        UtcTime next = whole.from;  // where the next saved one begins to help
        for (const SavedWindow& one : saved) {
            if (one.window.to < cursor)
                next = std::max(next, one.window.to);
            else if (one.window.from < cursor &&
                     (best == nullptr || one.window.from < best->window.from))
                best = &one;
        }
        if (best != nullptr) {
            const UtcTime from = std::max(best->window.from, whole.from);
            plan.push_back({{from, cursor}, *best});
            cursor = from;
            continue;
        }
        for (const TimeWindow& window : sign_in_windows({next, cursor}, now))
            plan.push_back({window, std::nullopt});
        cursor = next;
    }
    return plan;
}

}  // namespace smtpaudit
