// UTC instants and days. Nothing in this program knows a local time zone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

using UtcTime = std::chrono::sys_seconds;  // whole seconds, UTC
using Day = std::chrono::sys_days;  // a UTC calendar day

// "2026-11-22T10:00:00Z". fmt 9.1 prints sys_seconds in local time, so only these print a time.
std::string format_utc(UtcTime at);
std::string format_day(Day day);  // "2026-11-22"
// "22 Nov 2026", for people.
std::string format_day_long(Day day);
// "22 Nov"
std::string format_day_short(Day day);

struct IsoInstant {
    UtcTime at;
    bool has_time = false;  // false: a day only, at is its first second
    bool has_zone = false;  // false: taken as UTC
};

// "2026-11-22", "2026-11-22T10:00", "2026-11-22 10:00:00.1234567Z", "…+02:00", "…+0200", "…+02".
// Fractions of any length are cut. Anything else, or a day that is not in the calendar: nullopt.
std::optional<IsoInstant> parse_iso_instant(std::string_view text);
std::optional<Day> parse_iso_day(std::string_view text);

// The day from its parts; nullopt if the calendar has no such day.
std::optional<Day> make_day(int year, unsigned month, unsigned day);

inline Day day_of(UtcTime at) { return std::chrono::floor<std::chrono::days>(at); }
// later - earlier in calendar days.
inline int days_between(Day earlier, Day later) {
    return static_cast<int>((later - earlier).count());
}

}  // namespace smtpaudit
