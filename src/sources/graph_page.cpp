#include "sources/graph_page.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using enum GraphProblemKind;

// {"error":{"code":"…","message":"…"}}; empty where the body is something else.
std::string error_code(const std::string& body) {
    constexpr std::size_t k_largest_error = std::size_t{64} * 1024;
    constexpr std::size_t k_code_columns = 80;
    if (body.size() > k_largest_error) return {};
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    if (!parsed.is_object()) return {};
    const auto error = parsed.find("error");
    if (error == parsed.end() || !error->is_object()) return {};
    const auto code = error->find("code");
    if (code == error->end() || !code->is_string()) return {};
    return cut_to_width(printable(code->get_ref<const std::string&>()), k_code_columns);
}

std::string permissions_text(const LiveSource& source) {
    std::string text;
    for (const Permission& permission : source.permissions) {
        text += fmt::format("{}{}", text.empty() ? "" : " and ", permission.name);
        // Of some no source tells the ids.
        if (!permission.application_id.empty())
            text += fmt::format(" (application {}, delegated {})", permission.application_id,
                                permission.delegated_id);
    }
    if (!source.roles.empty())
        text += fmt::format("; a person who signs in also needs one of the roles {}", source.roles);
    return text;
}

GraphProblem forbidden(const std::string& code, const std::string& answer,
                       const LiveSource& source) {
    // facts/graph.md 1.6: the one code that tells a missing licence.
    if (code.starts_with("Authentication_RequestFromNonPremium"))
        return {licence, fmt::format("the tenant has no {} licence ({}){}{}",
                                     source.licence.empty() ? "premium" : source.licence, answer,
                                     source.by_hand.empty() ? "" : "; ", source.by_hand)};
    return {permission,
            fmt::format("not allowed ({}); grant {}", answer, permissions_text(source))};
}

}  // namespace

HttpRequest graph_get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.headers.push_back({"Accept", "application/json"});
    return request;
}

GraphProblem transport_problem(const HttpFailure& failure) {
    switch (failure.kind) {
        case HttpFailureKind::interrupted: return {interrupted, "interrupted"};
        case HttpFailureKind::timeout: return {slow, failure.message};
        case HttpFailureKind::sign_in: return {sign_in, failure.message};
        case HttpFailureKind::cut_short:
        case HttpFailureKind::not_http:
        case HttpFailureKind::too_large: return {GraphProblemKind::bad_answer, failure.message};
        case HttpFailureKind::resolve:
        case HttpFailureKind::connect:
        case HttpFailureKind::tls:
        case HttpFailureKind::refused: break;
    }
    return {network, failure.message};
}

GraphProblem graph_problem(const HttpResult& result, PageOrder order, const LiveSource& source) {
    if (!result) return transport_problem(result.error());
    const std::string code = error_code(result->body);
    std::string answer = describe_failure(*result);
    if (!code.empty()) answer += ", " + code;
    switch (result->status) {
        case 401:
            return {sign_in, fmt::format("the token was refused ({}); sign in again", answer)};
        case 403: return forbidden(code, answer, source);
        case 408:
        case 504:
            return {slow, fmt::format("the service did not answer in time ({}); run again later or "
                                      "with a shorter --window",
                                      answer)};
        case 429:
            return {throttled, fmt::format("throttled beyond the limit ({}); run again later, and "
                                           "not beside another tool that uses the same app",
                                           answer)};
        case 400:
            if (order == PageOrder::later)
                return {page_token, fmt::format("the service forgot where the pages went on ({}); "
                                                "run again",
                                                answer)};
            [[fallthrough]];
        case 404:
        case 405:
        case 501:
            return {no_such_api, fmt::format("this cloud has no such API ({}); export the data by "
                                             "hand and give the files as FILE",
                                             answer)};
        default: break;
    }
    return {service, fmt::format("the service failed ({}); run again later", answer)};
}

GraphProblem bad_answer(const HttpResponse& answer, std::string_view what) {
    return {GraphProblemKind::bad_answer,
            fmt::format("the answer cannot be read: {} ({})", what, describe_failure(answer))};
}

CoverageCause cause_of(GraphProblemKind kind) {
    switch (kind) {
        case permission: return CoverageCause::permission;
        case licence: return CoverageCause::licence;
        case no_such_api: return CoverageCause::no_such_api;
        case sign_in: return CoverageCause::sign_in;
        case network: return CoverageCause::network;
        case interrupted: return CoverageCause::interrupted;
        default: return CoverageCause::service;
    }
}

void end_with(Coverage& coverage, const GraphProblem& problem, bool chosen_by_name) {
    coverage.reason = problem.reason;
    coverage.cause = cause_of(problem.kind);
    const bool not_had = problem.kind == licence || problem.kind == no_such_api;
    if (coverage.rows > 0) {
        coverage.state = CoverageState::partial;
    } else if (not_had && !chosen_by_name) {
        coverage.state = CoverageState::unavailable;
    } else {
        coverage.state = CoverageState::failed;
    }
}

}  // namespace smtpaudit
