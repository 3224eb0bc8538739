#include "base/time.hpp"

#include <fmt/format.h>
#include <array>

namespace smtpaudit {
namespace {

using namespace std::chrono;

constexpr std::array<const char*, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take_char(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Day> take_day(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || !take_char(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take_char(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day) return std::nullopt;
    return make_day(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

std::optional<seconds> take_time_of_day(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take_char(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    int second = 0;
    if (take_char(text, ':')) {
        const auto read = take_digits(text, 2);
        if (!read || *read > 60) return std::nullopt;
        second = *read == 60 ? 59 : *read;  // a leap second belongs to its minute
        if (take_char(text, '.') || take_char(text, ',')) {
            if (text.empty() || !is_digit(text.front())) return std::nullopt;
            while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
        }
    }
    return hours(*hour) + minutes(*minute) + seconds(second);
}

// "Z", "+02:00", "+0200", "+02"; the offset to subtract from the local reading.
std::optional<minutes> take_zone(std::string_view& text) {
    if (take_char(text, 'Z') || take_char(text, 'z')) return minutes(0);
    const bool west = !text.empty() && text.front() == '-';
    if (!west && (text.empty() || text.front() != '+')) return std::nullopt;
    text.remove_prefix(1);
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23) return std::nullopt;
    int minute = 0;
    if (take_char(text, ':') || !text.empty()) {
        const auto read = take_digits(text, 2);
        if (!read || *read > 59) return std::nullopt;
        minute = *read;
    }
    const minutes offset(*hour * 60 + minute);
    return west ? -offset : offset;
}

}  // namespace

std::optional<Day> make_day(int year_number, unsigned month_number, unsigned day_number) {
    const year_month_day date{year(year_number), month(month_number), day(day_number)};
    if (!date.ok()) return std::nullopt;
    return Day(date);
}

std::optional<IsoInstant> parse_iso_instant(std::string_view text) {
    const auto date = take_day(text);
    if (!date) return std::nullopt;
    IsoInstant result{UtcTime(*date), false, false};
    if (text.empty()) return result;
    if (!take_char(text, 'T') && !take_char(text, 't') && !take_char(text, ' '))
        return std::nullopt;
    const auto time = take_time_of_day(text);
    if (!time) return std::nullopt;
    result.at += *time;
    result.has_time = true;
    if (text.empty()) return result;
    take_char(text, ' ');
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return std::nullopt;
    result.at -= *zone;
    result.has_zone = true;
    return result;
}

std::optional<Day> parse_iso_day(std::string_view text) {
    const auto date = take_day(text);
    if (!date || !text.empty()) return std::nullopt;
    return date;
}

std::string format_day(Day day) {
    const year_month_day date(day);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string format_utc(UtcTime at) {
    const hh_mm_ss<seconds> time(at - day_of(at));
    return fmt::format("{}T{:02}:{:02}:{:02}Z", format_day(day_of(at)), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string format_day_short(Day day) {
    const year_month_day date(day);
    return fmt::format("{} {}", static_cast<unsigned>(date.day()),
                       k_months[static_cast<unsigned>(date.month()) - 1]);
}

std::string format_day_long(Day day) {
    return fmt::format("{} {:04}", format_day_short(day),
                       static_cast<int>(year_month_day(day).year()));
}

}  // namespace smtpaudit
