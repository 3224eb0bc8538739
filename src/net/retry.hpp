// Tries again what may pass: the outermost link of the HTTP chain.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "net/rate_limit.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace smtpaudit {

// What an attempt came to.
enum class RetryClass : std::uint8_t {
    never,  // an answer to keep (2xx, 3xx, 400, 401, 403, 404, 501 …), or a failure that stays
    throttled,  // 429, 503
    broken,  // 500, 502, cut_short
    slow,  // 408, 504, timeout: asking for less helps more than asking again
    unreachable,  // resolve, connect, not_http: a wrong name or a portal should be told soon
};
RetryClass retry_class(const HttpResult& result);

struct RetryPolicy {
    // Requests for one send(), the first included, whatever came of them.
    int attempts = 16;
    // Of those, how many may end slow, how many broken, and how many unreachable.
    int slow_attempts = 6;
    int broken_attempts = 16;
    int unreachable_attempts = 5;
    // Back-off: a random part of base * 2^(attempt - 1), at most the cap, at least the floor.
    std::chrono::milliseconds base{1'000};
    std::chrono::milliseconds throttled_cap{120'000};  // facts/graph.md 6
    std::chrono::milliseconds failure_cap{30'000};
    std::chrono::milliseconds floor{200};
    // From the first attempt to the last, waits included. A wait that would end after it is not
    // begun: the last answer is handed back at once.
    std::chrono::seconds deadline{600};
};

// The wait after attempt number `attempt` (from 1). `retry_after` is obeyed to the second, also over
// the caps; without it back-off decides. `jitter` is in [0, 1).
std::chrono::milliseconds next_delay(const RetryPolicy& policy, RetryClass kind, int attempt,
                                     std::optional<std::chrono::seconds> retry_after,
                                     double jitter);

// For progress: "graph.microsoft.com: HTTP 429, request-id …; again in 12 s".
struct WaitNotice {
    RetryClass kind = RetryClass::throttled;
    std::string reason;  // one line, no secret
    int attempt = 1;  // the one that failed
    std::chrono::milliseconds delay{0};
};
// Called before each wait, from the thread that waits.
using WaitObserver = std::function<void(const WaitNotice&)>;

struct RetryParts {
    Clock& clock;
    Random& random;
    RetryPolicy policy;
    // Every attempt takes a token of it, and a throttled one pauses all who share it. May be null.
    RateLimit* rate = nullptr;
    WaitObserver on_wait;  // may be empty
};

// One attempt. `left` is what the deadline leaves, at least 1 s.
using HttpAttempt = std::function<HttpResult(std::chrono::seconds left)>;

// The loop itself, for a caller that must make each attempt anew (a client assertion's jti). The
// last answer is handed back as it is when the attempts or the time run out; a failure then says how
// many attempts there were. A stop ends any wait at once with `interrupted`.
HttpResult send_with_retries(const RetryParts& parts, const HttpAttempt& attempt,
                             const std::stop_token& stop);

// send_with_retries as a link of the chain; a request that is not repeatable is sent again only
// where it had no effect: throttled, or never connected. Each attempt has a client-request-id of its own
// (facts/graph.md 6). `next` and what `parts` names outlive it.
class RetryClient final : public HttpClient {
public:
    RetryClient(HttpClient& next, RetryParts parts);
    HttpResult send(const HttpRequest& request, std::stop_token stop) override;

private:
    HttpClient& next_;
    RetryParts parts_;
};

}  // namespace smtpaudit
