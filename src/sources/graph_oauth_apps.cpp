#include "sources/graph_oauth_apps.hpp"

#include "base/text.hpp"
#include "sources/graph_apps.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

Coverage pull_apps(PullContext& context, EvidenceSink& sink) {
    Coverage coverage;
    coverage.source = k_graph_oauth_apps.id;
    coverage.state = CoverageState::complete;
    auto apps = find_smtp_apps(context, k_graph_oauth_apps);
    if (!apps) {
        end_with(coverage, apps.error(), context.chosen_by_name);
        return coverage;
    }
    coverage.rows = apps->grants.size();
    coverage.files = apps->pages;
    coverage.notes = std::move(apps->notes);
    coverage.notes.emplace_back(
        "an application that Exchange's RBAC for Applications lets send has no grant in Entra and "
        "is not in this list: look for the role Application SMTP.SendAsApp in Exchange "
        "(Get-ManagementRoleAssignment)");
    TenantFacts facts;
    facts.oauth_apps = std::move(apps->grants);
    facts.origin = "Microsoft Graph applications";
    sink.tenant(facts);
    return coverage;
}

// Each of the two permissions is asked for.
Coverage probe_apps(PullContext& context) {
    Coverage coverage = probe_graph(context, k_graph_oauth_apps,
                                    fmt::format("{}/v1.0/servicePrincipals(appId='{}')?$select=id",
                                                context.graph_url, k_exchange_online_app));
    if (coverage.state != CoverageState::complete) return coverage;
    return probe_graph(context, k_graph_oauth_apps,
                       context.graph_url + "/v1.0/oauth2PermissionGrants?$top=1");
}

}  // namespace

constinit const LiveSource k_graph_oauth_apps = {
    .id = "oauth_apps",
    .title = "Applications that may send by SMTP (Microsoft Graph)",
    .permissions = k_apps_permissions,
    .roles = "Directory Readers or Global Reader",
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_apps,
    .probe = probe_apps,
    .tier = "oauth",
};

}  // namespace smtpaudit
