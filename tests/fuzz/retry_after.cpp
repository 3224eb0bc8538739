// Retry-After: a wait is never nothing, never negative and never over the cap.
#include "fuzz/fuzz.hpp"

#include "net/retry_after.hpp"

namespace smtpaudit::fuzz {
namespace {

using namespace std::chrono_literals;

void check_wait(std::optional<std::chrono::seconds> wait, std::string_view text) {
    if (wait)
        require(*wait >= 1s && *wait <= k_longest_retry_after, "a wait is 1 s to a day", text);
}

}  // namespace

void retry_after(std::string_view bytes) {
    const auto line_end = bytes.find('\n');
    const std::string value(bytes.substr(0, line_end));
    const std::string date(line_end == std::string_view::npos ? "" : bytes.substr(line_end + 1));
    for (const char* instant : {"2026-11-22T12:00:00Z", "1970-01-01T00:00:00Z",
                                "1999-12-31T23:59:59Z", "2099-12-31T23:59:59Z"}) {
        const UtcTime now = parse_iso_instant(instant)->at;
        check_wait(parse_retry_after(value, now), value);
        check_wait(retry_after_of({429, {{"Retry-After", value}, {"Date", date}}, {}}, now), value);
        check_wait(retry_after_of({429, {{"Retry-After", value}}, {}}, now), value);
        if (const auto at = parse_http_date(value, now)) {
            // The year is in its text, so 0000 to 9999; the obsolete form has no century.
            const auto year = static_cast<int>(std::chrono::year_month_day(day_of(*at)).year());
            require(year >= 0 && year <= 10'000, "a date is in the calendar", value);
        }
    }
}

}  // namespace smtpaudit::fuzz
