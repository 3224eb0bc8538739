// What a reader of one row should know beside its points.
#pragma once

#include "analysis/products.hpp"
#include "analysis/subject_view.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

std::vector<std::string> row_notes(const SubjectView& view, const EvidenceSpan& span,
                                   const ProductList& products);

}  // namespace smtpaudit
