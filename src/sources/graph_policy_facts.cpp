#include "sources/graph_policy_facts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace smtpaudit {
namespace {

using nlohmann::json;

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

// PowerShell writes objects that are not there with empty fields.
bool names_something(const json* object) { return object != nullptr && says_something(*object); }

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
    policy.include_guests = names_something(users.object("includeGuestsOrExternalUsers"));
    policy.exclude_guests = names_something(users.object("excludeGuestsOrExternalUsers"));
}

void take_grants(const GraphFields& grants, ConditionalAccessPolicy& policy) {
    policy.grant_controls = grants.texts("builtInControls");
    if (names_something(grants.object("authenticationStrength")))
        policy.grant_controls.emplace_back("authenticationStrength");
    for (const char* list : {"termsOfUse", "customAuthenticationFactors"})
        if (!grants.list(list).empty()) policy.grant_controls.emplace_back(list);
    policy.any_grant_suffices = grants.text("operator").value_or("") == "OR";
}

PrincipalKind principal_kind(std::string_view type) {
    if (type.empty()) return PrincipalKind::unknown;
    if (type == "#microsoft.graph.user") return PrincipalKind::user;
    if (type == "#microsoft.graph.group") return PrincipalKind::group;
    return PrincipalKind::other;
}

}  // namespace

ConditionalAccessPolicy conditional_access_policy_of(const std::string& id,
                                                     const GraphFields& fields) {
    ConditionalAccessPolicy policy;
    policy.id = id;
    policy.name = fields.text("displayName").value_or("");
    policy.state = state_of(fields.text("state"));
    std::uint64_t wrong_types = 0;
    const json* conditions = fields.object("conditions");
    if (conditions == nullptr) {
        // Given without them it must not look like a policy for nobody.
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

AccountFacts mfa_registration_of(const std::string& id, const GraphFields& fields) {
    AccountFacts facts;
    facts.user_id = id;
    facts.user_principal_name = fields.text("userPrincipalName").value_or("");
    facts.mfa_registered = fields.flag("isMfaRegistered");
    return facts;
}

RoleAssignment role_assignment_of(const GraphFields& fields) {
    RoleAssignment one;
    one.role_id = fields.text("roleDefinitionId").value_or("");
    one.principal_id = fields.text("principalId").value_or("");
    std::uint64_t wrong_types = 0;
    if (const json* principal = fields.object("principal")) {
        const GraphFields read(*principal, wrong_types);
        one.principal = principal_kind(read.text("@odata.type").value_or(""));
        one.user_name = read.text("userPrincipalName").value_or("");
    }
    for (; wrong_types > 0; --wrong_types) fields.count_wrong_type();
    return one;
}

}  // namespace smtpaudit
