#include "net/retry.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "net/retry_after.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

HttpResult interrupted() { return http_fail(HttpFailureKind::interrupted, "interrupted"); }

int limit_of(const RetryPolicy& policy, RetryClass kind) {
    if (kind == RetryClass::slow) return std::min(policy.slow_attempts, policy.attempts);
    if (kind == RetryClass::broken) return std::min(policy.broken_attempts, policy.attempts);
    if (kind == RetryClass::unreachable)
        return std::min(policy.unreachable_attempts, policy.attempts);
    return policy.attempts;
}

std::string reason_of(const HttpResult& result) {
    return result ? describe_failure(*result) : result.error().message;
}

HttpResult gave_up(HttpResult&& result, int attempts) {
    if (!result && attempts > 1)
        result.error().message += fmt::format(" (after {} attempts)", attempts);
    return std::move(result);
}

}  // namespace

RetryClass retry_class(const HttpResult& result) {
    if (result) {
        switch (result->status) {
            case 429:
            case 503: return RetryClass::throttled;
            case 500:
            case 502: return RetryClass::broken;
            case 408:
            case 504: return RetryClass::slow;
            default: return RetryClass::never;
        }
    }
    switch (result.error().kind) {
        case HttpFailureKind::resolve:
        case HttpFailureKind::connect:
        case HttpFailureKind::not_http: return RetryClass::unreachable;
        case HttpFailureKind::timeout: return RetryClass::slow;
        case HttpFailureKind::cut_short: return RetryClass::broken;
        case HttpFailureKind::tls:
        case HttpFailureKind::too_large:
        case HttpFailureKind::refused:
        case HttpFailureKind::interrupted:
        case HttpFailureKind::sign_in: break;
    }
    return RetryClass::never;
}

std::chrono::milliseconds next_delay(const RetryPolicy& policy, RetryClass kind, int attempt,
                                     std::optional<std::chrono::seconds> retry_after,
                                     double jitter) {
    if (retry_after && *retry_after > 0s) return *retry_after;
    const auto cap = kind == RetryClass::throttled ? policy.throttled_cap : policy.failure_cap;
    // 2^20 s is over any cap; the exponent stays small so that nothing overflows.
    const double doubled =
        static_cast<double>(policy.base.count()) * std::exp2(std::clamp(attempt - 1, 0, 20));
    const double most = std::min(doubled, static_cast<double>(cap.count()));
    const auto part = std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(most * std::clamp(jitter, 0.0, 1.0)));
    return std::max(part, std::min(policy.floor, cap));
}

HttpResult send_with_retries(const RetryParts& parts, const HttpAttempt& attempt,
                             const std::stop_token& stop) {
    std::array<int, 5> ended{};  // attempts by RetryClass
    std::optional<std::chrono::steady_clock::time_point> started;
    for (int number = 1;; ++number) {
        if (parts.rate && !parts.rate->acquire(parts.clock, stop)) return interrupted();
        if (stop.stop_requested()) return interrupted();
        const auto before = parts.clock.steady_now();
        if (!started) started = before;
        const auto left = parts.policy.deadline - (before - *started);
        HttpResult result = attempt(std::max(std::chrono::ceil<std::chrono::seconds>(left), 1s));

        const RetryClass kind = retry_class(result);
        if (kind == RetryClass::never) return result;
        const int of_kind = ++ended.at(static_cast<std::size_t>(kind));
        const auto asked = result ? retry_after_of(*result, parts.clock.now())
                                  : std::optional<std::chrono::seconds>();
        const auto delay = next_delay(parts.policy, kind, number, asked, random_unit(parts.random));
        const auto spent = parts.clock.steady_now() - *started;
        // A throttled answer speaks to all who share the budget, also when this one gives up. A wait
        // over the deadline is left to each of them, or the next request would hang for hours.
        if (parts.rate != nullptr && kind == RetryClass::throttled &&
            delay <= parts.policy.deadline)
            parts.rate->pause_for(parts.clock, delay);
        if (number >= parts.policy.attempts || of_kind >= limit_of(parts.policy, kind) ||
            spent + delay > parts.policy.deadline)
            return gave_up(std::move(result), number);

        if (parts.on_wait) parts.on_wait({kind, reason_of(result), number, delay});
        // A shared pause passes in this same wait.
        if (!parts.clock.sleep_for(delay, stop)) return interrupted();
    }
}

RetryClient::RetryClient(HttpClient& next, RetryParts parts)
    : next_(next), parts_(std::move(parts)) {}

HttpResult RetryClient::send(const HttpRequest& request, std::stop_token stop) {
    HttpRequest one = request;
    std::erase_if(one.headers, [](const HttpHeader& header) {
        return equals_ignoring_case(header.name, "client-request-id");
    });
    one.headers.push_back({"client-request-id", {}});
    const auto attempt = [&](std::chrono::seconds left) {
        one.headers.back().value = random_uuid(parts_.random);
        one.total_timeout = std::min(request.total_timeout, left);
        return next_.send(one, stop);
    };
    RetryParts parts = parts_;
    if (!request.is_repeatable) parts.policy.slow_attempts = parts.policy.broken_attempts = 1;
    HttpResult result = send_with_retries(parts, attempt, stop);
    wipe(one.body);  // a form may hold a client secret; the caller's own copy is the caller's
    return result;
}

}  // namespace smtpaudit
