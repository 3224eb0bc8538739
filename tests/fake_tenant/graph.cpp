#include "fake_tenant/graph.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/errors.hpp"
#include "fake_tenant/senders.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

constexpr std::string_view k_json =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
    "charset=utf-8";

// facts/graph.md 1.5
constexpr FilterRule k_sign_in_filters[] = {{"createdDateTime", "eq le ge lt gt"},
                                            {"clientAppUsed", "eq"},
                                            {"appId", "eq"},
                                            {"userId", "eq"},
                                            {"id", "eq"},
                                            {"resourceId", "eq"},
                                            {"status/errorCode", "eq"},
                                            {"correlationId", "eq"},
                                            {"conditionalAccessStatus", "eq"},
                                            {"ipAddress", "eq startsWith"},
                                            {"userPrincipalName", "eq startsWith"},
                                            {"appDisplayName", "eq startsWith"},
                                            {"signInEventTypes", "any"}};
constexpr FilterRule k_user_filters[] = {{"id", "eq"},
                                         {"userPrincipalName", "eq startsWith"},
                                         {"mail", "eq startsWith"},
                                         {"accountEnabled", "eq"},
                                         {"userType", "eq ne"}};
// The roles that may read the sign-in log (facts/graph.md 1.6).
constexpr std::string_view k_log_readers[] = {"Reports Reader",    "Security Reader",
                                              "Security Operator", "Security Administrator",
                                              "Global Reader",     "Global Administrator"};

Selection selection_of(const Record& request) {
    Selection selection;
    const std::string text = request.query_value("$select").value_or("");
    for (const auto name : split(text, ','))
        if (!trim(name).empty()) selection.emplace(trim(name));
    return selection;
}

// $top; nothing if it is not a number from 1 to `most`.
std::optional<std::size_t> top_of(const Record& request, std::size_t fallback, std::size_t most) {
    const auto text = request.query_value("$top");
    if (!text) return fallback;
    std::size_t top = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), top);
    if (error != std::errc{} || end != text->data() + text->size() || top == 0 || top > most)
        return std::nullopt;
    return top;
}

Answer plain(std::string body) {
    Answer answer;
    answer.body = std::move(body);
    return answer;
}

// "/servicePrincipals/{id}/x" against "/servicePrincipals/1/x": the values of the names.
std::optional<std::map<std::string, std::string>> match_path(std::string_view route,
                                                             std::string_view path) {
    std::map<std::string, std::string> parameters;
    while (!route.empty()) {
        const auto brace = route.find('{');
        const auto fixed = route.substr(0, brace);
        if (!path.starts_with(fixed)) return std::nullopt;
        path.remove_prefix(fixed.size());
        if (brace == std::string_view::npos) break;
        const auto close = route.find('}');
        const std::string name(route.substr(brace + 1, close - brace - 1));
        route.remove_prefix(close + 1);
        const auto end = route.empty() ? path.find('/') : path.find(route.front());
        if (end == 0 || path.empty()) return std::nullopt;
        parameters[name] = percent_decode(path.substr(0, end), false);
        path.remove_prefix(std::min(end, path.size()));
        if (route.empty()) break;
    }
    if (!path.empty()) return std::nullopt;
    return parameters;
}

ThrottleOptions policy_limit(ThrottleOptions options) {
    options.requests = 1;
    options.window = milliseconds(1000);
    options.deepest_debt = 2;
    return options;
}

}  // namespace

bool is_graph_host(std::string_view host) {
    return !is_login_host(host) && cloud_of(host) != nullptr &&
           host.find("graph") != std::string_view::npos;
}

