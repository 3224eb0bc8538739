// Graph's policies, roles, groups and MFA registration (facts/graph.md 4).
#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/graph.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

std::string id_of(const TenantSpec& tenant, const std::string& upn) {
    for (const SignInAccount& account : tenant.sign_ins.accounts)
        if (equals_ignoring_case(account.upn, upn)) return user_id_of(account);
    SignInAccount other;
    other.upn = upn;
    return user_id_of(other);
}

// A principal of the tenant file: an object as Graph gives it, or a user by name.
json principal_of(const TenantSpec& tenant, const json& written) {
    if (!written.is_string()) return written;
    const std::string upn = written.get<std::string>();
    return {{"@odata.type", "#microsoft.graph.user"},
            {"id", id_of(tenant, upn)},
            {"userPrincipalName", upn}};
}

// Users that a policy names by UPN in the tenant file are shown by their ids.
void name_users_by_id(const TenantSpec& tenant, json& policy) {
    if (!policy.contains("conditions") || !policy["conditions"].contains("users")) return;
    for (const char* list : {"includeUsers", "excludeUsers"}) {
        if (!policy["conditions"]["users"].contains(list)) continue;
        for (json& user : policy["conditions"]["users"][list])
            if (user.is_string() && user.get<std::string>().find('@') != std::string::npos)
                user = id_of(tenant, user.get<std::string>());
    }
}

json access_policies(const TenantSpec& tenant) {
    json all = json::array();
    for (const std::string& text : tenant.policies.conditional_access) {
        json policy = json::parse(text);
        name_users_by_id(tenant, policy);
        all.push_back(std::move(policy));
    }
    return all;
}

json assignments_of(const TenantSpec& tenant, bool expands) {
    json all = json::array();
    for (const std::string& text : tenant.policies.role_assignments) {
        json assignment = json::parse(text);
        json principal = principal_of(tenant, assignment.value("principal", json()));
        assignment.erase("principal");
        assignment["id"] = "assignment-" + std::to_string(all.size());
        assignment["directoryScopeId"] = assignment.value("directoryScopeId", "/");
        if (principal.is_object()) assignment["principalId"] = principal.value("id", "");
        if (expands) assignment["principal"] = std::move(principal);
        all.push_back(std::move(assignment));
    }
    return all;
}

json definitions() {
    static constexpr std::array<std::pair<const char*, const char*>, 5> k_roles = {
        {{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
         {"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"},
         {"5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"},
         {"194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"},
         {"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"}}};
    json all = json::array();
    for (const auto& [id, name] : k_roles)
        all.push_back({{"id", id}, {"templateId", id}, {"displayName", name}, {"isBuiltIn", true}});
    return all;
}

// nullopt: there is no such group.
std::optional<json> members_of(const TenantSpec& tenant, const std::string& id) {
    for (const std::string& text : tenant.policies.groups) {
        const json group = json::parse(text);
        if (group.value("id", "") != id) continue;
        json all = json::array();
        for (const json& member : group.value("members", json::array()))
            all.push_back(principal_of(tenant, member));
        return all;
    }
    return std::nullopt;
}

json registered(const TenantSpec& tenant) {
    json all = json::array();
    for (const SignInAccount& account : tenant.sign_ins.accounts) {
        if (!account.is_user) continue;
        const bool registered = account.kind == "person";
        json row = {
            {"id", user_id_of(account)},          {"userPrincipalName", ascii_lower(account.upn)},
            {"userDisplayName", account.name},    {"isAdmin", false},
            {"isMfaCapable", registered},         {"isMfaRegistered", registered},
            {"methodsRegistered", json::array()}, {"lastUpdatedDateTime", "2026-11-20T06:00:00Z"}};
        for (const std::string& text : tenant.policies.registrations) {
            const json given = json::parse(text);
            if (!equals_ignoring_case(given.value("userPrincipalName", ""), account.upn)) continue;
            for (const auto& [key, value] : given.items())
                if (key != "userPrincipalName") row[key] = value;
        }
        all.push_back(std::move(row));
    }
    return all;
}

json security_defaults_of(const TenantSpec& tenant) {
    return {{"@odata.context",
             "https://graph.microsoft.com/v1.0/"
             "$metadata#policies/identitySecurityDefaultsEnforcementPolicy/$entity"},
            {"id", "00000000-0000-0000-0000-000000000005"},
            {"displayName", "Security Defaults"},
            {"isEnabled", tenant.policies.security_defaults}};
}

// A role's name and a group's members stand in the assignment, as the export script puts them.
json exported_assignments(const TenantSpec& tenant) {
    json all = assignments_of(tenant, true);
    for (json& one : all) {
        for (const json& definition : definitions())
            if (definition.at("id") == one.at("roleDefinitionId"))
                one["roleDefinition"] = definition;
        if (!one.at("principal").is_object()) continue;
        if (one.at("principal").value("@odata.type", "") != "#microsoft.graph.group") continue;
        if (auto members = members_of(tenant, one.at("principal").value("id", "")))
            one["principal"]["transitiveMembers"] = std::move(*members);
    }
    return all;
}

json exported_groups(const TenantSpec& tenant) {
    json all = json::array();
    for (const std::string& text : tenant.policies.groups) {
        const std::string id = json::parse(text).value("id", "");
        all.push_back({{"id", id}, {"transitiveMembers", *members_of(tenant, id)}});
    }
    return all;
}

}  // namespace

