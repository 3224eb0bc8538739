// The identity platform's token endpoint: https://{authority}/{tenant}/oauth2/v2.0/token
// (facts/graph.md 5).
#pragma once

#include "auth/clouds.hpp"
#include "auth/form.hpp"
#include "auth/sign_in_errors.hpp"
#include "auth/token_answer.hpp"
#include "auth/token_source.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http.hpp"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

namespace smtpaudit {

// What every way to sign in works with; all three outlive it. `http` is the chain without bearer
// and without retry: the attempts are made here, because each needs a form of its own.
struct SignInContext {
    HttpClient& http;
    Clock& clock;
    Random& random;
};

// Who signs in where; checked by check_tenant and check_client_id.
struct AppIdentity {
    const Cloud* cloud = nullptr;  // into the table of clouds.hpp
    std::string tenant;
    std::string client_id;
};

using TokenAnswer = std::variant<TokenGrant, TokenRefusal>;

// Called once for each attempt, so that each carries a fresh assertion.
using MakeForm = std::function<Result<Form>()>;

class TokenEndpoint {
public:
    TokenEndpoint(const SignInContext& context, AppIdentity identity);

    const SignInContext& context() const { return context_; }
    const AppIdentity& identity() const { return identity_; }
    // "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/" + name
    std::string url(std::string_view name) const;
    std::string_view host() const { return identity_.cloud->authority; }

    // A token, or the refusal for a caller that lives with some of them (device code).
    Result<TokenAnswer> ask(const MakeForm& make_form, std::stop_token stop) const;
    // A token; a refusal is Errc::sign_in.
    Result<TokenGrant> fetch(const MakeForm& make_form, std::stop_token stop) const;
    // The same post to `name` ("devicecode"): the 2xx or 4xx answer as it is. What may pass (429,
    // 5xx, broken transfers) is tried again by net/retry.hpp, up to four times in two minutes; then
    // Errc::service.
    Result<HttpResponse> post(std::string_view name, const MakeForm& make_form,
                              std::stop_token stop) const;

private:
    HttpResult attempt(std::string_view name, const Form& form, std::chrono::seconds left,
                       std::stop_token stop) const;

    SignInContext context_;
    AppIdentity identity_;
};

// The scope for an application's own token: "https://graph.microsoft.com/.default".
std::string application_scope(const std::string& resource);
// The scope for a user's token, with a refresh token: the same and "offline_access".
std::string delegated_scope(const std::string& resource);

Error interrupted_error();

}  // namespace smtpaudit
