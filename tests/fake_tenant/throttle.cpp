#include "fake_tenant/throttle.hpp"

#include <algorithm>
#include <cmath>

namespace smtpaudit::fake {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<seconds> Throttle::take(const std::string& key, milliseconds now) {
    if (!options_.enabled) return std::nullopt;
    const std::lock_guard lock(mutex_);
    Bucket& bucket = buckets_[key];
    if (!bucket.known) bucket = {options_.requests, now, milliseconds{0}, true};
    const double per_ms = options_.requests / static_cast<double>(options_.window.count());
    const auto since = static_cast<double>((now - bucket.filled).count());
    bucket.tokens = std::min(options_.requests, bucket.tokens + since * per_ms);
    bucket.filled = now;

    // The grace is also worth its part of a token, or a retry on time could still find 0.99.
    const double slack = static_cast<double>(options_.grace.count()) * per_ms;
    const bool early = now + options_.grace < bucket.not_before;
    if (!early && bucket.tokens + slack >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    if (options_.refusals_count)
        bucket.tokens = std::max(-options_.deepest_debt, bucket.tokens - 1);
    const double missing = std::max(0.0, 1 - bucket.tokens) / per_ms;
    const seconds wait(std::max(1L, std::lround(std::ceil(missing / 1000))));
    bucket.not_before = std::max(bucket.not_before, now + milliseconds(wait));
    return std::chrono::ceil<seconds>(bucket.not_before - now);
}

}  // namespace smtpaudit::fake
