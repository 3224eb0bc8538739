// What was looked at, and how completely. "No Basic seen" and "not allowed to look" are never
// the same thing.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class CoverageState : std::uint8_t {
    complete,
    partial,  // cut short: truncated file, throttled, interrupted
    unavailable,  // the licence or the cloud does not have it, and nobody chose it by name
    failed,  // chosen, and could not be read
    not_requested,  // not chosen
};

std::string_view to_string(CoverageState state);  // "complete" … "not_requested"

struct Coverage {
    std::string source;  // "smtp_auth_report", "smtp_auth_table", "sign_ins", …
    CoverageState state = CoverageState::not_requested;
    std::string reason;  // one sentence where the state is not complete; empty: nothing to say
    std::optional<UtcTime> from, to;  // the first and last instant it could have seen
    std::uint64_t rows = 0;
    std::uint64_t files = 0;  // files or pages read
    std::vector<std::string> notes;  // what a reader should know: unknown columns, estimates, …
};

}  // namespace smtpaudit
