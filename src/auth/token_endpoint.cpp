#include "auth/token_endpoint.hpp"

#include "auth/json_reply.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds k_request_timeout = 30s;
constexpr std::size_t k_max_body = std::size_t{1} * 1024 * 1024;
// A person may be waiting at the terminal, so less patient than the pull of evidence.
RetryPolicy retry_policy() {
    RetryPolicy policy;
    policy.attempts = 4;
    policy.deadline = 120s;
    return policy;
}

}  // namespace

TokenEndpoint::TokenEndpoint(const SignInContext& context, AppIdentity identity)
    : context_(context), identity_(std::move(identity)) {}

std::string TokenEndpoint::url(std::string_view name) const {
    return fmt::format("https://{}/{}/oauth2/v2.0/{}", host(), identity_.tenant, name);
}

Result<TokenAnswer> TokenEndpoint::ask(const MakeForm& make_form, std::stop_token stop) const {
    SA_TRY(HttpResponse response, post("token", make_form, stop));
    const UtcTime now = context_.clock.now();
    if (response.status >= 200 && response.status < 300) {
        auto grant = read_token_grant(response.body, host(), now);
        wipe(response.body);
        if (!grant) return tl::unexpected<Error>(grant.error());
        return TokenAnswer(std::move(*grant));
    }
    TokenRefusal refusal = read_refusal(response, host(), now);
    if (refusal.error.empty()) return fail(Errc::service, std::move(refusal.message));
    return TokenAnswer(std::move(refusal));
}

Result<TokenGrant> TokenEndpoint::fetch(const MakeForm& make_form, std::stop_token stop) const {
    SA_TRY(TokenAnswer answer, ask(make_form, stop));
    if (auto* refusal = std::get_if<TokenRefusal>(&answer))
        return fail(Errc::sign_in, std::move(refusal->message));
    return std::get<TokenGrant>(std::move(answer));
}

Result<HttpResponse> TokenEndpoint::post(std::string_view name, const MakeForm& make_form,
                                         std::stop_token stop) const {
    const RetryParts parts{context_.clock, context_.random, retry_policy(), nullptr, {}};
    std::optional<Error> no_form;
    HttpResult sent = send_with_retries(
        parts,
        [&](std::chrono::seconds left) -> HttpResult {
            const auto form = make_form();
            if (form) return attempt(name, *form, left, stop);
            no_form = form.error();
            return http_fail(HttpFailureKind::refused, {});  // ends the attempts
        },
        stop);
    if (no_form) return tl::unexpected<Error>(std::move(*no_form));
    if (!sent && sent.error().kind == HttpFailureKind::interrupted)
        return tl::unexpected<Error>(interrupted_error());
    if (!sent) return fail(Errc::service, "sign-in failed: " + sent.error().message);
    if (retry_class(sent) == RetryClass::never) return std::move(*sent);
    return fail(Errc::service, fmt::format("sign-in failed: {} answered {}; try again later",
                                           host(), describe_failure(*sent)));
}

HttpResult TokenEndpoint::attempt(std::string_view name, const Form& form,
                                  std::chrono::seconds left, std::stop_token stop) const {
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = url(name);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"},
                       {"client-request-id", random_uuid(context_.random)}};
    request.body = form.text();
    request.body_is_whole = is_json;
    request.max_body = k_max_body;
    request.total_timeout = std::min(k_request_timeout, left);
    HttpResult sent = context_.http.send(request, std::move(stop));
    wipe(request.body);
    return sent;
}

std::string application_scope(const std::string& resource) { return resource + "/.default"; }

std::string delegated_scope(const std::string& resource) {
    return application_scope(resource) + " offline_access";
}

Error interrupted_error() { return {Errc::interrupted, "interrupted while signing in"}; }

}  // namespace smtpaudit