std::span<const Graph::Route> Graph::routes() {
    static constexpr std::string_view k_log = "AuditLog.Read.All Directory.Read.All";
    static constexpr std::string_view k_users = "User.Read.All Directory.Read.All";
    static constexpr std::string_view k_org = "Organization.Read.All Directory.Read.All";
    static constexpr std::string_view k_apps = "Application.Read.All Directory.Read.All";
    static constexpr std::string_view k_roles = "RoleManagement.Read.Directory Directory.Read.All";
    static constexpr std::string_view k_groups = "GroupMember.Read.All Directory.Read.All";
    static constexpr Route k_routes[] = {
        {"/auditLogs/signIns", k_log, Limit::audit_logs, &Graph::sign_ins},
        {"/users", k_users, Limit::none, &Graph::users},
        {"/organization", k_org, Limit::none, &Graph::organization},
        {"/subscribedSkus", k_org, Limit::none, &Graph::subscribed_skus},
        {"/me", "", Limit::none, &Graph::me},
        {"/me/transitiveMemberOf/microsoft.graph.directoryRole", "", Limit::none, &Graph::my_roles},
        {"/me/memberOf", "", Limit::none, &Graph::my_roles},
        {"/me/memberOf/microsoft.graph.directoryRole", "", Limit::none, &Graph::my_roles},
        {"/servicePrincipals(appId='{appId}')", k_apps, Limit::none, &Graph::service_principal},
        {"/servicePrincipals/{id}/appRoleAssignments", k_apps, Limit::none,
         &Graph::app_role_assignments},
        {"/servicePrincipals/{id}/appRoleAssignedTo", k_apps, Limit::none,
         &Graph::app_role_assigned_to},
        {"/servicePrincipals/{id}", k_apps, Limit::none, &Graph::principal_by_id},
        {"/oauth2PermissionGrants", "Directory.Read.All", Limit::none, &Graph::permission_grants},
        {"/reports/getEmailAppUsageUserDetail(period='{period}')", "Reports.Read.All", Limit::none,
         &Graph::usage_report},
        {"/admin/serviceAnnouncement/messages", "ServiceMessage.Read.All", Limit::none,
         &Graph::messages},
        {"/admin/serviceAnnouncement/messages/{id}", "ServiceMessage.Read.All", Limit::none,
         &Graph::message},
        {"/policies/identitySecurityDefaultsEnforcementPolicy", "Policy.Read.All", Limit::none,
         &Graph::security_defaults},
        {"/identity/conditionalAccess/policies", "Policy.Read.All", Limit::policies,
         &Graph::conditional_access},
        {"/roleManagement/directory/roleAssignments", k_roles, Limit::none,
         &Graph::role_assignments},
        {"/roleManagement/directory/roleDefinitions", k_roles, Limit::none,
         &Graph::role_definitions},
        {"/identity/conditionalAccess/namedLocations", "Policy.Read.All", Limit::policies,
         &Graph::named_locations},
        {"/admin/exchange/tracing/messageTraces", "ExchangeMessageTrace.Read.All", Limit::none,
         &Graph::message_traces},
        {"/groups/{id}/transitiveMembers", k_groups, Limit::none, &Graph::group_members},
        {"/reports/authenticationMethods/userRegistrationDetails", "AuditLog.Read.All",
         Limit::audit_logs, &Graph::registrations}};
    return k_routes;
}

Graph::Graph(TenantState& state, ThrottleOptions throttle, milliseconds latency)
    : state_(state),
      log_(state.spec(), state.time.now()),
      kusto_(state, log_, throttle),
      directory_(state.spec(), state.time.now()),
      throttle_(throttle),
      policy_throttle_(policy_limit(throttle)),
      tokens_(state.fresh("skip")),
      latency_(latency) {}

Answer Graph::refuse(const Record& request, int status, std::string code,
                     std::string message) const {
    const GraphError usual = usual_error(status);
    if (code.empty()) code = usual.code;
    if (message.empty()) message = usual.message;
    return graph_error(status, code, message, request, state_.time.now());
}

