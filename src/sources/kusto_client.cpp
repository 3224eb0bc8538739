#include "sources/kusto_client.hpp"

#include "base/text.hpp"
#include "net/retry_after.hpp"
#include "sources/kusto_query.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using enum GraphProblemKind;
using namespace std::chrono_literals;

// The server's own time-out is 3 minutes, at most 10 if it is asked to (facts/graph.md 3.2). What
// takes more than 5 is asked in halves instead.
constexpr auto k_log_analytics_wait = 300s;
constexpr auto k_hunting_wait = 180s;  // cannot be changed (facts/graph.md 3.1)
constexpr auto k_on_the_way = 20s;

// Which name could not be resolved is only in the message.
bool names_a_missing_table(const KustoError& error) {
    const std::string folded = fold_case(error.messages);
    if (folded.find("resolve") == std::string::npos) return false;
    constexpr std::array<std::string_view, 7> k_tables = {"signinlogs",
                                                          "aadnoninteractiveusersigninlogs",
                                                          "aadserviceprincipalsigninlogs",
                                                          "entraidsigninevents",
                                                          "aadsignineventsbeta",
                                                          "entraidspnsigninevents",
                                                          "aadspnsignineventsbeta"};
    return std::ranges::any_of(
        k_tables, [&](std::string_view table) { return folded.find(table) != std::string::npos; });
}

}  // namespace

// No source that we have tells the ids of Data.Read; the API's is ROADtools' (facts/graph.md 3.2).
constinit const Permission k_log_analytics_permission = {"Data.Read", "", "", "Log Analytics API",
                                                         "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5"};
constinit const Permission k_hunting_permission = {"ThreatHunting.Read.All",
                                                   "dd98c7f5-2d42-42d3-a0e4-633161547251",
                                                   "b152eca8-ea73-4a48-8c98-1a6742673d99"};

std::string_view to_string(KustoEngine engine) {
    return engine == KustoEngine::log_analytics ? "Log Analytics" : "advanced hunting";
}

HttpRequest KustoClient::request(const std::string& query) const {
    HttpRequest request;
    request.method = HttpMethod::post;
    // Without the type Log Analytics answers 200 and nothing (facts/graph.md 3.2).
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/json; charset=utf-8"}};
    if (engine_ == KustoEngine::log_analytics) {
        request.url = fmt::format("{}/v1/workspaces/{}/query", context_.log_analytics_url,
                                  context_.workspace);
        request.headers.push_back({"Prefer", fmt::format("wait={}", k_log_analytics_wait.count())});
        request.body = nlohmann::json({{"query", query}}).dump();
        request.total_timeout = k_log_analytics_wait + k_on_the_way;
    } else {
        request.url = context_.graph_url + "/v1.0/security/runHuntingQuery";
        request.body = nlohmann::json({{"Query", query}, {"Timespan", "P30D"}}).dump();
        request.total_timeout = k_hunting_wait + k_on_the_way;
    }
    return request;
}

GraphProblem KustoClient::forbidden(const std::string& seen) const {
    if (engine_ == KustoEngine::hunting)
        return {permission,
                fmt::format("not allowed to hunt ({}); grant {} (application {}, delegated {}); a "
                            "person who signs in also needs the role Security Reader or Global "
                            "Reader",
                            seen, k_hunting_permission.name, k_hunting_permission.application_id,
                            k_hunting_permission.delegated_id)};
    return {permission,
            fmt::format("not allowed to query the workspace {} ({}); grant {} of {} ({}) with "
                        "admin consent, and the role Log Analytics Reader on the workspace",
                        context_.workspace, seen, k_log_analytics_permission.name,
                        k_log_analytics_permission.resource,
                        k_log_analytics_permission.resource_app_id)};
}

KustoProblem KustoClient::problem_of(const HttpResponse& answer) const {
    const KustoError error = read_kusto_error(answer.body);
    std::string seen = describe_failure(answer);
    if (!error.codes.empty()) seen += ", " + join(error.codes, " ");
    const std::string_view name = to_string(engine_);
    switch (answer.status) {
        case 401:
            return {{sign_in, fmt::format("{} refused the token ({}); sign in again", name, seen)}};
        case 403: return {forbidden(seen)};
        case 400:
            if (names_a_missing_table(error))
                return {{no_such_api, fmt::format("{} has no such table ({})", name, seen)}, true};
            return {
                {service, fmt::format("{} refused the query ({}); this is a fault of smtpaudit, "
                                      "please report it",
                                      name, seen)}};
        case 404:
        case 405:
        case 501:
            if (engine_ == KustoEngine::log_analytics)
                return {{no_such_api,
                         fmt::format("Log Analytics knows no workspace {} ({}); take the Workspace "
                                     "ID from its overview in the Azure portal",
                                     context_.workspace, seen)}};
            return {{no_such_api,
                     fmt::format("this cloud has no advanced hunting ({}); use --sign-ins-from "
                                 "graph or log-analytics",
                                 seen)}};
        case 408:
        case 504:
            return {{slow, fmt::format("{} did not answer in time ({}); run again later or with a "
                                       "shorter --window",
                                       name, seen)}};
        case 429:
            return {{throttled,
                     fmt::format("{}: its quota of calls or of computing time is used up ({}); run "
                                 "again later",
                                 name, seen)},
                    false,
                    false,
                    retry_after_of(answer, context_.clock.now())};
        default: break;
    }
    return {{service, fmt::format("{} failed ({}); run again later", name, seen)}};
}

tl::expected<KustoAnswer, KustoProblem> KustoClient::ask(const std::string& query,
                                                         Repeat repeat) const {
    std::optional<tl::expected<KustoAnswer, JsonProblem>> read;
    HttpRequest request = this->request(query);
    request.is_repeatable = repeat == Repeat::yes;
    // The test whether a body is whole is the reading of it: each answer is parsed once.
    request.body_is_whole = [&](std::string_view body) {
        if (body.empty()) return true;  // a 204, or what is told apart below
        read = read_kusto_answer(body);
        return read->has_value() || !read->error().syntax;
    };
    const HttpResult answer = context_.http.send(request, context_.stop);
    if (!answer)
        return tl::unexpected(KustoProblem{transport_problem(answer.error()),
                                           false,
                                           answer.error().kind == HttpFailureKind::too_large,
                                           {}});
    if (answer->status == 204) return KustoAnswer{};
    if (answer->status != 200) return tl::unexpected(problem_of(*answer));
    if (answer->body.empty())
        return tl::unexpected(KustoProblem{smtpaudit::bad_answer(*answer, "it is empty")});
    if (!read) read = read_kusto_answer(answer->body);
    if (!*read)
        return tl::unexpected(KustoProblem{smtpaudit::bad_answer(*answer, read->error().what)});
    return std::move(**read);
}

}  // namespace smtpaudit
