// What browser and device code share: a person signs in once, then the refresh token gives the
// further tokens, also for other resources, without another prompt.
#pragma once

#include "auth/token_endpoint.hpp"

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

namespace smtpaudit {

// Shows one line to the person. Called from the thread that fetches; must not block.
using Tell = std::function<void(const std::string&)>;

class DelegatedTokens {
public:
    // Asks the person; the scope is for the one resource.
    using SignIn = std::function<Result<TokenGrant>(const std::string& scope, std::stop_token)>;

    // One prompt at a time, whatever number of threads want a token. A refresh token that is
    // refused (expired, revoked, consent or another factor wanted) leads to one new prompt.
    Result<Token> fetch(const TokenEndpoint& endpoint, const std::string& resource,
                        const SignIn& sign_in, std::stop_token stop);

private:
    Result<TokenAnswer> redeem(const TokenEndpoint& endpoint, const std::string& scope,
                               std::stop_token stop) const;

    std::mutex mutex_;
    Secret refresh_token_;  // in memory only, gone with the process
};

}  // namespace smtpaudit
