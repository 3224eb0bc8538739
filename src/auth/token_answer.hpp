// A token as the services hand it over, read into a Token.
#pragma once

#include "auth/token_source.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace smtpaudit {

struct TokenGrant {
    Token token;
    Secret refresh_token;  // empty: none was given
};

// access_token, token_type, and how long it lives: expires_in (seconds) or, where that is absent,
// expires_on (Unix time); each may be written as a text (facts/graph.md 5.4). `host` is who
// answered, for the message. Errc::service: not a usable answer; nothing of it is quoted.
Result<TokenGrant> read_token_grant(std::string_view body, std::string_view host, UtcTime now);

// The Token for a text that goes into a header line. nullopt: it cannot, or it lives no more.
// It is renewed five minutes before its end, or earlier where the service wishes it.
std::optional<Token> token_for(Secret value, std::chrono::seconds life, UtcTime now,
                               std::optional<std::chrono::seconds> renew_after = std::nullopt);

}  // namespace smtpaudit
