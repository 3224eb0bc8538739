#include "sources/sign_in_checkpoint.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

// Its last line is the digest of all before it: a file that was cut or changed is told.
bool is_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    Sha256 digest;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with(k_end)) {
            const bool right = line == fmt::format("{}{}\"}}", k_end, digest.finish());
            return right && !file.eof() && file.peek() == std::ifstream::traits_type::eof();
        }
        line += '\n';
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

SignInCheckpoint::Writer::Writer(std::string folder, TimeWindow window, UtcTime pulled_at)
    : state_(std::make_unique<State>()) {
    std::error_code error;
    if (!std::filesystem::exists(folder, error)) {
        std::filesystem::create_directories(folder, error);
        if (!error) ::chmod(folder.c_str(), 0700);
    }
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
    std::ifstream file(saved.path, std::ios::binary);
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with(k_end)) return true;
        const json head = json::parse(line, nullptr, false);
        try {
            SignInAnswer page = page_of(head);
            for (auto rows = head.at("rows").get<std::size_t>(); rows > 0; --rows) {
                if (!std::getline(file, line)) return false;
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
