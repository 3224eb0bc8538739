// What the tenant tells beside its logs: the applications that may send by SMTP, the usage report,
// the message center (facts/graph.md 2, 4.1, 4.2).
#pragma once

#include "fake_tenant/http.hpp"
#include "fake_tenant/spec.hpp"
#include "fake_tenant/state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::fake {

// The service principal of Exchange Online, with its application roles.
std::string exchange_principal_json();
// By object id: one of the resources, an audit app, or a sender; "" if there is none.
std::string principal_by_id_json(const TenantSpec& tenant, std::string_view id);
// Rows of appRoleAssignedTo of the resource: also of other roles and to users.
std::vector<std::string> assigned_to(const TenantSpec& tenant, std::string_view resource_id);
struct PermissionGrant {
    std::string resource_id;
    std::string json;
};
std::vector<PermissionGrant> permission_grants(const TenantSpec& tenant);

// The host that the report's 302 leads to; not Graph's, and not to be sent a token.
inline constexpr std::string_view k_report_host = "reportsweu.office.example";
// The report as it is downloaded, with its byte order mark.
std::string usage_csv(const UsageSpec& usage, UtcTime now);
// An address that gives the report once to whoever knows it.
std::string usage_address(TenantState& state);
Answer usage_download(TenantState& state, const Record& request);

}  // namespace smtpaudit::fake
