// The figures of the whole tenant.
#pragma once

#include "analysis/use_profile.hpp"
#include "ledger/ledger.hpp"
#include "model/report.hpp"

#include <vector>

namespace smtpaudit {

// Messages, shares and the daily loss; accounts, devices and the counts by status are the
// caller's.
Summary summarise(const Ledger& ledger, const EvidenceSpan& span);
// One entry for each covered day, ascending.
std::vector<DayCounts> daily_series(const Ledger& ledger, const EvidenceSpan& span);

}  // namespace smtpaudit
