#include "sources/graph_policies.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"
#include "sources/graph_facts.hpp"
#include "sources/graph_groups.hpp"
#include "sources/graph_policy_facts.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

constexpr std::array<Permission, 1> k_policy_permissions = {
    {{"Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68",
      "572fea84-0151-49b2-9301-11cb16974376"}}};
constexpr std::array<Permission, 1> k_role_permissions = {
    {{"RoleManagement.Read.Directory", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
      "741c54c3-0c1e-44a1-818b-3f97ab4e8c83"}}};
constexpr std::array<Permission, 1> k_registration_permissions = {
    {{"AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da",
      "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"}}};

constexpr std::string_view k_defaults_path =
    "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
constexpr std::string_view k_access_path = "/v1.0/identity/conditionalAccess/policies";
constexpr std::string_view k_registration_path =
    "/v1.0/reports/authenticationMethods/userRegistrationDetails";
constexpr std::string_view k_roles_path = "/v1.0/roleManagement/directory/roleAssignments";

std::string url_of(const PullContext& context, std::string_view path) {
    return context.graph_url + std::string(path);
}

Coverage complete(const LiveSource& source) {
    Coverage coverage;
    coverage.source = source.id;
    coverage.state = CoverageState::complete;
    return coverage;
}

// What a missing part makes of a pull whose own list was read.
void lacks(Coverage& coverage, std::string what) {
    if (what.empty() || coverage.state != CoverageState::complete) return;
    coverage.state = CoverageState::partial;
    coverage.reason = std::move(what);
}

Coverage pull_security_defaults(PullContext& context, EvidenceSink& sink) {
    Coverage coverage = complete(k_graph_security_defaults);
    const HttpResult answer =
        context.http.send(graph_get(url_of(context, k_defaults_path)), context.stop);
    if (!answer || answer->status != 200) {
        end_with(coverage, graph_problem(answer, PageOrder::first, k_graph_security_defaults),
                 context.chosen_by_name);
        return coverage;
    }
    const json body = json::parse(answer->body, nullptr, false);
    std::uint64_t wrong_types = 0;
    const auto enabled =
        body.is_object() ? GraphFields(body, wrong_types).flag("isEnabled") : std::optional<bool>();
    if (!enabled) {
        end_with(coverage, bad_answer(*answer, "it does not say isEnabled"),
                 context.chosen_by_name);
        return coverage;
    }
    TenantFacts facts;
    facts.security_defaults = Setting<bool>::of(*enabled);
    facts.origin = "Microsoft Graph security defaults";
    sink.tenant(facts);
    coverage.rows = coverage.files = 1;
    return coverage;
}

// Only such a policy can stop a legacy client (facts/graph.md 4, the rule).
bool may_matter(const ConditionalAccessPolicy& policy) {
    const auto speaks_of = [&](std::string_view type) {
        return std::ranges::find(policy.client_app_types, type) != policy.client_app_types.end();
    };
    return policy.state != PolicyState::disabled && (speaks_of("other") || speaks_of("all"));
}

Coverage pull_conditional_access(PullContext& context, EvidenceSink& sink) {
    TenantFacts facts;
    facts.conditional_access.emplace();
    facts.origin = "Microsoft Graph Conditional Access";
    Coverage coverage =
        GraphFactsPull(context, k_graph_conditional_access)
            .run(url_of(context, k_access_path),
                 [&](const std::string& id, const GraphFields& fields) {
                     facts.conditional_access->push_back(conditional_access_policy_of(id, fields));
                 });
    // Some policies say nothing about the rest: a missing one may be the one that decides.
    if (coverage.state != CoverageState::complete) return coverage;
    GroupReader groups(context, k_graph_conditional_access);
    for (const ConditionalAccessPolicy& policy : *facts.conditional_access) {
        if (!may_matter(policy)) continue;
        for (const auto* list : {&policy.include_groups, &policy.exclude_groups})
            for (const std::string& group : *list) groups.read(group);
    }
    for (const auto& [id, group] : groups.all()) facts.groups.push_back(group);
    sink.tenant(facts);
    lacks(coverage, groups.what_is_missing());
    return coverage;
}

Coverage pull_mfa_registration(PullContext& context, EvidenceSink& sink) {
    return GraphFactsPull(context, k_graph_mfa_registration)
        .run(url_of(context, k_registration_path),
             [&](const std::string& id, const GraphFields& fields) {
                 AccountFacts facts = mfa_registration_of(id, fields);
                 facts.origin = "Microsoft Graph MFA registration";
                 sink.account(facts);
             });
}

struct RoleNames {
    std::string template_id, name;
};

