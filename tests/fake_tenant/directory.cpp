#include "fake_tenant/directory.hpp"

#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::string_view k_graph_app = "00000003-0000-0000-c000-000000000000";
// What /users gives without $select.
constexpr std::array<std::string_view, 11> k_default_properties{
    "businessPhones", "displayName",    "givenName",         "id",      "jobTitle",         "mail",
    "mobilePhone",    "officeLocation", "preferredLanguage", "surname", "userPrincipalName"};

std::string id_from(std::string_view text) {
    const std::string digest = sha256_hex(text);
    return uuid_of(std::stoull(digest.substr(0, 16), nullptr, 16),
                   std::stoull(digest.substr(16, 16), nullptr, 16));
}

json make_user(const std::string& id, const std::string& upn, const std::string& name,
               const TenantSpec& tenant, UtcTime now) {
    const std::uint64_t number = std::stoull(sha256_hex(upn).substr(0, 15), nullptr, 16);
    const auto ago = [&](std::uint64_t days) {
        return format_utc(now - std::chrono::hours(24 * days));
    };
    const std::string local = upn.substr(0, upn.find('@'));
    return {{"id", id},
            {"userPrincipalName", upn},
            {"displayName", name},
            {"mail", upn},
            {"proxyAddresses",
             json::array({"SMTP:" + upn, "smtp:" + local + "@" + tenant.domains.front()})},
            {"accountEnabled", true},
            {"userType", "Member"},
            {"assignedLicenses", json::array()},
            {"onPremisesSyncEnabled", nullptr},
            {"createdDateTime", ago(900 + number % 900)},
            {"lastPasswordChangeDateTime", ago(20 + number % 880)},
            {"passwordPolicies", "None"},
            {"businessPhones", json::array()},
            {"givenName", nullptr},
            {"surname", nullptr},
            {"jobTitle", nullptr},
            {"mobilePhone", nullptr},
            {"officeLocation", nullptr},
            {"preferredLanguage", nullptr}};
}

}  // namespace

struct Directory::Users {
    std::vector<json> list;
};

Directory::Directory(const TenantSpec& tenant, UtcTime now) : users_(std::make_unique<Users>()) {
    auto& list = users_->list;
    for (const SignInAccount& account : tenant.sign_ins.accounts) {
        if (!account.is_user) continue;
        json user = make_user(user_id_of(account), account.upn, account.name, tenant, now);
        if (const json more = json::parse(account.user_json, nullptr, false); more.is_object())
            user.update(more);
        list.push_back(std::move(user));
    }
    for (const std::string& text : tenant.users)
        if (json user = json::parse(text, nullptr, false); user.is_object())
            list.push_back(std::move(user));
    for (unsigned i = 0; i < tenant.extra_users; ++i) {
        const std::string upn = fmt::format("user{:05}@{}", i, tenant.domains.back());
        list.push_back(make_user(id_from(upn), upn, fmt::format("User {:05}", i), tenant, now));
    }
}
Directory::~Directory() = default;

std::size_t Directory::users() const { return users_->list.size(); }

Value Directory::user_property(std::size_t user, std::string_view name) const {
    const json& object = users_->list[user];
    const auto found = object.find(std::string(name));
    if (found == object.end()) return {};
    if (found->is_boolean()) return found->get<bool>();
    if (found->is_string()) return found->get<std::string>();
    return {};
}

