// What people read of a report of several tenants; of a report of one nothing changes.
#pragma once

#include "model/report.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// The evidence as people read it: what a source says alike of several tenants is one row, with the
// sum of their rows. Its `tenant` is their names in short; absent: all that were read. Of a tenant
// that failed the one row that says so.
std::vector<Coverage> shown_coverage(const Report& report);

// "contoso: "; empty without a tenant.
std::string tenant_prefix(const std::optional<std::string>& tenant);

// Every note on a source: "sign-ins: …", "contoso: sign-ins: …". Not yet printable.
std::vector<std::string> coverage_notes(const Report& report);

}  // namespace smtpaudit
