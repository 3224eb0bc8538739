#include "fake_tenant/senders.hpp"

#include "fake_tenant/codec.hpp"
#include "fake_tenant/directory.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {
namespace {

using nlohmann::json;

constexpr std::string_view k_exchange_app = "00000002-0000-0ff1-ce00-000000000000";
constexpr std::string_view k_graph_app = "00000003-0000-0000-c000-000000000000";

struct Role {
    std::string_view id, value;
};
// facts/graph.md 4.1; two roles have one name.
constexpr std::array<Role, 4> k_exchange_roles = {{
    {"7146a1f0-8703-45b3-9eae-527a64c00995", "SMTP.SendAsApp"},
    {"ce81e10f-fda1-4348-8947-f7fdb6c649ad", "SMTP.SendAsApp"},
    {"5e5addcd-3e8d-4e90-baf5-964efab2b20a", "IMAP.AccessAsApp"},
    {"dc50a0fb-09a3-484d-be87-e023b12c6440", "Exchange.ManageAsApp"},
}};

std::string id_from(std::string_view text) {
    const std::string digest = sha256_hex(text);
    return uuid_of(std::stoull(digest.substr(0, 16), nullptr, 16),
                   std::stoull(digest.substr(16, 16), nullptr, 16));
}

std::string exchange_principal_id() { return id_from("principal of Exchange Online"); }
std::string sender_id(const OauthSender& sender) { return id_from("sender/" + sender.app_id); }

json assignment(std::string_view role, std::string_view principal, std::string_view name,
                std::string_view type) {
    return {{"id", id_from(fmt::format("{}{}", role, principal))},
            {"appRoleId", role},
            {"createdDateTime", "2026-01-15T09:00:00Z"},
            {"principalDisplayName", name},
            {"principalId", principal},
            {"principalType", type},
            {"resourceDisplayName", "Office 365 Exchange Online"},
            {"resourceId", exchange_principal_id()}};
}

json principal(std::string_view id, std::string_view app_id, std::string_view name) {
    return {{"id", id}, {"appId", app_id}, {"displayName", name}, {"accountEnabled", true}};
}

}  // namespace

std::string exchange_principal_json() {
    json roles = json::array();
    for (const Role& role : k_exchange_roles)
        roles.push_back({{"id", role.id},
                         {"value", role.value},
                         {"displayName", role.value},
                         {"isEnabled", true},
                         {"allowedMemberTypes", json::array({"Application"})}});
    json object = principal(exchange_principal_id(), k_exchange_app, "Office 365 Exchange Online");
    object["appRoles"] = roles;
    object["oauth2PermissionScopes"] = json::array({{{"id", "76faac2a-0f20-42f1-928a-50de5b9dbe52"},
                                                     {"value", "SMTP.Send"},
                                                     {"isEnabled", true}}});
    return object.dump();
}

std::string principal_by_id_json(const TenantSpec& tenant, std::string_view id) {
    if (id == exchange_principal_id()) return exchange_principal_json();
    if (id == graph_principal_id()) return principal_json(tenant, std::string(k_graph_app));
    for (const App& app : tenant.apps)
        if (id == principal_id_of(app)) return principal_json(tenant, app.client_id);
    for (const OauthSender& sender : tenant.oauth_senders)
        if (id == sender_id(sender) && !sender.is_gone)
            return principal(id, sender.app_id, sender.name).dump();
    return "";
}

std::vector<std::string> assigned_to(const TenantSpec& tenant, std::string_view resource_id) {
    std::vector<std::string> rows;
    if (resource_id != exchange_principal_id()) return rows;
    // What a client must tell apart: another role, and a user with the right one.
    rows.push_back(
        assignment(k_exchange_roles[2].id, id_from("imap app"), "Ticket reader", "ServicePrincipal")
            .dump());
    rows.push_back(
        assignment(k_exchange_roles[0].id, id_from("some user"), "Some User", "User").dump());
    for (std::size_t i = 0; i < tenant.oauth_senders.size(); ++i) {
        const OauthSender& sender = tenant.oauth_senders[i];
        if (!sender.send_as_app) continue;
        rows.push_back(assignment(k_exchange_roles[i % 2].id, sender_id(sender), sender.name,
                                  "ServicePrincipal")
                           .dump());
    }
    return rows;
}

std::vector<PermissionGrant> permission_grants(const TenantSpec& tenant) {
    std::vector<PermissionGrant> grants;
    const auto add = [&](const std::string& client, bool on_graph, const std::string& scope,
                         const std::string& user) {
        const std::string resource = on_graph ? graph_principal_id() : exchange_principal_id();
        json row = {{"id", id_from(client + scope + user)},
                    {"clientId", client},
                    {"consentType", user.empty() ? "AllPrincipals" : "Principal"},
                    {"principalId", nullptr},
                    {"resourceId", resource},
                    {"scope", scope}};
        if (!user.empty()) row["principalId"] = user;
        grants.push_back({resource, row.dump()});
    };
    add(id_from("calendar app"), true, "Calendars.Read User.Read", "");
    add(id_from("look-alike"), false, "SMTP.SendEverything IMAP.AccessAsUser.All", "");
    for (const OauthSender& sender : tenant.oauth_senders)
        for (const ScopeGrant& grant : sender.send)
            add(sender_id(sender), grant.on == "graph", " SMTP.Send offline_access", grant.user);
    return grants;
}

std::string usage_csv(const UsageSpec& usage, UtcTime now) {
    const std::string refreshed = format_day(day_of(now) - std::chrono::days(2));
    std::string csv =
        "\xEF\xBB\xBFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted "
        "Date,Last Activity Date,Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For "
        "Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period\n";
    for (const UsageRow& row : usage.rows) {
        std::string name = row.upn;
        if (usage.concealed) name = sha256_hex(row.upn).substr(0, 32);
        csv += fmt::format("{},{},\"{}, Sender\",False,,{},,,ProPlus,,,,,,{},180\n", refreshed,
                           name, usage.concealed ? name : row.upn, refreshed, row.smtp_app);
    }
    return csv;
}

std::string usage_address(TenantState& state) {
    return fmt::format("https://{}/data/download/{}?token={}", k_report_host,
                       state.fresh("report-path"),
                       state.issue({std::string(k_report_host), "", false, {}, {}}));
}

Answer usage_download(TenantState& state, const Record& request) {
    Answer answer;
    const auto token = state.token(request.query_value("token").value_or(""));
    // As storage services do: two ways to be let in are one too many.
    if (request.header("Authorization") || !token || token->audience != k_report_host) {
        answer.status = 403;
        return answer;
    }
    state.revoke(request.query_value("token").value_or(""));
    answer.set("Content-Type", "text/csv");
    answer.body = usage_csv(state.spec().usage, state.time.now());
    return answer;
}

}  // namespace smtpaudit::fake
