// One line for each attempt at -v: the innermost decorator, so that every attempt is seen.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/http.hpp"

#include <mutex>
#include <stop_token>

namespace smtpaudit {

// "GET https://graph.microsoft.com/v1.0/users: 200, 41203 bytes, 312 ms, request-id …,
// client-request-id …". Headers by an allow-list; never a body, a query or an Authorization. Silent
// below LogLevel::verbose. Lines of several threads do not mix. All it is given outlives it.
class TraceClient final : public HttpClient {
public:
    TraceClient(HttpClient& next, Log& log, const Clock& clock)
        : next_(next), log_(log), clock_(clock) {}
    HttpResult send(const HttpRequest& request, std::stop_token stop) override;

private:
    HttpClient& next_;
    Log& log_;
    const Clock& clock_;
    std::mutex mutex_;  // guards log_
};

}  // namespace smtpaudit
