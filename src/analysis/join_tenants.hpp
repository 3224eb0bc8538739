// The rankings of several tenants as one. Pure, like the ranking of each.
#pragma once

#include "model/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct TenantRun {
    std::string name;  // unique
    std::optional<Report> report;  // absent: nobody could sign in
    // Why nothing of it can be ranked, one sentence; empty: it is ranked. Its rows and counts, if it
    // has any, then stay out: they would say 0 of what nobody could look at.
    std::string failure;
};

// `frame` has what is the same for all: tool_version, generated_at, cut-off, timeline. Rows are
// ordered as in each ranking, rows of equal scores by tenant in the order given; so the result does
// not depend on who was read first. The gate is left as it is.
Report join_tenants(Report frame, std::vector<TenantRun> runs);

}  // namespace smtpaudit
