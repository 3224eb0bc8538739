#include "sources/graph_policies.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"
#include "sources/graph_facts.hpp"
#include "sources/graph_groups.hpp"

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

PolicyState state_of(const std::optional<std::string>& written) {
    if (!written) return PolicyState::unknown;
    if (*written == "enabled") return PolicyState::enabled;
    if (*written == "disabled") return PolicyState::disabled;
    if (*written == "enabledForReportingButNotEnforced") return PolicyState::report_only;
    return PolicyState::unknown;
}

// Empty objects and lists narrow nothing.
bool says_something(const json& value) {
    if (value.is_null()) return false;
    if (value.is_array()) return !value.empty();
    if (!value.is_object()) return true;
    return std::ranges::any_of(value, says_something);
}

// "All" of them without an exception is no condition.
bool is_everything(const json& value, const char* include, const char* exclude) {
    if (!value.is_object() || !value.contains(include)) return false;
    const json& included = value.at(include);
    const bool all = included.is_array() && included.size() == 1 && included[0].is_string() &&
                     equals_ignoring_case(included[0].get_ref<const std::string&>(), "all");
    return all && (!value.contains(exclude) || !says_something(value.at(exclude)));
}

std::string condition_name(const std::string& key) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> k_names = {{
        {"locations", "locations"},
        {"platforms", "platforms"},
        {"devices", "devices"},
        {"signInRiskLevels", "sign-in risk"},
        {"userRiskLevels", "user risk"},
        {"servicePrincipalRiskLevels", "service principal risk"},
        {"insiderRiskLevels", "insider risk"},
        {"clientApplications", "client applications"},
        {"authenticationFlows", "authentication flows"},
    }};
    for (const auto& [known, name] : k_names)
        if (known == key) return std::string(name);
    return printable(key);
}

// Everything that narrows a policy and that nothing here evaluates, also what Graph adds one day.
std::vector<std::string> not_evaluated(const json& conditions) {
    std::vector<std::string> names;
    for (const auto& [key, value] : conditions.items()) {
        if (key == "users" || key == "clientAppTypes" || key.find('@') != std::string::npos)
            continue;
        if (key == "applications") {
            if (value.is_object() && value.contains("applicationFilter") &&
                says_something(value.at("applicationFilter")))
                names.emplace_back("application filter");
            continue;
        }
        const bool is_all = is_everything(value, "includeLocations", "excludeLocations") ||
                            is_everything(value, "includePlatforms", "excludePlatforms");
        if (says_something(value) && !is_all) names.push_back(condition_name(key));
    }
    return names;
}

void take_users(const GraphFields& users, ConditionalAccessPolicy& policy) {
    policy.include_users = users.texts("includeUsers");
    policy.exclude_users = users.texts("excludeUsers");
    policy.include_groups = users.texts("includeGroups");
    policy.exclude_groups = users.texts("excludeGroups");
    policy.include_roles = users.texts("includeRoles");
    policy.exclude_roles = users.texts("excludeRoles");
    policy.include_guests = users.object("includeGuestsOrExternalUsers") != nullptr;
    policy.exclude_guests = users.object("excludeGuestsOrExternalUsers") != nullptr;
}

void take_grants(const GraphFields& grants, ConditionalAccessPolicy& policy) {
    policy.grant_controls = grants.texts("builtInControls");
    if (grants.object("authenticationStrength") != nullptr)
        policy.grant_controls.emplace_back("authenticationStrength");
    for (const char* list : {"termsOfUse", "customAuthenticationFactors"})
        if (!grants.list(list).empty()) policy.grant_controls.emplace_back(list);
    policy.any_grant_suffices = grants.text("operator").value_or("") == "OR";
}

// A policy that Graph gave without its conditions must not look like one for nobody.
ConditionalAccessPolicy policy_of(const std::string& id, const GraphFields& fields) {
    ConditionalAccessPolicy policy;
    policy.id = id;
    policy.name = fields.text("displayName").value_or("");
    policy.state = state_of(fields.text("state"));
    std::uint64_t wrong_types = 0;
    const json* conditions = fields.object("conditions");
    if (conditions == nullptr) {
        policy.conditions_not_evaluated.emplace_back("conditions that were not read");
        policy.include_users = policy.include_applications = {"All"};
        policy.client_app_types = {"all"};
    } else {
        const GraphFields read(*conditions, wrong_types);
        policy.client_app_types = read.texts("clientAppTypes");
        if (const json* applications = read.object("applications")) {
            const GraphFields apps(*applications, wrong_types);
            policy.include_applications = apps.texts("includeApplications");
            policy.exclude_applications = apps.texts("excludeApplications");
        }
        if (const json* users = read.object("users"))
            take_users(GraphFields(*users, wrong_types), policy);
        policy.conditions_not_evaluated = not_evaluated(*conditions);
    }
    if (const json* grants = fields.object("grantControls"))
        take_grants(GraphFields(*grants, wrong_types), policy);
    for (; wrong_types > 0; --wrong_types) fields.count_wrong_type();
    return policy;
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
    Coverage coverage = GraphFactsPull(context, k_graph_conditional_access)
                            .run(url_of(context, k_access_path),
                                 [&](const std::string& id, const GraphFields& fields) {
                                     facts.conditional_access->push_back(policy_of(id, fields));
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
                 AccountFacts facts;
                 facts.user_id = id;
                 facts.user_principal_name = fields.text("userPrincipalName").value_or("");
                 facts.mfa_registered = fields.flag("isMfaRegistered");
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

struct Assignment {
    std::string role, principal, type, name;
};

AccountFacts role_facts(const std::string& user_id, DirectoryRole role) {
    AccountFacts facts;
    facts.user_id = user_id;
    facts.roles.push_back(std::move(role));
    facts.origin = "Microsoft Graph directory roles";
    return facts;
}

Coverage pull_directory_roles(PullContext& context, EvidenceSink& sink) {
    std::vector<Assignment> assignments;
    std::size_t unknown_principals = 0;
    Coverage coverage = GraphFactsPull(context, k_graph_directory_roles)
                            .run(url_of(context, std::string(k_roles_path) + "?$expand=principal"),
                                 [&](const std::string&, const GraphFields& fields) {
                                     Assignment one;
                                     one.role = fields.text("roleDefinitionId").value_or("");
                                     one.principal = fields.text("principalId").value_or("");
                                     if (const json* principal = fields.object("principal")) {
                                         std::uint64_t ignored = 0;
                                         const GraphFields read(*principal, ignored);
                                         one.type = read.text("@odata.type").value_or("");
                                         one.name = read.text("userPrincipalName").value_or("");
                                     }
                                     if (one.type.empty()) ++unknown_principals;
                                     assignments.push_back(std::move(one));
                                 });
    const auto names = read_role_names(context);
    GroupReader groups(context, k_graph_directory_roles);
    for (const Assignment& one : assignments) {
        const auto known = names.find(one.role);
        DirectoryRole role;
        role.template_id = known == names.end() ? one.role : known->second.template_id;
        if (known != names.end()) role.name = known->second.name;
        if (one.type == "#microsoft.graph.user") {
            AccountFacts facts = role_facts(one.principal, std::move(role));
            facts.user_principal_name = one.name;
            sink.account(facts);
        } else if (one.type == "#microsoft.graph.group") {
            role.by_group = true;
            for (const std::string& member : groups.read(one.principal).members)
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
