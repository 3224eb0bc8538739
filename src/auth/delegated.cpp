#include "auth/delegated.hpp"

#include <utility>

namespace smtpaudit {

Result<Token> DelegatedTokens::fetch(const TokenEndpoint& endpoint, const std::string& resource,
                                     const SignIn& sign_in, std::stop_token stop) {
    const std::lock_guard lock(mutex_);
    if (stop.stop_requested()) return tl::unexpected(interrupted_error());
    const std::string scope = delegated_scope(resource);
    if (!refresh_token_.empty()) {
        SA_TRY(TokenAnswer answer, redeem(endpoint, scope, stop));
        if (auto* grant = std::get_if<TokenGrant>(&answer)) {
            // The platform gives a new refresh token with each answer; the old one stays good.
            if (!grant->refresh_token.empty()) refresh_token_ = std::move(grant->refresh_token);
            return std::move(grant->token);
        }
    }
    SA_TRY(TokenGrant grant, sign_in(scope, stop));
    refresh_token_ = std::move(grant.refresh_token);
    return std::move(grant.token);
}

Result<TokenAnswer> DelegatedTokens::redeem(const TokenEndpoint& endpoint, const std::string& scope,
                                            std::stop_token stop) const {
    return endpoint.ask(
        [&]() -> Result<Form> {
            Form form;
            form.add("client_id", endpoint.identity().client_id)
                .add("scope", scope)
                .add("refresh_token", refresh_token_.reveal())
                .add("grant_type", "refresh_token");
            return form;
        },
        std::move(stop));
}

}  // namespace smtpaudit
