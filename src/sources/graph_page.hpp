// One request to Microsoft Graph, and what went wrong with it, in words for an administrator.
#pragma once

#include "model/coverage.hpp"
#include "net/http.hpp"
#include "sources/live_source.hpp"

#include <cstdint>
#include <string>

namespace smtpaudit {

enum class GraphProblemKind : std::uint8_t {
    permission,  // 403
    licence,  // 403 of a tenant without Entra ID P1 or P2
    throttled,  // 429 that outlived the retries
    slow,  // 408, 504, time-out: a smaller question may be answered
    no_such_api,  // 400, 404, 405, 501 to the first page
    page_token,  // 400 to a later page: its skip token is no longer good (facts/graph.md 1.7)
    refused_link,  // the next page lies where no request may go, or in a circle
    page_limit,
    sign_in,  // no token, or a 401 that a fresh token did not cure
    network,
    service,  // any other answer
    refused,  // Exchange understood the command and refused it
    bad_answer,  // a 200 that cannot be read
    interrupted,
};

struct GraphProblem {
    GraphProblemKind kind = GraphProblemKind::service;
    std::string reason;  // one sentence without a full stop: what, and what to do
};

enum class PageOrder : std::uint8_t { first, later };

HttpRequest graph_get(std::string url);
// The problem of an answer that is not a 200. Graph's own message is never quoted: only its code
// and the request-id.
GraphProblem graph_problem(const HttpResult& answer, PageOrder order, const LiveSource& source);
// The problem where no answer came at all.
GraphProblem transport_problem(const HttpFailure& failure);
GraphProblem bad_answer(const HttpResponse& answer, std::string_view what);

CoverageCause cause_of(GraphProblemKind kind);

// The coverage of a pull that ended with the problem: partial where rows came; unavailable for what
// the tenant or cloud does not have and nobody asked for by name; else failed.
void end_with(Coverage& coverage, const GraphProblem& problem, bool chosen_by_name);

}  // namespace smtpaudit
