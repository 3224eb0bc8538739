#include "analysis/cadence.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <numeric>

namespace smtpaudit {
namespace {

// Judgement, measured by tests/bench/attribution (docs/devices.md).
constexpr int k_least_covered_days = 21;  // three weeks: otherwise a habit is a coincidence
constexpr int k_least_active_days = 8;
constexpr double k_rare_share = 0.06;
constexpr std::uint64_t k_least_instants = 12;
constexpr double k_most = 0.9;  // "nearly all" of the submissions
constexpr unsigned k_office_span = 12;  // hours
constexpr unsigned k_fixed_span = 2;
constexpr unsigned k_round_span = 16;
constexpr double k_rest_day = 0.4;  // of a working day's mean: office hours may cross UTC midnight
// By the tenant's own clock, where it is known.
constexpr unsigned k_night_from = 20, k_night_to = 6;
constexpr unsigned k_day_from = 5, k_day_to = 21;

struct Window {
    unsigned from = 0, length = 0;  // hours
    unsigned to() const { return from + length; }  // over 24: after midnight
};

bool is_in_the_night(const Window& busy) {
    return (busy.from >= k_night_from && busy.to() <= 24 + k_night_to) || busy.to() <= k_night_to;
}

bool is_in_the_day(const Window& busy) { return busy.from >= k_day_from && busy.to() <= k_day_to; }

std::uint64_t total(const ClockFace& clock) {
    return std::accumulate(clock.hours.begin(), clock.hours.end(), std::uint64_t{0});
}

// The shortest run of hours, over midnight or not, that holds nearly all; the earliest of several.
Window busy_hours(const ClockFace& clock) {
    std::array<std::uint64_t, 49> until{};  // two days, so that a run may pass midnight
    for (std::size_t i = 0; i < 48; ++i) until[i + 1] = until[i] + clock.hours[i % 24];
    const double enough = k_most * static_cast<double>(until[24]);
    for (unsigned length = 1; length < 24; ++length)
        for (unsigned from = 0; from < 24; ++from)
            if (static_cast<double>(until[from + length] - until[from]) >= enough)
                return {from, length};
    return {0, 24};
}

// Two neighbouring parts of twelve: a job that runs at five to may start at five past.
bool in_the_same_minutes(const ClockFace& clock) {
    std::uint64_t best = 0;
    for (std::size_t i = 0; i < clock.fives.size(); ++i)
        best = std::max<std::uint64_t>(
            best, std::uint64_t{clock.fives[i]} + clock.fives[(i + 1) % clock.fives.size()]);
    return static_cast<double>(best) >= k_most * static_cast<double>(total(clock));
}

// Two days of the week, side by side, on which next to nothing is sent.
bool rests_two_days(const ClockFace& clock) {
    const auto& days = clock.weekdays;
    const double all =
        static_cast<double>(std::accumulate(days.begin(), days.end(), std::uint64_t{0}));
    for (std::size_t i = 0; i < days.size(); ++i) {
        const auto rest = static_cast<double>(std::max(days[i], days[(i + 1) % days.size()]));
        const auto both = static_cast<double>(std::uint64_t{days[i]} + days[(i + 1) % days.size()]);
        if (rest <= k_rest_day * (all - both) / 5) return true;
    }
    return false;
}

// A few submissions may fall there by chance; a billing run is more than that.
bool turns_with_the_month(const MeasureUse& use, int covered_days) {
    constexpr int k_two_turns = 45;  // days: less sees one turn only
    constexpr std::uint64_t k_run = 10;  // a day
    return covered_days >= k_two_turns && use.active_days >= 3 &&
           use.window >= k_run * static_cast<std::uint64_t>(use.active_days) &&
           use.month_turn_days >= static_cast<int>(k_most * use.active_days);
}

CadenceKind kind_of(const MeasureUse& use, const ClockFace& clock, const Window& busy,
                    int covered_days, bool zone_is_known) {
    if (use.active_days == 0 || covered_days < k_least_covered_days) return CadenceKind::unknown;
    if (turns_with_the_month(use, covered_days)) return CadenceKind::month_end;
    if (use.active_days <= std::max(1, static_cast<int>(k_rare_share * covered_days)))
        return CadenceKind::rare;
    if (use.active_days < k_least_active_days || total(clock) < k_least_instants)
        return CadenceKind::unknown;
    const bool rests = rests_two_days(clock);
    if (zone_is_known && !rests && is_in_the_night(busy)) return CadenceKind::nightly;
    if (busy.length <= k_fixed_span && !rests) return CadenceKind::fixed_time;
    if (rests && busy.length > k_fixed_span && busy.length <= k_office_span)
        return zone_is_known && !is_in_the_day(busy) ? CadenceKind::unknown
                                                     : CadenceKind::office_hours;
    if (!rests && busy.length >= k_round_span) return CadenceKind::round_the_clock;
    return CadenceKind::unknown;
}

}  // namespace

Cadence cadence_of(const MeasureUse& use, const ClockFace& clock, const EvidenceSpan& span,
                   const TimeZone* zone) {
    Cadence cadence;
    if (!span.from) return cadence;
    const Window busy = busy_hours(clock);
    cadence.active_days = use.active_days;
    cadence.covered_days = span.covered_days();
    cadence.kind = kind_of(use, clock, busy, cadence.covered_days, zone != nullptr);
    if (zone != nullptr) cadence.zone = zone->name();
    cadence.from_hour = static_cast<std::uint8_t>(busy.from);
    cadence.to_hour = static_cast<std::uint8_t>((busy.from + busy.length - 1) % 24);
    cadence.same_minute = total(clock) >= k_least_instants && in_the_same_minutes(clock);
    return cadence;
}

std::string Cadence::words() const {
    const std::string minute = same_minute ? ", in the same minutes of the hour" : "";
    const auto hours = [&] {
        return fmt::format("{:02}–{:02} h {}", from_hour, (to_hour + 1) % 24,
                           zone.empty() ? "UTC" : zone);
    };
    switch (kind) {
        case CadenceKind::unknown: return {};
        case CadenceKind::rare:
            return fmt::format("sends rarely, on {} of {} days", active_days, covered_days);
        case CadenceKind::month_end: return "sends at the turn of the month";
        case CadenceKind::fixed_time:
            return fmt::format("sends every day at {}{}", hours(), minute);
        case CadenceKind::nightly: return fmt::format("sends every night at {}{}", hours(), minute);
        case CadenceKind::office_hours:
            return fmt::format("sends on working days, {}{}", hours(), minute);
        case CadenceKind::round_the_clock: return "sends day and night, all week" + minute;
    }
    return {};
}

}  // namespace smtpaudit
