// What to do first about a row, by its class and evidence (docs/risk-model.md, "Remedies").
#pragma once

#include "analysis/subject_view.hpp"
#include "model/report.hpp"

#include <optional>

namespace smtpaudit {

// Absent: there is nothing to do (OAuth only). Where the evidence cannot decide, the remedy says
// which fact is missing. Turning SMTP AUTH off is never recommended where OAuth is in use: the
// switch stops OAuth too (facts/exchange.md 4).
std::optional<Remedy> first_remedy(const SubjectView& view);

}  // namespace smtpaudit