void Directory::write_user(std::size_t user, const Selection& selection, std::string& out) const {
    const json& object = users_->list[user];
    json shown = json::object();
    const auto show = [&](const std::string& name) {
        const auto found = object.find(name);
        if (found != object.end()) shown[name] = *found;
    };
    if (selection.empty())
        for (const auto name : k_default_properties) show(std::string(name));
    else
        for (const std::string& name : selection) show(name);
    out += shown.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string graph_principal_id() { return id_from("principal of Microsoft Graph"); }
std::string principal_id_of(const App& app) { return id_from("principal/" + app.client_id); }

std::string principal_json(const TenantSpec& tenant, const std::string& app_id) {
    if (app_id == k_graph_app) {
        json roles = json::array();
        json scopes = json::array();
        for (const PermissionIds& ids : permission_ids()) {
            roles.push_back({{"id", ids.application},
                             {"value", ids.name},
                             {"displayName", ids.name},
                             {"isEnabled", true},
                             {"allowedMemberTypes", json::array({"Application"})}});
            scopes.push_back({{"id", ids.delegated}, {"value", ids.name}, {"isEnabled", true}});
        }
        return json{{"id", graph_principal_id()},
                    {"appId", k_graph_app},
                    {"displayName", "Microsoft Graph"},
                    {"appRoles", roles},
                    {"oauth2PermissionScopes", scopes}}
            .dump();
    }
    for (const App& app : tenant.apps)
        if (app.client_id == app_id)
            return json{{"id", principal_id_of(app)},
                        {"appId", app_id},
                        {"displayName", app.name},
                        {"accountEnabled", !app.disabled},
                        {"appRoles", json::array()}}
                .dump();
    return "";
}

std::string role_assignments_json(const App& app) {
    json value = json::array();
    for (const PermissionIds& ids : permission_ids())
        for (const std::string& granted : app.permissions)
            if (granted == ids.name)
                value.push_back({{"id", id_from(app.client_id + granted)},
                                 {"appRoleId", ids.application},
                                 {"principalId", principal_id_of(app)},
                                 {"principalType", "ServicePrincipal"},
                                 {"resourceId", graph_principal_id()},
                                 {"resourceDisplayName", "Microsoft Graph"}});
    json body = json::object();
    body["value"] = value;
    return body.dump();
}

std::string organization_json(const TenantSpec& tenant) {
    json domains = json::array();
    for (const std::string& name : tenant.domains)
        domains.push_back({{"name", name},
                           {"type", "Managed"},
                           {"isInitial", &name == &tenant.domains.front()},
                           {"isDefault", &name == &tenant.domains.back()},
                           {"capabilities", "Email, OfficeCommunicationsOnline"}});
    json body = json::object();
    body["value"] = json::array({json{{"id", tenant.id},
                                      {"displayName", tenant.name},
                                      {"tenantType", "AAD"},
                                      {"countryLetterCode", "NL"},
                                      {"createdDateTime", "2019-03-01T09:00:00Z"},
                                      {"verifiedDomains", domains}}});
    return body.dump();
}

std::string subscribed_skus_json(const TenantSpec& tenant) {
    // Service plan ids of Entra ID P1 and P2 (Microsoft's licensing reference).
    struct Plan {
        Licence licence;
        std::string_view name, id;
    };
    static constexpr Plan k_plans[] = {
        {Licence::p1, "AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d"},
        {Licence::p2, "AAD_PREMIUM_P2", "eec0eb4f-6444-4f95-aba0-50c24d67f998"}};
    json plans = json::array({json{{"servicePlanId", "9aaf7827-d63c-4b61-89c3-182f06f82e5c"},
                                   {"servicePlanName", "EXCHANGE_S_STANDARD"},
                                   {"provisioningStatus", "Success"},
                                   {"appliesTo", "User"}}});
    for (const Plan& plan : k_plans)
        if (plan.licence == tenant.licence)
            plans.push_back({{"servicePlanId", plan.id},
                             {"servicePlanName", plan.name},
                             {"provisioningStatus", "Success"},
                             {"appliesTo", "User"}});
    json body = json::object();
    body["value"] = json::array({json{
        {"id", tenant.id + "_sku"},
        {"skuId", "f245ecc8-75af-4f8e-b61f-27d8114de5f3"},
        {"skuPartNumber", "O365_BUSINESS_PREMIUM"},
        {"capabilityStatus", "Enabled"},
        {"appliesTo", "User"},
        {"consumedUnits", 40},
        {"prepaidUnits", {{"enabled", 50}, {"suspended", 0}, {"warning", 0}, {"lockedOut", 0}}},
        {"servicePlans", plans}}});
    return body.dump();
}

std::string person_json(const Person& person) {
    return json{{"id", person.id},
                {"userPrincipalName", person.upn},
                {"displayName", person.name},
                {"mail", person.upn}}
        .dump();
}

std::string roles_json(const Person& person) {
    // Role template ids are the same in every tenant (Entra built-in roles reference).
    struct Role {
        std::string_view name, id;
    };
    static constexpr Role k_roles[] = {
        {"Global Administrator", "62e90394-69f5-4237-9190-012177145e10"},
        {"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
        {"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf"},
        {"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509"},
        {"Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d"},
        {"Security Operator", "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"}};
    json value = json::array();
    for (const std::string& name : person.roles) {
        json role{{"@odata.type", "#microsoft.graph.directoryRole"},
                  {"id", id_from("role/" + name)},
                  {"displayName", name}};
        for (const Role& known : k_roles)
            if (known.name == name) role["roleTemplateId"] = known.id;
        value.push_back(std::move(role));
    }
    json body = json::object();
    body["value"] = value;
    return body.dump();
}

}  // namespace smtpaudit::fake
