// What the local history adds to a report: senders that the window does not show, and notes.
#pragma once

#include "model/history.hpp"
#include "model/report.hpp"

#include <vector>

namespace smtpaudit {

// An account that used Basic so long before the end of the evidence is forgotten: retired.
constexpr int k_remembered_days = 400;

// Fills `remembered`, and adds a note to rows whose Basic is older than the window. Counts, points
// and ranks stay as they are.
void recall(Report& report, std::vector<HistoryAccount> accounts);

}  // namespace smtpaudit
