// Microsoft Graph: a table of calls, each with the permission it needs and its handler.
#pragma once

#include "fake_tenant/directory.hpp"
#include "fake_tenant/faults.hpp"
#include "fake_tenant/http.hpp"
#include "fake_tenant/kusto.hpp"
#include "fake_tenant/paging.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "fake_tenant/state.hpp"
#include "fake_tenant/throttle.hpp"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace smtpaudit::fake {

// One call as its handler sees it.
struct GraphCall {
    const Record& request;
    GraphVersion version = GraphVersion::v1_0;
    const TokenInfo& token;
    const Fault* fault = nullptr;  // of the list kind, or none
    std::map<std::string, std::string> parameters;  // from {names} in the route's path
};

class Graph {
public:
    Graph(TenantState& state, ThrottleOptions throttle, milliseconds latency);

    Answer answer(const Record& request, const Fault* fault);
    Answer log_analytics(const Record& request) { return kusto_.log_analytics(request); }

private:
    enum class Limit : std::uint8_t { none, audit_logs, policies };
    struct Route {
        std::string_view path;  // behind the version; {name} stands for one part
        std::string_view permissions;  // one of these, separated by spaces; "" for none
        Limit limit;
        Answer (Graph::*handler)(const GraphCall&);
    };
    static std::span<const Route> routes();

    Answer sign_ins(const GraphCall& call);
    Answer users(const GraphCall& call);
    Answer organization(const GraphCall& call);
    Answer me(const GraphCall& call);
    Answer my_roles(const GraphCall& call);
    Answer subscribed_skus(const GraphCall& call);
    Answer service_principal(const GraphCall& call);
    Answer app_role_assignments(const GraphCall& call);
    Answer principal_by_id(const GraphCall& call);
    Answer app_role_assigned_to(const GraphCall& call);
    Answer permission_grants(const GraphCall& call);
    Answer usage_report(const GraphCall& call);
    Answer messages(const GraphCall& call);
    Answer message(const GraphCall& call);

    Answer dispatch(const Record& request, const TokenInfo& token, const Fault* fault);
    Answer list(const GraphCall& call, const ListView& view);
    // Rows that are whole already.
    Answer list_of(const GraphCall& call, const std::vector<std::string>& rows,
                   std::string_view context, std::size_t usual_top, std::size_t most);
    Answer security_defaults(const GraphCall& call);
    Answer conditional_access(const GraphCall& call);
    Answer role_assignments(const GraphCall& call);
    Answer role_definitions(const GraphCall& call);
    Answer group_members(const GraphCall& call);
    Answer registrations(const GraphCall& call);
    Answer named_locations(const GraphCall& call);
    Answer message_traces(const GraphCall& call);

    Answer rows(const GraphCall& call, const std::string& context, const nlohmann::json& all);
    // Counts the request; an answer: it is over the limit.
    std::optional<Answer> over_limit(const GraphCall& call, Limit limit);
    Answer refuse(const Record& request, int status, std::string code = "",
                  std::string message = "") const;
    // Empty: the token may make the call.
    std::optional<Answer> check_permission(const GraphCall& call, std::string_view permissions);

    TenantState& state_;
    SignInLog log_;
    Kusto kusto_;
    Directory directory_;
    Throttle throttle_;
    Throttle policy_throttle_;  // one request in a second for the whole tenant (facts/graph.md 4)
    SkipTokens tokens_;
    milliseconds latency_;
};

bool is_graph_host(std::string_view host);

// What Graph tells of policies, MFA, roles and groups, saved as JSON as
// scripts/Export-SmtpAuthSettings.ps1 saves it. `source`: "security_defaults", "conditional_access",
// "mfa_registration", "directory_roles", "group_members".
std::string policies_as_json(const TenantSpec& tenant, std::string_view source);

}  // namespace smtpaudit::fake
