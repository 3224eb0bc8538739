// When something sends: one of the signs that tell what it is.
#pragma once

#include "analysis/use_profile.hpp"
#include "ledger/clock_face.hpp"

#include <cstdint>
#include <string>

namespace smtpaudit {

enum class CadenceKind : std::uint8_t {
    unknown,  // no dates, too little, or no pattern
    rare,  // a few days of many
    month_end,  // around the turn of the month
    fixed_time,  // every day in the same hour or two
    office_hours,  // working days, a working day's span of hours
    round_the_clock,  // day and night, all week
};

// What the pattern rests on; hours are UTC, because a report does not tell the tenant's time zone.
// Working days are the five that send where two days side by side rest, so Friday and Saturday may
// be the weekend.
struct Cadence {
    CadenceKind kind = CadenceKind::unknown;
    std::uint8_t from_hour = 0, to_hour = 0;  // first and last, inclusive; to < from: over midnight
    bool same_minute = false;  // within ten minutes of the hour
    int active_days = 0, covered_days = 0;

    std::string words() const;  // "sends on working days, 06–16 h UTC"; empty: unknown
};

// `use` is the counter that the subject is judged by (UseProfile::basic()).
Cadence cadence_of(const MeasureUse& use, const ClockFace& clock, const EvidenceSpan& span);

}  // namespace smtpaudit
