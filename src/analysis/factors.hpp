// The points of a row with a sentence of evidence for each.
#pragma once

#include "analysis/subject_view.hpp"
#include "model/report.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// Of an account: impact (where the status has one), then exposure.
std::vector<Factor> account_factors(const SubjectView& view, const EvidenceSpan& span,
                                    const Weights& weights, const Inventory& inventory);
// Of a device: its own impact, then its worst account and how many more it uses.
std::vector<Factor> device_factors(const SubjectView& view, const EvidenceSpan& span,
                                   const Weights& weights, const Inventory& inventory,
                                   double worst_exposure, const std::string& worst_account,
                                   std::size_t accounts);
// The class with what it rests on, in words.
Class class_of(const SubjectView& view, const Inventory& inventory);
// The row in one line: what it is, what is special, why it ranks where it does.
std::string why_line(const SubjectView& view, const EvidenceSpan& span);

}  // namespace smtpaudit
