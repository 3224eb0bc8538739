#include "auth/bearer.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::chrono::seconds k_renewal_pause{30};
constexpr std::string_view k_https = "https://";

HttpResult no_token(const Error& error) {
    const bool interrupted = error.code == Errc::interrupted;
    return http_fail(interrupted ? HttpFailureKind::interrupted : HttpFailureKind::sign_in,
                     error.message);
}

}  // namespace

Result<SharedToken> CachedTokens::get(const std::string& resource, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    Entry& entry = entries_[resource];
    if (entry.token && clock_.now() < entry.renew_at) return entry.token;
    auto fetched = fly(lock, entry, resource, std::move(stop));
    if (fetched || fetched.error().code == Errc::interrupted) return fetched;
    if (!entry.token || clock_.now() >= entry.token->expires) return fetched;
    entry.renew_at = clock_.now() + k_renewal_pause;
    return entry.token;
}

Result<SharedToken> CachedTokens::replace(const std::string& resource, const SharedToken& stale,
                                          std::stop_token stop) {
    std::unique_lock lock(mutex_);
    Entry& entry = entries_[resource];
    if (entry.token && entry.token != stale) return entry.token;
    entry.token.reset();
    return fly(lock, entry, resource, std::move(stop));
}

Result<SharedToken> CachedTokens::fly(std::unique_lock<std::mutex>& lock, Entry& entry,
                                      const std::string& resource, std::stop_token stop) {
    while (entry.fetching) {
        const auto flight = entry.flights;
        if (!landed_.wait(lock, stop, [&] { return entry.flights != flight; }))
            return fail(Errc::interrupted, "interrupted while signing in");
        // No token here: a third thread has already found the new one refused. And a thread that
        // was stopped says nothing about this one. In both cases it is our turn.
        if (!entry.failure && entry.token) return entry.token;
        if (entry.failure && entry.failure->code != Errc::interrupted)
            return tl::unexpected<Error>(*entry.failure);
    }
    entry.fetching = true;
    // Also if fetch throws: nobody may wait for a flight that never lands.
    const auto land = [&](std::optional<Error> failure) {
        entry.fetching = false;
        entry.failure = std::move(failure);
        ++entry.flights;
        landed_.notify_all();
    };
    lock.unlock();
    Result<Token> fetched = tl::unexpected<Error>(Error{});
    try {
        fetched = source_.fetch(resource, std::move(stop));
    } catch (...) {
        lock.lock();
        land(Error{Errc::sign_in, "the sign-in broke off"});
        throw;
    }
    lock.lock();
    if (!fetched) {
        land(fetched.error());
        return tl::unexpected<Error>(fetched.error());
    }
    entry.renew_at = fetched->renew_at;
    entry.token = std::make_shared<const Token>(std::move(*fetched));
    land(std::nullopt);
    return entry.token;
}

BearerClient::BearerClient(HttpClient& next, CachedTokens& tokens,
                           std::vector<CloudService> services)
    : next_(next), tokens_(tokens), services_(std::move(services)) {}

HttpResult BearerClient::send(const HttpRequest& request, std::stop_token stop) {
    const auto resource = resource_for(request.url);
    if (!resource)
        return http_fail(HttpFailureKind::refused,
                         fmt::format("{}: no token is sent there: not a service of this cloud",
                                     redacted(request.url)));
    auto token = tokens_.get(*resource, stop);
    if (!token) return no_token(token.error());
    auto response = send_with(request, **token, stop);
    if (!response || response->status != 401) return response;
    token = tokens_.replace(*resource, *token, stop);
    if (!token) return no_token(token.error());
    return send_with(request, **token, std::move(stop));
}

std::optional<std::string> BearerClient::resource_for(const std::string& url) const {
    const auto parsed = parse_url(url);
    if (!parsed || parsed->scheme != "https" || parsed->userinfo ||
        parsed->port_or_default() != 443)
        return std::nullopt;
    // Compared in the text that is sent, not only in the parsed form, which is lower-cased.
    const std::string_view rest = std::string_view(url).substr(k_https.size());
    const auto found =
        std::find_if(services_.begin(), services_.end(), [&](const CloudService& service) {
            const std::string& host = parsed->host;
            const bool below =
                service.hosts_below && host.ends_with("." + std::string(service.host));
            return (host == service.host || below) && rest.starts_with(host);
        });
    if (found == services_.end() || !url.starts_with(k_https)) return std::nullopt;
    return std::string(found->resource);
}

HttpResult BearerClient::send_with(const HttpRequest& request, const Token& token,
                                   std::stop_token stop) {
    HttpRequest signed_request = request;
    auto& headers = signed_request.headers;
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [](const HttpHeader& header) {
                                     return equals_ignoring_case(header.name, "Authorization");
                                 }),
                  headers.end());
    std::string value;
    value.reserve(token.value.reveal().size() + 8);
    value.append("Bearer ").append(token.value.reveal());
    headers.push_back({"Authorization", std::move(value)});
    auto response = next_.send(signed_request, std::move(stop));
    wipe(headers.back().value);
    return response;
}

}  // namespace smtpaudit
