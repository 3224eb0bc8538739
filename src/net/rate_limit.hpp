// Paces requests under a service's throttle budget; one object for each budget.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>

namespace smtpaudit {

struct RateBudget {
    double per_second = 1;  // the long-run pace, above 0
    int burst = 1;  // at once after a rest, at least 1
    // At most `window_requests` in any `window`, beside the pace; 0: the pace alone. A service that
    // documents "5 in 10 s" may count by a bucket or by a sliding window; this keeps under both.
    std::size_t window_requests = 0;
    std::chrono::milliseconds window{0};
};

// Sign-ins and the other Entra reports: 5 requests in 10 s for an app and tenant, refused ones
// count (facts/graph.md 1.7, 6). One percent under it, one token spare.
inline constexpr RateBudget k_sign_in_budget{0.495, 4, 5, std::chrono::milliseconds(10'100)};

// A token bucket (kept as the one instant at which it will be full) with one shared pause.
// Thread-safe. Which of several waiting threads goes first is not defined.
class RateLimit {
public:
    explicit RateLimit(const RateBudget& budget);

    // Waits for a token and takes it. False: a stop was asked for, no token was taken.
    bool acquire(Clock& clock, const std::stop_token& stop);
    // Nobody gets a token for this long from now, also who waits already. Two pauses that overlap
    // do not add up. After it the pace starts without a burst.
    void pause_for(const Clock& clock, std::chrono::milliseconds time);

private:
    using Instant = std::chrono::steady_clock::time_point;
    // Zero: the token is taken. Otherwise how long to wait before asking again.
    std::chrono::milliseconds take_or_wait(Instant now);

    const std::chrono::nanoseconds interval_;  // between two tokens
    const std::chrono::nanoseconds burst_room_;  // how far ahead of the pace a burst may run
    const std::size_t window_requests_;
    const std::chrono::milliseconds window_;
    std::mutex mutex_;
    Instant full_at_{};  // when the bucket will be full again
    Instant paused_until_{};
    std::deque<Instant> taken_;  // the last `window_requests_`
};

}  // namespace smtpaudit
