// When a server says to come back: Retry-After and HTTP dates (RFC 9110 10.2.3, 5.6.7).
#pragma once

#include "base/time.hpp"
#include "net/http.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace smtpaudit {

// The three forms a recipient must take: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94
// 08:49:37 GMT" (the century by `now`: never more than 50 years ahead), "Sun Nov  6 08:49:37 1994".
std::optional<UtcTime> parse_http_date(std::string_view text, UtcTime now);

// A wait over a day is a fault of the server, not a wish.
inline constexpr std::chrono::seconds k_longest_retry_after = std::chrono::hours(24);

// The wait it asks for, 1 s to a day. nullopt (then back-off decides): garbage, a sign, a fraction,
// zero, a past date, anything over a day (10^20). `now` is the server's, where it is known.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, UtcTime now);

// The same of an answer. A date is measured from the answer's own Date, so that a clock that is
// wrong on this machine does not lengthen the wait; `now` serves where there is no Date.
std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response, UtcTime now);

}  // namespace smtpaudit