std::string policies_as_json(const TenantSpec& tenant, std::string_view source) {
    const auto list = [](std::string_view context, json rows) {
        return json{{"@odata.context",
                     "https://graph.microsoft.com/v1.0/$metadata#" + std::string(context)},
                    {"value", std::move(rows)}}
            .dump(2);
    };
    if (source == "security_defaults") return security_defaults_of(tenant).dump(2);
    if (source == "conditional_access")
        return list("identity/conditionalAccess/policies", access_policies(tenant));
    if (source == "mfa_registration")
        return list("reports/authenticationMethods/userRegistrationDetails", registered(tenant));
    if (source == "directory_roles")
        return list("roleManagement/directory/roleAssignments", exported_assignments(tenant));
    if (source == "group_members")
        return list("groups(id,displayName,transitiveMembers())", exported_groups(tenant));
    return {};
}

Answer Graph::rows(const GraphCall& call, const std::string& context, const json& all) {
    ListView view;
    view.top = 100;
    view.context = context;
    view.find = [&](std::size_t position, std::size_t count) {
        std::vector<std::size_t> found;
        for (std::size_t row = position; row < all.size() && found.size() < count; ++row)
            found.push_back(row);
        return found;
    };
    view.write = [&](std::size_t row, std::string& out) { out += all[row].dump(); };
    return list(call, view);
}

Answer Graph::security_defaults(const GraphCall&) {
    Answer answer;
    answer.body = security_defaults_of(state_.spec()).dump();
    return answer;
}

Answer Graph::conditional_access(const GraphCall& call) {
    return rows(call, "$metadata#identity/conditionalAccess/policies",
                access_policies(state_.spec()));
}

Answer Graph::named_locations(const GraphCall& call) {
    json all = json::array();
    for (const std::string& text : state_.spec().policies.named_locations)
        all.push_back(json::parse(text));
    return rows(call, "$metadata#identity/conditionalAccess/namedLocations", all);
}

// The tenant of the file sends no mail: permission and shape are what there is to test.
Answer Graph::message_traces(const GraphCall& call) {
    return rows(call, "$metadata#admin/exchange/tracing/messageTraces", json::array());
}

Answer Graph::role_assignments(const GraphCall& call) {
    const bool expands = call.request.query_value("$expand").value_or("") == "principal";
    return rows(call, "$metadata#roleManagement/directory/roleAssignments",
                assignments_of(state_.spec(), expands));
}

Answer Graph::role_definitions(const GraphCall& call) {
    return rows(call, "$metadata#roleManagement/directory/roleDefinitions", definitions());
}

Answer Graph::group_members(const GraphCall& call) {
    const auto members = members_of(state_.spec(), call.parameters.at("id"));
    if (!members) return refuse(call.request, 404);
    return rows(call, "$metadata#directoryObjects", *members);
}

Answer Graph::registrations(const GraphCall& call) {
    const TenantSpec tenant = state_.spec();
    if (tenant.licence == Licence::free)
        return refuse(call.request, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                      "Neither tenant is B2C or tenant doesn't have premium license");
    return rows(call, "$metadata#reports/authenticationMethods/userRegistrationDetails",
                registered(tenant));
}

}  // namespace smtpaudit::fake