Answer Graph::answer(const Record& request, const Fault* fault) {
    const std::string header = request.header("Authorization").value_or("");
    const bool bearer = equals_ignoring_case(std::string_view(header).substr(0, 7), "Bearer ");
    const auto token = state_.token(bearer ? header.substr(7) : "");
    std::string problem;
    if (!bearer)
        problem = "Access token is empty.";
    else if (!token)
        problem = "CompactToken parsing failed with error code: 80049217";
    else if (token->expires <= state_.time.now())
        problem = "Lifetime validation failed, the token is expired.";
    else if (token->audience != "https://" + request.host)
        problem = "Access token validation failure. Invalid audience.";
    Answer answer = problem.empty() ? dispatch(request, *token, fault)
                                    : refuse(request, 401, "InvalidAuthenticationToken", problem);
    if (answer.status == 401)
        answer.set("WWW-Authenticate",
                   "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/"
                   "common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"");
    if (answer.status == 200) answer.set("Content-Type", std::string(k_json));
    answer.set("Cache-Control", "no-cache");
    answer.set("Strict-Transport-Security", "max-age=31536000");
    answer.set("request-id", uuid_of(scramble(std::hash<std::string>{}(request.path), 1),
                                     scramble(static_cast<std::uint64_t>(request.at.count()), 2)));
    if (const auto id = request.header("client-request-id")) answer.set("client-request-id", *id);
    answer.set("x-ms-ags-diagnostic",
               R"({"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5"}})");
    return answer;
}

Answer Graph::dispatch(const Record& request, const TokenInfo& token, const Fault* fault) {
    GraphCall call{request, GraphVersion::v1_0, token, fault, {}};
    std::string_view path = request.path;
    if (path.starts_with("/beta/")) call.version = GraphVersion::beta;
    if (call.version == GraphVersion::v1_0 && !path.starts_with("/v1.0/"))
        return refuse(request, 400, "BadRequest", "Invalid version.");
    path.remove_prefix(path.find('/', 1));
    const std::string plain_path = percent_decode(path, false);
    for (const std::string& part : state_.spec().missing)
        if (request.path.find(part) != std::string::npos)
            return refuse(request, 400, "BadRequest", "Resource not found for the segment.");
    if (plain_path == "/security/runHuntingQuery") {
        if (request.method != "POST") return refuse(request, 405, "Request_BadRequest", "");
        if (auto refused = check_permission(call, "ThreatHunting.Read.All")) return *refused;
        return kusto_.hunting(request, token);
    }
    for (const Route& route : routes()) {
        auto parameters = match_path(route.path, plain_path);
        if (!parameters) continue;
        if (request.method != "GET") return refuse(request, 405, "Request_BadRequest", "");
        call.parameters = std::move(*parameters);
        if (auto throttled = over_limit(call, route.limit)) return *throttled;
        if (auto refused = check_permission(call, route.permissions)) return *refused;
        return (this->*route.handler)(call);
    }
    return refuse(request, 400, "BadRequest", "Resource not found for the segment.");
}

std::optional<Answer> Graph::over_limit(const GraphCall& call, Limit limit) {
    if (limit == Limit::none) return std::nullopt;
    if (limit == Limit::policies) {
        // This one says no time to wait (facts/graph.md 6).
        if (!policy_throttle_.take("tenant", state_.time.passed())) return std::nullopt;
        return refuse(call.request, 429);
    }
    if (const auto wait = throttle_.take(call.token.client_id, state_.time.passed())) {
        Answer answer = refuse(call.request, 429);
        answer.set("Retry-After", std::to_string(wait->count()));
        return answer;
    }
    if (latency_.count() > 0) state_.time.wait(latency_);
    return std::nullopt;
}

std::optional<Answer> Graph::check_permission(const GraphCall& call, std::string_view permissions) {
    if (permissions.empty()) return std::nullopt;
    const auto app = state_.app(call.token.client_id);
    const auto granted = [&](std::string_view name) {
        if (!app) return false;
        const auto& list = call.token.delegated ? call.token.scopes : app->permissions;
        return std::ranges::find(list, name) != list.end();
    };
    for (const auto name : split(permissions, ' '))
        if (granted(name)) return std::nullopt;
    return refuse(call.request, 403);
}

Answer Graph::list(const GraphCall& call, const ListView& view) {
    auto page = list_page(call.request, view, tokens_, call.fault);
    if (!page) return refuse(call.request, 400, "BadRequest", "Invalid Skip Token.");
    return plain(std::move(*page));
}

Answer Graph::sign_ins(const GraphCall& call) {
    const Record& request = call.request;
    if (state_.licence() == Licence::free)
        return refuse(request, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                      "Neither tenant is B2C or tenant doesn't have premium license");
    const Person person = state_.spec().person;
    if (call.token.delegated && std::ranges::none_of(person.roles, [](const std::string& role) {
            return std::ranges::find(k_log_readers, role) != std::end(k_log_readers);
        }))
        return refuse(request, 403, "UnknownError", "User is not in the allowed roles");

    const auto filter =
        parse_filter(request.query_value("$filter").value_or(""), k_sign_in_filters);
    if (!filter) return refuse(request, 400, "BadRequest", filter.error());
    const bool by_type = mentions(*filter, "signInEventTypes");
    const bool beta = call.version == GraphVersion::beta;
    if (by_type && !beta)
        return refuse(request, 400, "BadRequest",
                      "Could not find a property named 'signInEventTypes' on type "
                      "'microsoft.graph.signIn'.");
    const auto top = top_of(request, 1000, 1000);
    if (!top) return refuse(request, 400, "BadRequest", "Invalid value for $top.");
    const std::string order = request.query_value("$orderby").value_or("createdDateTime desc");
    if (order != "createdDateTime desc" || request.query_value("$skip"))
        return refuse(request, 400, "BadRequest", "The query option is not supported here.");

    const TickRange range = bounds(*filter, "createdDateTime");
    const Selection selection = selection_of(request);
    ListView view;
    view.top = *top;
    view.context = "$metadata#auditLogs/signIns";
    view.begin = log_.first_not_newer(range.last);
    view.find = [&](std::size_t position, std::size_t count) {
        std::vector<std::size_t> rows;
        for (std::size_t row = position; row < log_.size() && rows.size() < count; ++row) {
            if (log_.created(row).count < range.first) break;
            // Only interactive rows unless the filter asks for others (facts/graph.md 1.3).
            if (!by_type && !log_.is_interactive(row)) continue;
            if (passes(*filter, [&](std::string_view name) { return log_.property(row, name); }))
                rows.push_back(row);
        }
        return rows;
    };
    view.write = [&](std::size_t row, std::string& out) {
        log_.write(row, call.version, selection, out);
    };
    return list(call, view);
}

Answer Graph::users(const GraphCall& call) {
    const auto filter =
        parse_filter(call.request.query_value("$filter").value_or(""), k_user_filters);
    if (!filter) return refuse(call.request, 400, "Request_UnsupportedQuery", filter.error());
    const auto top = top_of(call.request, 100, 999);
    if (!top || call.request.query_value("$skip"))
        return refuse(call.request, 400, "Request_UnsupportedQuery",
                      "Invalid page size specified.");
    const Selection selection = selection_of(call.request);
    ListView view;
    view.top = *top;
    view.context = "$metadata#users";
    view.find = [&](std::size_t position, std::size_t count) {
        std::vector<std::size_t> rows;
        for (std::size_t row = position; row < directory_.users() && rows.size() < count; ++row)
            if (passes(*filter,
                       [&](std::string_view name) { return directory_.user_property(row, name); }))
                rows.push_back(row);
        return rows;
    };
    view.write = [&](std::size_t row, std::string& out) {
        directory_.write_user(row, selection, out);
    };
    return list(call, view);
}

Answer Graph::organization(const GraphCall&) { return plain(organization_json(state_.spec())); }
Answer Graph::subscribed_skus(const GraphCall&) {
    return plain(subscribed_skus_json(state_.spec()));
}

Answer Graph::me(const GraphCall& call) {
    if (!call.token.delegated)
        return refuse(call.request, 400, "BadRequest",
                      "/me request is only valid with delegated authentication flow.");
    return plain(person_json(state_.spec().person));
}

Answer Graph::my_roles(const GraphCall& call) {
    if (!call.token.delegated) return me(call);
    return plain(roles_json(state_.spec().person));
}

Answer Graph::list_of(const GraphCall& call, const std::vector<std::string>& rows,
                      std::string_view context, std::size_t usual_top, std::size_t most) {
    const auto top = top_of(call.request, usual_top, most);
    if (!top) return refuse(call.request, 400, "Request_UnsupportedQuery", "Invalid page size.");
    ListView view;
    view.top = *top;
    view.context = context;
    view.find = [&](std::size_t position, std::size_t count) {
        std::vector<std::size_t> found;
        for (std::size_t row = position; row < rows.size() && found.size() < count; ++row)
            found.push_back(row);
        return found;
    };
    view.write = [&](std::size_t row, std::string& out) { out += rows[row]; };
    return list(call, view);
}

Answer Graph::principal_by_id(const GraphCall& call) {
    std::string body = principal_by_id_json(state_.spec(), call.parameters.at("id"));
    return body.empty() ? refuse(call.request, 404) : plain(std::move(body));
}

Answer Graph::app_role_assigned_to(const GraphCall& call) {
    return list_of(call, assigned_to(state_.spec(), call.parameters.at("id")),
                   "$metadata#appRoleAssignments", 100, 999);
}

Answer Graph::permission_grants(const GraphCall& call) {
    static constexpr FilterRule k_filters[] = {{"resourceId", "eq"}, {"clientId", "eq"}};
    const auto filter = parse_filter(call.request.query_value("$filter").value_or(""), k_filters);
    if (!filter) return refuse(call.request, 400, "Request_UnsupportedQuery", filter.error());
    std::vector<std::string> rows;
    for (const PermissionGrant& grant : fake::permission_grants(state_.spec()))
        if (passes(*filter, [&](std::string_view) { return Value(grant.resource_id); }))
            rows.push_back(grant.json);
    return list_of(call, rows, "$metadata#oauth2PermissionGrants", 100, 999);
}

Answer Graph::usage_report(const GraphCall& call) {
    if (call.parameters.at("period") != "D180")
        return refuse(call.request, 400, "BadRequest", "Invalid period value specified.");
    Answer answer;
    answer.status = 302;
    answer.set("Content-Type", "text/plain");
    answer.set("Location", usage_address(state_));
    return answer;
}

Answer Graph::messages(const GraphCall& call) {
    return list_of(call, state_.spec().messages, "$metadata#admin/serviceAnnouncement/messages",
                   100, 1000);
}

Answer Graph::message(const GraphCall& call) {
    for (const std::string& text : state_.spec().messages)
        if (nlohmann::json::parse(text)["id"] == call.parameters.at("id")) return plain(text);
    return refuse(call.request, 404);
}

Answer Graph::service_principal(const GraphCall& call) {
    if (call.parameters.at("appId") == "00000002-0000-0ff1-ce00-000000000000")
        return plain(exchange_principal_json());
    std::string body = principal_json(state_.spec(), call.parameters.at("appId"));
    return body.empty() ? refuse(call.request, 404) : plain(std::move(body));
}

Answer Graph::app_role_assignments(const GraphCall& call) {
    for (const App& app : state_.spec().apps)
        if (principal_id_of(app) == call.parameters.at("id"))
            return plain(role_assignments_json(app));
    return refuse(call.request, 404);
}

}  // namespace smtpaudit::fake
