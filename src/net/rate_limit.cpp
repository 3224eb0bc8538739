#include "net/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace smtpaudit {

RateLimit::RateLimit(const RateBudget& budget)
    : interval_(static_cast<std::chrono::nanoseconds::rep>(std::ceil(1e9 / budget.per_second))),
      burst_room_(interval_ * (std::max(budget.burst, 1) - 1)),
      window_requests_(budget.window_requests),
      window_(budget.window) {}

bool RateLimit::acquire(Clock& clock, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto wait = take_or_wait(clock.steady_now());
        if (wait == std::chrono::milliseconds::zero()) return true;
        // Asks again after the wait: another thread may have been first, or a pause came.
        if (!clock.sleep_for(wait, stop)) return false;
    }
    return false;
}

void RateLimit::pause_for(const Clock& clock, std::chrono::milliseconds time) {
    const auto now = clock.steady_now();
    const std::lock_guard lock(mutex_);
    paused_until_ = std::max(paused_until_, now + time);
    full_at_ = std::max(full_at_, paused_until_ + burst_room_);
}

std::chrono::milliseconds RateLimit::take_or_wait(Instant now) {
    const std::lock_guard lock(mutex_);
    Instant earliest = std::max(paused_until_, full_at_ - burst_room_);
    if (window_requests_ > 0 && taken_.size() == window_requests_)
        earliest = std::max(earliest, taken_.front() + window_);
    // Rounded up: a wait of zero would spin.
    if (earliest > now) return std::chrono::ceil<std::chrono::milliseconds>(earliest - now);
    full_at_ = std::max(full_at_, now) + interval_;
    if (window_requests_ > 0) {
        if (taken_.size() == window_requests_) taken_.pop_front();
        taken_.push_back(now);
    }
    return std::chrono::milliseconds::zero();
}

}  // namespace smtpaudit
