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
    nightly,  // every day, and in the night of a zone that is known
    office_hours,  // working days, a working day's span of hours
    round_the_clock,  // day and night, all week
};

// What the pattern rests on. Hours are those of the ledger's zone: a report does not tell the
// tenant's, so without --time-zone they are UTC, and then no hour is called night or day. Working
// days are the five that send where two days side by side rest, so Friday and Saturday may be the
// weekend.
struct Cadence {
    CadenceKind kind = CadenceKind::unknown;
    std::uint8_t from_hour = 0, to_hour = 0;  // first and last, inclusive; to < from: over midnight
    bool same_minute = false;  // within ten minutes of the hour
    std::string zone;  // its name; empty: not told, hours are UTC
    int active_days = 0, covered_days = 0;

    std::string words() const;  // "sends on working days, 06–16 h UTC"; empty: unknown
};

// `use` is the counter that the subject is judged by (UseProfile::basic()); `zone` the one that the
// clock runs by, nullptr: not told.
Cadence cadence_of(const MeasureUse& use, const ClockFace& clock, const EvidenceSpan& span,
                   const TimeZone* zone = nullptr);

}  // namespace smtpaudit
