#include "sources/graph_apps.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sources/graph_list.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace smtpaudit {
namespace {

using nlohmann::json;

constexpr std::string_view k_role = "SMTP.SendAsApp";
constexpr std::string_view k_scope = "SMTP.Send";
constexpr std::array<std::string_view, 2> k_resources = {
    k_exchange_online_app, "00000003-0000-0000-c000-000000000000"};  // and Microsoft Graph
// A tenant with more principals than this is asked no further; the rest keep their object ids.
constexpr std::size_t k_most_principals = 500;

struct Resource {
    std::string id;  // of its service principal
    std::string name;
    std::set<std::string, std::less<>> roles;  // ids of the application roles
};

// A service principal that holds a grant.
struct Client {
    std::string app_id, name;
};

class AppSearch {
public:
    AppSearch(PullContext& context, const LiveSource& source)
        : context_(context), source_(source) {}

    tl::expected<SmtpApps, GraphProblem> run() {
        for (const std::string_view app_id : k_resources) {
            auto problem = search(app_id);
            if (problem) return tl::unexpected(std::move(*problem));
        }
        for (Grant& grant : grants_) {
            auto client = client_of(grant.client_id);
            if (!client) return tl::unexpected(std::move(client).error());
            grant.app.app_id = client->app_id;
            if (!client->name.empty()) grant.app.name = client->name;
        }
        return finish();
    }

private:
    struct Grant {
        std::string client_id;  // object id of the service principal
        OauthApp app;
    };
    using Problem = std::optional<GraphProblem>;

    Problem search(std::string_view app_id) {
        auto resource = find_resource(app_id);
        if (!resource) return std::move(resource).error();
        if (resource->id.empty()) return std::nullopt;
        if (auto problem = find_assignments(*resource)) return problem;
        return find_delegated(*resource);
    }

    tl::expected<Resource, GraphProblem> find_resource(std::string_view app_id) {
        const auto found = graph_object(
            context_, source_,
            fmt::format("{}/v1.0/servicePrincipals(appId='{}')?$select=id,displayName,appRoles",
                        context_.graph_url, app_id));
        ++apps_.pages;
        Resource resource;
        if (!found && found.error().kind == GraphProblemKind::no_such_api) {
            apps_.notes.push_back(fmt::format(
                "the tenant has no service principal of {}: nothing is granted on it", app_id));
            return resource;
        }
        if (!found) return tl::unexpected(found.error());
        resource.id = json_text(*found, "id");
        resource.name = json_text(*found, "displayName");
        if (resource.id.empty())
            return tl::unexpected(
                GraphProblem{GraphProblemKind::bad_answer, "the answer cannot be read: no \"id\""});
        const auto roles = found->find("appRoles");
        if (roles == found->end() || !roles->is_array()) return resource;
        for (const json& role : *roles)
            if (json_text(role, "value") == k_role) resource.roles.insert(json_text(role, "id"));
        return resource;
    }

    Problem find_assignments(const Resource& resource) {
        if (resource.roles.empty()) return std::nullopt;
        return walk(fmt::format("{}/v1.0/servicePrincipals/{}/appRoleAssignedTo?$top=999",
                                context_.graph_url, percent_encode(resource.id)),
                    [&](const json& row) {
                        if (json_text(row, "principalType") != "ServicePrincipal") return;
                        if (!resource.roles.contains(json_text(row, "appRoleId"))) return;
                        Grant grant;
                        grant.client_id = json_text(row, "principalId");
                        grant.app.name = json_text(row, "principalDisplayName");
                        grant.app.how =
                            fmt::format("application role {} on {}", k_role, resource.name);
                        grant.app.consent =
                            "administrator, for every mailbox that Exchange lets "
                            "the application use";
                        grants_.push_back(std::move(grant));
                    });
    }

