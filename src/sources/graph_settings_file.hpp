// Answers of Microsoft Graph about policies, MFA and roles, saved as JSON: by
// scripts/Export-SmtpAuthSettings.ps1, Graph Explorer, Invoke-MgGraphRequest, or the Get-Mg…
// cmdlets with ConvertTo-Json -Depth 10 (names begin with a capital letter then).
#pragma once

#include "sources/file_kinds.hpp"

#include <array>

namespace smtpaudit {

// Security defaults, Conditional Access, MFA registration, directory roles, members of groups. The
// first four have the ids of the live sources that tell the same.
extern const std::array<KindEntry, 5> k_graph_settings_kinds;

}  // namespace smtpaudit
