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
    unavailable,  // licence, cloud or credential do not have it, and nobody chose it by name
    failed,  // chosen, and could not be read
    not_requested,  // not chosen
};

std::string_view to_string(CoverageState state);  // "complete" … "not_requested"

// Why a live source is not complete, by what would help.
enum class CoverageCause : std::uint8_t {
    none,
    permission,  // a grant, or a directory role
    licence,
    no_such_api,  // this cloud does not have it
    sign_in,  // no token, or a token that was refused
    network,
    service,  // throttled, failed, or not understood
    interrupted,
};

// Do rows of this source show who sends or tries to? Users and settings do not.
bool shows_use(std::string_view source);

struct Coverage {
    std::string source;  // "smtp_auth_report", "smtp_auth_table", "sign_ins", …
    CoverageState state = CoverageState::not_requested;
    std::string reason;  // one sentence where the state is not complete; empty: nothing to say
    std::optional<UtcTime> from, to;  // the first and last instant it could have seen
    std::uint64_t rows = 0;
    std::uint64_t files = 0;  // files or pages read
    std::vector<std::string> notes;  // what a reader should know: unknown columns, estimates, …
    CoverageCause cause = CoverageCause::none;  // of a live source; not in the run document
    std::optional<std::string> tenant{};  // in a report of several tenants, whose it is
};

}  // namespace smtpaudit
