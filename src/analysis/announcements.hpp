// The message center beside the built-in timeline: a date that it names and the timeline lacks is
// shown, and decides nothing.
#pragma once

#include "model/announcement.hpp"
#include "model/report.hpp"

#include <vector>

namespace smtpaudit {

// For each date from `today` on that no milestone of the report stands for: a notice in the
// timeline, so that it is never a cut-off, and a note. The built-in milestones stay as they are.
void add_announcements(const std::vector<Announcement>& announcements, Day today, Report& report);

}  // namespace smtpaudit
