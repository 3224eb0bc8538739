#include "app/report_days.hpp"

#include "base/text.hpp"
#include "sources/report_job.hpp"

#include <fmt/format.h>
#include <array>

namespace smtpaudit {
namespace {

using std::chrono::days;
using std::chrono::hours;

Result<Day> day_option(const std::string& text, const char* option) {
    const auto day = parse_iso_day(text);
    if (day) return *day;
    return fail(Errc::usage, fmt::format("{} \"{}\" is not a day; write it as 2026-11-22", option,
                                         printable(text)));
}

std::vector<TimeSpan> cut(TimeSpan span, std::chrono::seconds step) {
    std::vector<TimeSpan> parts;
    for (UtcTime from = span.from; from < span.to; from += step)
        parts.push_back({from, std::min(from + step, span.to)});
    return parts;
}

}  // namespace

Result<TimeSpan> report_span(const RequestOptions& options, UtcTime now) {
    const Day today = day_of(now);
    const Day first_possible = today - days(k_report_days);
    const Day last_possible = today - days(1);
    if (options.days && options.from)
        return fail(Errc::usage, "--days and --from both say where to begin; drop one of them");
    Day last = last_possible;
    if (options.to) {
        SA_TRY(last, day_option(*options.to, "--to"));
    }
    if (last > last_possible)
        return fail(Errc::usage,
                    fmt::format("--to {} is not over yet, and Exchange needs some hours more; the "
                                "last whole day is {}",
                                format_day(last), format_day(last_possible)));
    Day first = std::max(first_possible, last - days(k_report_days - 1));
    if (options.from) {
        SA_TRY(first, day_option(*options.from, "--from"));
    } else if (options.days) {
        if (*options.days < 1 || *options.days > k_report_days)
            return fail(Errc::usage, fmt::format("--days {}: a number from 1 to {} is expected",
                                                 *options.days, k_report_days));
        first = last - days(*options.days - 1);
    }
    if (first > last)
        return fail(Errc::usage, fmt::format("--from {} is after the last day {}",
                                             format_day(first), format_day(last)));
    if (first < first_possible)
        return fail(Errc::usage,
                    fmt::format("{} is too long ago: Exchange keeps {} days, the first is {}",
                                format_day(first), k_report_days, format_day(first_possible)));
    return TimeSpan{UtcTime(first), UtcTime(last + days(1))};
}

Result<Slicing> report_slicing(const RequestOptions& options) {
    constexpr std::array<std::pair<std::string_view, Slicing>, 3> k_names = {
        {{"auto", Slicing::automatic}, {"day", Slicing::day}, {"whole", Slicing::whole}}};
    if (!options.slice) return Slicing::automatic;
    for (const auto& [name, slicing] : k_names)
        if (name == *options.slice) return slicing;
    return fail(Errc::usage, fmt::format("--slice \"{}\" is none of auto, day, whole",
                                         printable(*options.slice)));
}

std::vector<TimeSpan> slices_of(TimeSpan span, Slicing slicing) {
    return slicing == Slicing::day ? cut(span, days(1)) : std::vector<TimeSpan>{span};
}

std::vector<TimeSpan> finer_slices(TimeSpan span) {
    if (span.to - span.from > days(1)) return cut(span, days(1));
    if (span.to - span.from > hours(1)) return cut(span, hours(1));
    return {};
}

std::string span_text(TimeSpan span) {
    const Day first = day_of(span.from);
    const Day last = day_of(span.to - std::chrono::seconds(1));
    if (UtcTime(first) == span.from && day_of(span.to) > last)
        return first == last ? format_day(first)
                             : fmt::format("{} to {}", format_day(first), format_day(last));
    const auto minute = [](UtcTime at) { return format_utc(at).substr(11, 5); };
    return fmt::format("{} {} to {}", format_day(first), minute(span.from), minute(span.to));
}

}  // namespace smtpaudit
