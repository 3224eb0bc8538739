// Which days a report is requested for, and how they are cut into jobs.
#pragma once

#include "app/options.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// [from, to)
struct TimeSpan {
    UtcTime from, to;
    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// One job for all days, and finer ones where its file was cut (automatic); one for each day; one.
enum class Slicing : std::uint8_t { automatic, day, whole };

// The days of --days, --from and --to, whole ones that Exchange has (up to yesterday, 90 back).
// Errc::usage: not a day, the wrong way round, or out of reach.
Result<TimeSpan> report_span(const RequestOptions& options, UtcTime now);
Result<Slicing> report_slicing(const RequestOptions& options);

std::vector<TimeSpan> slices_of(TimeSpan span, Slicing slicing);
// A span whose file was cut, in parts: days, then hours. Empty: an hour is not cut further.
std::vector<TimeSpan> finer_slices(TimeSpan span);
// "2026-08-25 to 2026-11-22", "2026-11-22", "2026-11-22 05:00 to 06:00".
std::string span_text(TimeSpan span);

}  // namespace smtpaudit
