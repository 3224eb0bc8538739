#include "base/time_zone.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace smtpaudit {
namespace {

using std::chrono::seconds;

constexpr std::string_view k_folder = "/usr/share/zoneinfo/";
constexpr std::size_t k_most_bytes = std::size_t{1024} * 1024;
constexpr int k_most_hours = 26;  // of an offset; RFC 8536 allows a day and an hour
constexpr UtcTime k_begin{seconds(std::numeric_limits<std::int64_t>::min())};
constexpr UtcTime k_end{seconds(std::numeric_limits<std::int64_t>::max())};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes pieces off the front of a text; what does not fit leaves it broken.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool is_done() const { return text_.empty(); }
    bool take(char c) {
        if (text_.empty() || text_[0] != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    // At most four digits.
    std::optional<int> number() {
        int value = 0;
        std::size_t digits = 0;
        while (digits < text_.size() && digits < 4 && is_digit(text_[digits]))
            value = value * 10 + (text_[digits++] - '0');
        if (digits == 0) return std::nullopt;
        text_.remove_prefix(digits);
        return value;
    }
    std::optional<int> number(int least, int most) {
        const auto value = number();
        return value && *value >= least && *value <= most ? value : std::nullopt;
    }
    // "CET" or "<+0545>"; of no interest but for its end.
    bool skip_name() {
        std::size_t length = 0;
        if (take('<')) {
            length = text_.find('>');
            if (length == std::string_view::npos || length == 0) return false;
            text_.remove_prefix(length + 1);
            return true;
        }
        while (length < text_.size() && ((text_[length] >= 'a' && text_[length] <= 'z') ||
                                         (text_[length] >= 'A' && text_[length] <= 'Z')))
            ++length;
        text_.remove_prefix(length);
        return length >= 3;
    }
    // "[+-]hh[:mm[:ss]]"
    std::optional<seconds> time(int most_hours) {
        const bool is_negative = take('-');
        if (!is_negative) take('+');
        const auto hours = number(0, most_hours);
        if (!hours) return std::nullopt;
        int total = *hours * 3600;
        for (const int unit : {60, 1}) {
            if (!take(':')) break;
            const auto part = number(0, 59);
            if (!part) return std::nullopt;
            total += *part * unit;
        }
        return seconds(is_negative ? -total : total);
    }

private:
    std::string_view text_;
};

std::optional<TimeZone::RuleDay> rule_day(Scanner& in) {
    using Kind = TimeZone::RuleDay::Kind;
    constexpr int k_most_time_hours = 167;  // RFC 8536, 3.3.1
    TimeZone::RuleDay out;
    if (in.take('M')) {
        out.kind = Kind::month_week;
        const auto month = in.number(1, 12);
        if (!month || !in.take('.')) return std::nullopt;
        const auto week = in.number(1, 5);
        if (!week || !in.take('.')) return std::nullopt;
        const auto weekday = in.number(0, 6);
        if (!weekday) return std::nullopt;
        out.month = *month;
        out.week = *week;
        out.weekday = *weekday;
    } else {
        const bool is_julian = in.take('J');
        out.kind = is_julian ? Kind::julian : Kind::zero_based;
        const auto day = in.number(is_julian ? 1 : 0, 365);
        if (!day) return std::nullopt;
        out.day = *day;
    }
    if (!in.take('/')) return out;
    const auto time = in.time(k_most_time_hours);
    if (!time) return std::nullopt;
    out.time = *time;
    return out;
}

// As if the local day were one of UTC: the caller takes the offset off.
UtcTime instant_of(const TimeZone::RuleDay& rule, std::chrono::year year) {
    using namespace std::chrono;
    using Kind = TimeZone::RuleDay::Kind;
    Day day{year / January / 1};
    if (rule.kind == Kind::month_week) {
        const month m{static_cast<unsigned>(rule.month)};
        const weekday w{static_cast<unsigned>(rule.weekday)};
        day = rule.week == 5 ? Day{year / m / w[last]}
                             : Day{year / m / w[static_cast<unsigned>(rule.week)]};
    } else if (rule.kind == Kind::zero_based) {
        day += days(rule.day);
    } else {
        // The 29th of February is never counted.
        day += days(rule.day - 1 + (year.is_leap() && rule.day >= 60 ? 1 : 0));
    }
    return day + rule.time;
}

// Big-endian numbers of a file, never past its end.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
    bool has(std::size_t count) const { return bytes_.size() >= count; }
    std::string_view take(std::size_t count) {
        const std::string_view out = bytes_.substr(0, count);
        bytes_.remove_prefix(out.size());
        return out;
    }
    std::uint8_t byte() { return static_cast<std::uint8_t>(take(1)[0]); }
    std::int64_t number(std::size_t size) {
        std::uint64_t value = 0;
        const std::string_view raw = take(size);
        for (const char c : raw) value = value << 8U | static_cast<std::uint8_t>(c);
        if (size == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
        return static_cast<std::int64_t>(value);
    }
    std::string_view rest() const { return bytes_; }

private:
    std::string_view bytes_;
};

struct Header {
    char version = 0;
    std::size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, chars = 0;
    std::size_t size_of_data(std::size_t time_size) const {
        return times * (time_size + 1) + types * 6 + chars + leaps * (time_size + 4) + standard +
               utc;
    }
};

std::optional<Header> read_header(Bytes& in) {
    constexpr std::size_t k_header = 44;
    constexpr std::size_t k_most = 100'000;
    if (!in.has(k_header) || in.take(4) != "TZif") return std::nullopt;
    Header out;
    out.version = in.take(1)[0];
    in.take(15);
    for (std::size_t* count :
         {&out.utc, &out.standard, &out.leaps, &out.times, &out.types, &out.chars}) {
        const std::int64_t value = in.number(4);
        if (value < 0 || value > static_cast<std::int64_t>(k_most)) return std::nullopt;
        *count = static_cast<std::size_t>(value);
    }
    return out;
}

}  // namespace

std::optional<TimeZone::Rule> parse_zone_rule(std::string_view text) {
    constexpr int k_most_zone_hours = 24;
    Scanner in(text);
    TimeZone::Rule out;
    if (!in.skip_name()) return std::nullopt;
    const auto west = in.time(k_most_zone_hours);  // POSIX counts to the west
    if (!west) return std::nullopt;
    out.standard = out.summer = -*west;
    if (in.is_done()) return out;
    if (!in.skip_name()) return std::nullopt;
    out.summer = out.standard + std::chrono::hours(1);
    if (!in.take(',')) {
        const auto summer_west = in.time(k_most_zone_hours);
        if (!summer_west || !in.take(',')) return std::nullopt;
        out.summer = -*summer_west;
    }
    const auto from = rule_day(in);
    if (!from || !in.take(',')) return std::nullopt;
    const auto to = rule_day(in);
    if (!to || !in.is_done()) return std::nullopt;
    out.summer_from_to = {*from, *to};
    return out;
}

std::optional<TimeZone> TimeZone::fixed(std::string_view text) {
    TimeZone zone;
    std::string_view offset = text;
    for (const std::string_view prefix : {"UTC", "GMT"})
        if (offset.substr(0, prefix.size()) == prefix) {
            offset.remove_prefix(prefix.size());
            break;
        }
    if (text == "Z" || (offset.empty() && !text.empty())) return zone;
    if (offset.empty() || (offset[0] != '+' && offset[0] != '-')) return std::nullopt;
    const bool is_negative = offset[0] == '-';
    offset.remove_prefix(1);
    const bool is_run_together =
        offset.size() == 4 && std::all_of(offset.begin(), offset.end(), is_digit);
    const std::string spelled = is_run_together
                                    ? fmt::format("{}:{}", offset.substr(0, 2), offset.substr(2))
                                    : std::string(offset);
    Scanner in(spelled);
    constexpr int k_most_offset_hours = 14;
    const auto hours = in.number(0, k_most_offset_hours);
    if (!hours) return std::nullopt;
    int minutes = 0;
    if (in.take(':')) {
        const auto part = in.number(0, 59);
        if (!part) return std::nullopt;
        minutes = *part;
    }
    if (!in.is_done()) return std::nullopt;
    const seconds size{*hours * 3600 + minutes * 60};
    zone.before_ = is_negative ? -size : size;
    zone.name_ = fmt::format("UTC{}{:02}:{:02}", is_negative ? '-' : '+', *hours, minutes);
    return zone;
}

Result<TimeZone> TimeZone::from_tzif(std::string name, std::string_view bytes) {
    const auto broken = [&](std::string_view what) {
        return fail(Errc::input, fmt::format("{}: is no time zone file: {}", name, what));
    };
    Bytes in(bytes);
    auto header = read_header(in);
    if (!header) return broken("it has no such header");
    std::size_t time_size = 4;
    if (header->version >= '2') {
        const std::size_t old_data = header->size_of_data(4);
        if (!in.has(old_data)) return broken("it is cut off");
        in.take(old_data);
        header = read_header(in);
        if (!header) return broken("it has no second header");
        time_size = 8;
    }
    if (header->leaps > 0) return broken("it counts leap seconds");
    if (header->types == 0 || !in.has(header->size_of_data(time_size)))
        return broken("it is cut off");
    TimeZone zone;
    std::vector<std::int64_t> times(header->times);
    std::vector<std::uint8_t> kinds(header->times);
    std::vector<seconds> offsets(header->types);
    for (std::int64_t& time : times) time = in.number(time_size);
    for (std::uint8_t& kind : kinds) kind = in.byte();
    for (seconds& offset : offsets) {
        offset = seconds(in.number(4));
        in.take(2);
        if (std::chrono::abs(offset) > std::chrono::hours(k_most_hours))
            return broken("it has an offset of more than a day");
    }
    in.take(header->chars + header->standard + header->utc);
    zone.before_ = offsets[0];
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (kinds[i] >= offsets.size()) return broken("it names an offset that it does not have");
        if (i > 0 && times[i] <= times[i - 1]) return broken("its times are not in order");
        zone.changes_.push_back({UtcTime(seconds(times[i])), offsets[kinds[i]]});
    }
    if (time_size == 8) {
        std::string_view footer = in.rest();
        if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
            return broken("it has no rule at its end");
        footer = footer.substr(1, footer.size() - 2);
        if (!footer.empty()) {
            zone.rule_ = parse_zone_rule(footer);
            if (!zone.rule_) return broken("the rule at its end cannot be read");
        }
    }
    zone.name_ = std::move(name);
    return zone;
}

