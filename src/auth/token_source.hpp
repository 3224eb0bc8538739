// The seam to sign-in: one file in this folder for each way to get a token.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <stop_token>
#include <string>

namespace smtpaudit {

struct Token {
    Secret value;
    UtcTime expires;
    // From here on a new one is wanted; always before `expires` (CachedTokens in bearer.hpp).
    UtcTime renew_at;
};

// What a token is for: a resource of the cloud table (clouds.hpp), "https://graph.microsoft.com".
// The token is only ever sent to the host that the table names beside it.
class TokenSource {
public:
    virtual ~TokenSource() = default;
    virtual std::string name() const = 0;  // "client secret", for people
    // A new token from the identity platform; no cache. Thread-safe.
    // Refused: Errc::sign_in. Not reached, or not understood: Errc::service.
    virtual Result<Token> fetch(const std::string& resource, std::stop_token stop) = 0;
};

}  // namespace smtpaudit