// By the id of the definition. Where it cannot be read, the id stands for the template: they are
// the same for the built-in roles.
std::map<std::string, RoleNames> read_role_names(PullContext& context) {
    std::map<std::string, RoleNames> names;
    const GraphList list{context, k_graph_directory_roles,
                         [&](const json& row) {
                             if (!row.is_object()) return;
                             std::uint64_t ignored = 0;
                             const GraphFields fields(row, ignored);
                             const std::string id = fields.text("id").value_or("");
                             names[id] = {fields.text("templateId").value_or(id),
                                          fields.text("displayName").value_or("")};
                         },
                         [] {}};
    list.walk(url_of(context,
                     "/v1.0/roleManagement/directory/roleDefinitions?$select=id,displayName,"
                     "templateId"));
    return names;
}

AccountFacts role_facts(const std::string& user_id, DirectoryRole role) {
    AccountFacts facts;
    facts.user_id = user_id;
    facts.roles.push_back(std::move(role));
    facts.origin = "Microsoft Graph directory roles";
    return facts;
}

Coverage pull_directory_roles(PullContext& context, EvidenceSink& sink) {
    std::vector<RoleAssignment> assignments;
    std::size_t unknown_principals = 0;
    Coverage coverage = GraphFactsPull(context, k_graph_directory_roles)
                            .run(url_of(context, std::string(k_roles_path) + "?$expand=principal"),
                                 [&](const std::string&, const GraphFields& fields) {
                                     assignments.push_back(role_assignment_of(fields));
                                     if (assignments.back().principal == PrincipalKind::unknown)
                                         ++unknown_principals;
                                 });
    const auto names = read_role_names(context);
    GroupReader groups(context, k_graph_directory_roles);
    for (const RoleAssignment& one : assignments) {
        const auto known = names.find(one.role_id);
        DirectoryRole role;
        role.template_id = known == names.end() ? one.role_id : known->second.template_id;
        if (known != names.end()) role.name = known->second.name;
        if (one.principal == PrincipalKind::user) {
            AccountFacts facts = role_facts(one.principal_id, std::move(role));
            facts.user_principal_name = one.user_name;
            sink.account(facts);
        } else if (one.principal == PrincipalKind::group) {
            role.by_group = true;
            for (const std::string& member : groups.read(one.principal_id).members)
                sink.account(role_facts(member, role));
        }
    }
    lacks(coverage, groups.what_is_missing());
    if (unknown_principals > 0)
        lacks(coverage,
              fmt::format("{} role assignments do not tell whose they are", unknown_principals));
    if (coverage.state == CoverageState::complete) {
        TenantFacts facts;
        facts.roles_complete = true;
        facts.origin = "Microsoft Graph directory roles";
        sink.tenant(facts);
    }
    coverage.notes.emplace_back("roles that are only eligible (PIM) are not read");
    return coverage;
}

Coverage probe_security_defaults(PullContext& context) {
    return probe_graph_path(context, k_graph_security_defaults, k_defaults_path);
}
Coverage probe_conditional_access(PullContext& context) {
    return probe_graph_path(context, k_graph_conditional_access,
                            std::string(k_access_path) + "?$top=1&$select=id");
}
Coverage probe_mfa_registration(PullContext& context) {
    return probe_graph_path(context, k_graph_mfa_registration,
                            std::string(k_registration_path) + "?$top=1");
}
Coverage probe_directory_roles(PullContext& context) {
    return probe_graph_path(context, k_graph_directory_roles,
                            std::string(k_roles_path) + "?$top=1");
}

}  // namespace

constinit const LiveSource k_graph_security_defaults = {
    .id = "security_defaults",
    .title = "Security defaults (Microsoft Graph)",
    .permissions = k_policy_permissions,
    .roles = "Global Reader, Security Reader, Conditional Access Administrator",
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_security_defaults,
    .probe = probe_security_defaults,
};

constinit const LiveSource k_graph_conditional_access = {
    .id = "conditional_access",
    .title = "Conditional Access policies (Microsoft Graph)",
    .permissions = k_policy_permissions,
    .roles = "Global Reader, Security Reader, Conditional Access Administrator",
    .licence = {},
    .retention = {},
    .budget = "graph-policies",
    .pull = pull_conditional_access,
    .probe = probe_conditional_access,
};

constinit const LiveSource k_graph_mfa_registration = {
    .id = "mfa_registration",
    .title = "Who registered for MFA (Microsoft Graph)",
    .permissions = k_registration_permissions,
    .roles = "Reports Reader, Security Reader, Global Reader",
    .licence = "Entra ID P1",
    .retention = {},
    .budget = "entra-reports",
    .pull = pull_mfa_registration,
    .probe = probe_mfa_registration,
};

constinit const LiveSource k_graph_directory_roles = {
    .id = "directory_roles",
    .title = "Directory roles, groups expanded (Microsoft Graph)",
    .permissions = k_role_permissions,
    .roles = "Global Reader, Directory Readers",
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_directory_roles,
    .probe = probe_directory_roles,
};

}  // namespace smtpaudit