std::vector<TimeZone::Change> TimeZone::changes_of_rule(UtcTime around) const {
    const auto& [from, to] = *rule_->summer_from_to;
    const auto year = std::chrono::year_month_day(day_of(around)).year();
    std::vector<Change> changes;
    for (const int step : {-1, 0, 1}) {
        const std::chrono::year y = year + std::chrono::years(step);
        changes.push_back({instant_of(from, y) - rule_->standard, rule_->summer});
        changes.push_back({instant_of(to, y) - rule_->summer, rule_->standard});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.at < b.at; });
    return changes;
}

TimeZone::Stretch TimeZone::stretch_at(UtcTime at) const {
    const auto is_before = [](UtcTime t, const Change& change) { return t < change.at; };
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), at, is_before);
    Stretch out{k_begin, k_end, before_};
    if (next != changes_.begin()) {
        out.from = std::prev(next)->at;
        out.offset = std::prev(next)->offset;
    }
    if (next != changes_.end()) out.to = next->at;
    if (next != changes_.end() || !rule_) return out;
    out.offset = rule_->standard;
    if (!rule_->summer_from_to) return out;
    const std::vector<Change> changes = changes_of_rule(at);
    const auto after = std::upper_bound(changes.begin(), changes.end(), at, is_before);
    // Three years of changes stand around the instant.
    out.from = std::max(out.from, std::prev(after)->at);
    out.offset = std::prev(after)->offset;
    out.to = after->at;
    return out;
}

Result<TimeZone> read_time_zone(const Files& files, const std::string& name) {
    if (auto zone = TimeZone::fixed(name)) return *zone;
    const auto is_plain = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '+' || c == '-' || c == '/';
    };
    // No way out of the folder: no dot at all, and no part that is empty.
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), is_plain) &&
                         name.front() != '/' && name.back() != '/' &&
                         name.find("//") == std::string::npos;
    const std::string path = std::string(k_folder) + name;
    if (!is_name || files.kind(path) != PathKind::file)
        return fail(
            Errc::usage,
            fmt::format("--time-zone: \"{}\" is neither an offset like +02:00 nor a zone in "
                        "{}, like Europe/Paris",
                        name, k_folder));
    SA_TRY(const std::string bytes, read_text(files, path, k_most_bytes));
    return TimeZone::from_tzif(name, bytes);
}

}  // namespace smtpaudit
