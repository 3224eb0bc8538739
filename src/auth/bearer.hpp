// Tokens kept while they live, and the link of the HTTP chain that puts them on requests.
#pragma once

#include "auth/clouds.hpp"
#include "auth/token_source.hpp"
#include "base/clock.hpp"
#include "net/http.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smtpaudit {

using SharedToken = std::shared_ptr<const Token>;

// One token for each resource, in memory. Thread-safe; while one thread fetches, the others that
// want the same resource wait for its outcome, be it a token or an error.
class CachedTokens {
public:
    // Both outlive it.
    CachedTokens(TokenSource& source, const Clock& clock) : source_(source), clock_(clock) {}

    // A token that is not due for renewal. If the renewal fails while the old one still lives, the
    // old one, and the next try comes half a minute later.
    Result<SharedToken> get(const std::string& resource, std::stop_token stop);
    // The server refused `stale`: a newer one, fetched unless another thread already has.
    Result<SharedToken> replace(const std::string& resource, const SharedToken& stale,
                                std::stop_token stop);

private:
    struct Entry {
        SharedToken token;
        UtcTime renew_at;
        bool fetching = false;
        std::uint64_t flights = 0;  // finished fetches
        std::optional<Error> failure;  // of the last of them
    };

    Result<SharedToken> fly(std::unique_lock<std::mutex>& lock, Entry& entry,
                            const std::string& resource, std::stop_token stop);

    TokenSource& source_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any landed_;
    std::map<std::string, Entry> entries_;  // nodes stay where they are
};

// Adds the token of the host's resource to each request. Only https to a host of `services`, byte
// for byte (or below it, where the service says so), without user or odd port, gets one; any other is HttpFailureKind::refused and not sent.
// On a 401 one fresh token and the same request again; a second 401 is given back. No token:
// HttpFailureKind::sign_in with the credential's own words (interrupted: ::interrupted).
class BearerClient final : public HttpClient {
public:
    // Both outlive it.
    BearerClient(HttpClient& next, CachedTokens& tokens, std::vector<CloudService> services);
    HttpResult send(const HttpRequest& request, std::stop_token stop) override;

private:
    std::optional<std::string> resource_for(const std::string& url) const;
    HttpResult send_with(const HttpRequest& request, const Token& token, std::stop_token stop);

    HttpClient& next_;
    CachedTokens& tokens_;
    std::vector<CloudService> services_;
};

}  // namespace smtpaudit
