// A time zone: which hour of its day an instant is. Made from an offset or from a TZif file
// (RFC 8536). The environment and the zone of the process are never asked, so any thread may.
#pragma once

#include "base/files.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpaudit {

using LocalTime = std::chrono::local_seconds;  // of some zone

class TimeZone {
public:
    TimeZone() = default;  // UTC

    // "UTC", "Z", "+02:00", "-0530", "UTC+1": the same all year. nullopt: no such offset.
    static std::optional<TimeZone> fixed(std::string_view text);
    // The content of a TZif file, of any version. Broken, or one that counts leap seconds:
    // Errc::input.
    static Result<TimeZone> from_tzif(std::string name, std::string_view bytes);

    const std::string& name() const { return name_; }

    // The time around an instant in which the offset stays the same.
    struct Stretch {
        UtcTime from, to;  // `to` is behind it
        std::chrono::seconds offset{0};  // local time minus UTC
        bool holds(UtcTime at) const { return from <= at && at < to; }
    };
    Stretch stretch_at(UtcTime at) const;

    // When a year's summer time begins or ends: a day of the POSIX TZ string.
    struct RuleDay {
        enum class Kind : std::uint8_t { month_week, julian, zero_based } kind = Kind::julian;
        int month = 0, week = 0, weekday = 0;  // of month_week; week 5 is the last
        int day = 0;  // of the others
        std::chrono::seconds time{7200};  // local, may be negative or over a day
    };
    struct Rule {
        std::chrono::seconds standard{0}, summer{0};
        std::optional<std::pair<RuleDay, RuleDay>> summer_from_to;  // absent: no summer time
    };

private:
    struct Change {
        UtcTime at;
        std::chrono::seconds offset;  // from then on
    };
    std::vector<Change> changes_of_rule(UtcTime around) const;

    std::string name_ = "UTC";
    std::chrono::seconds before_{0};  // the first change
    std::vector<Change> changes_;  // ascending
    std::optional<Rule> rule_;  // after the last change; absent: its offset stays
};

// The rule at the end of a TZif file: "CET-1CEST,M3.5.0,M10.5.0/3". nullopt: not one.
std::optional<TimeZone::Rule> parse_zone_rule(std::string_view text);

// An offset, or a zone of the system's zoneinfo, "Europe/Paris". Errc::usage: neither.
Result<TimeZone> read_time_zone(const Files& files, const std::string& name);

}  // namespace smtpaudit
