#include "sources/graph_users.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"
#include "sources/graph_facts.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

constexpr std::array<Permission, 1> k_user_permissions = {
    {{"User.Read.All", "df021288-bdef-4463-88db-98f22de89214",
      "a154be20-db9c-4678-8ab7-66f6cc099a59"}}};
// facts/graph.md 4.4 does not list this one; the ids are those of Microsoft's permission reference.
constexpr std::array<Permission, 1> k_organization_permissions = {
    {{"Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6",
      "4908d5b9-3fb2-4b1e-9336-1888b7937185"}}};

struct Addresses {
    std::vector<std::string> all;  // the primary one first
    bool has_primary = false;
};

// "SMTP:" marks the primary address, "smtp:" the others; the rest is no mail address (X500, SIP …).
Addresses smtp_addresses(const GraphFields& fields) {
    constexpr std::size_t k_prefix = 5;
    Addresses addresses;
    for (const json* element : fields.list("proxyAddresses")) {
        if (!element->is_string()) {
            fields.count_wrong_type();
            continue;
        }
        const std::string_view written = element->get_ref<const std::string&>();
        if (written.size() <= k_prefix ||
            !equals_ignoring_case(written.substr(0, k_prefix), "smtp:"))
            continue;
        const bool is_primary = written.starts_with("SMTP:") && !addresses.has_primary;
        addresses.has_primary = addresses.has_primary || is_primary;
        addresses.all.emplace(is_primary ? addresses.all.begin() : addresses.all.end(),
                              written.substr(k_prefix));
    }
    return addresses;
}

Coverage pull_users(PullContext& context, EvidenceSink& sink) {
    const std::string url =
        context.graph_url +
        "/v1.0/users?$select=id,userPrincipalName,mail,proxyAddresses,accountEnabled,userType,"
        "lastPasswordChangeDateTime&$top=999";
    return GraphFactsPull(context, k_graph_users)
        .run(url, [&](const std::string& id, const GraphFields& fields) {
            AccountFacts facts;
            facts.user_id = id;
            facts.user_principal_name = fields.text("userPrincipalName").value_or("");
            Addresses addresses = smtp_addresses(fields);
            facts.mail = fields.text("mail").value_or("");
            if (facts.mail.empty() && addresses.has_primary) facts.mail = addresses.all.front();
            facts.addresses = std::move(addresses.all);
            facts.enabled = fields.flag("accountEnabled");
            facts.user_type = fields.text("userType");
            facts.password_changed = fields.instant("lastPasswordChangeDateTime");
            facts.origin = "Microsoft Graph users";
            sink.account(facts);
        });
}

Coverage pull_organization(PullContext& context, EvidenceSink& sink) {
    const std::string url =
        context.graph_url + "/v1.0/organization?$select=id,displayName,verifiedDomains";
    return GraphFactsPull(context, k_graph_organization)
        .run(url, [&](const std::string& id, const GraphFields& fields) {
            TenantFacts facts;
            facts.id = id;
            facts.name = fields.text("displayName");
            for (const json* domain : fields.list("verifiedDomains")) {
                if (!domain->is_object()) {
                    fields.count_wrong_type();
                    continue;
                }
                std::uint64_t wrong_types = 0;
                if (auto name = GraphFields(*domain, wrong_types).text("name"))
                    facts.domains.push_back(std::move(*name));
                if (wrong_types > 0) fields.count_wrong_type();
            }
            facts.origin = "Microsoft Graph organization";
            sink.tenant(facts);
        });
}

Coverage probe_users(PullContext& context) {
    return probe_graph_path(context, k_graph_users, "/v1.0/users?$select=id,proxyAddresses&$top=1");
}

Coverage probe_organization(PullContext& context) {
    return probe_graph_path(context, k_graph_organization, "/v1.0/organization?$select=id");
}

}  // namespace

constinit const LiveSource k_graph_users = {
    .id = "users",
    .title = "Users and their addresses (Microsoft Graph)",
    .permissions = k_user_permissions,
    .roles = {},
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_users,
    .probe = probe_users,
    .tier = "names",
};

constinit const LiveSource k_graph_organization = {
    .id = "organization",
    .title = "The organisation's name and domains (Microsoft Graph)",
    .permissions = k_organization_permissions,
    .roles = {},
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_organization,
    .probe = probe_organization,
    .tier = "names",
};

}  // namespace smtpaudit
