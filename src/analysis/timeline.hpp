// Microsoft's announced dates, and the cut-off that a report ranks against. The dates are data
// (timeline.json, embedded; --timeline FILE takes its place), because they have moved before.
#pragma once

#include "base/result.hpp"
#include "model/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct Timeline {
    Day as_of;
    std::vector<Milestone> milestones;  // ascending by date
};

Timeline built_in_timeline();
// A file of the same shape. `name` is for messages; Errc::input names the member at fault.
Result<Timeline> parse_timeline(std::string_view json, const std::string& name);

// `choice`: the id of an enforcement milestone, "next", or a date "2026-12-31". A notice ends
// nothing, so it is refused. Errc::usage lists the ids.
Result<Cutoff> choose_cutoff(const Timeline& timeline, std::string_view choice, Day today);

// The next announced enforcement from `today` on.
std::optional<NextEnforcement> next_enforcement(const Timeline& timeline, Day today);

}  // namespace smtpaudit