    Problem find_delegated(const Resource& resource) {
        const auto take = [&](const json& row) {
            // The service may ignore the filter, so every row is looked at again.
            if (json_text(row, "resourceId") != resource.id) return;
            const std::string scope = json_text(row, "scope");  // " SMTP.Send offline_access"
            const auto scopes = split(scope, ' ');
            if (std::find(scopes.begin(), scopes.end(), k_scope) == scopes.end()) return;
            Grant grant;
            grant.client_id = json_text(row, "clientId");
            grant.app.how = fmt::format("delegated scope {} on {}", k_scope, resource.name);
            const bool everyone = json_text(row, "consentType") == "AllPrincipals";
            grant.app.consent = everyone ? "administrator, for every user" : "for one user";
            if (!everyone) grant.app.principal = json_text(row, "principalId");
            grants_.push_back(std::move(grant));
        };
        const std::string list = context_.graph_url + "/v1.0/oauth2PermissionGrants";
        const std::string filter = percent_encode(fmt::format("resourceId eq '{}'", resource.id));
        const std::size_t before = grants_.size();
        auto problem = walk(fmt::format("{}?$filter={}&$top=999", list, filter), take);
        if (!problem || problem->kind != GraphProblemKind::no_such_api) return problem;
        // The filter is not documented: then the whole list.
        grants_.resize(before);
        return walk(list + "?$top=999", take);
    }

    Problem walk(const std::string& url, const std::function<void(const json&)>& take) {
        const std::size_t before = grants_.size();
        std::size_t pages = 0;
        const GraphList list{context_, source_,
                             [&](const json& row) {
                                 if (row.is_object()) take(row);
                             },
                             [&] {
                                 ++pages;
                                 ++apps_.pages;
                                 progress();
                             }};
        auto problem = list.walk(url);
        if (problem) grants_.resize(std::min(before, grants_.size()));
        return problem;
    }

    // The application behind a service principal. One that is gone keeps its object id.
    tl::expected<Client, GraphProblem> client_of(const std::string& id) {
        if (const auto known = clients_.find(id); known != clients_.end()) return known->second;
        if (clients_.size() >= k_most_principals) return Client{id, {}};
        const auto found =
            graph_object(context_, source_,
                         fmt::format("{}/v1.0/servicePrincipals/{}?$select=id,appId,displayName",
                                     context_.graph_url, percent_encode(id)));
        ++apps_.pages;
        progress();
        Client client{id, {}};
        if (!found && found.error().kind != GraphProblemKind::no_such_api)
            return tl::unexpected(found.error());
        if (found && !json_text(*found, "appId").empty())
            client = {json_text(*found, "appId"), json_text(*found, "displayName")};
        clients_.emplace(id, client);
        return client;
    }

    SmtpApps finish() {
        for (Grant& grant : grants_) apps_.grants.push_back(std::move(grant.app));
        const auto key = [](const OauthApp& app) {
            return std::tie(app.name, app.app_id, app.how, app.consent, app.principal);
        };
        std::sort(apps_.grants.begin(), apps_.grants.end(),
                  [&](const OauthApp& a, const OauthApp& b) { return key(a) < key(b); });
        // A list that began again gave some twice.
        apps_.grants.erase(
            std::unique(apps_.grants.begin(), apps_.grants.end(),
                        [&](const OauthApp& a, const OauthApp& b) { return key(a) == key(b); }),
            apps_.grants.end());
        return std::move(apps_);
    }

    void progress() const {
        if (context_.progress) context_.progress({source_.id, apps_.pages, grants_.size()});
    }

    PullContext& context_;
    const LiveSource& source_;
    SmtpApps apps_;
    std::vector<Grant> grants_;
    std::map<std::string, Client> clients_;
};

}  // namespace

std::vector<std::string> SmtpApps::app_ids() const {
    std::set<std::string> ids;
    for (const OauthApp& app : grants) ids.insert(app.app_id);
    return {ids.begin(), ids.end()};
}

tl::expected<SmtpApps, GraphProblem> find_smtp_apps(PullContext& context,
                                                    const LiveSource& source) {
    return AppSearch(context, source).run();
}

}  // namespace smtpaudit
