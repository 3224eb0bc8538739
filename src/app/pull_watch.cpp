#include "app/pull_watch.hpp"

#include "base/text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds k_rate_after{2};  // a rate of less time jumps about
constexpr double k_least_done = 0.02;

std::string duration_words(Seconds time) {
    const auto seconds = static_cast<long long>(time.count()) + 1;
    return seconds < 90 ? fmt::format("{} s", seconds) : fmt::format("{} min", (seconds + 59) / 60);
}

std::string_view wait_words(RetryClass kind) {
    switch (kind) {
        case RetryClass::throttled: return "throttled";
        case RetryClass::slow: return "no answer in time";
        case RetryClass::unreachable: return "not reached";
        default: return "the answer failed";
    }
}

}  // namespace

void PullWatch::begin(const LiveSource& source) {
    const std::lock_guard lock(mutex_);
    Running running;
    running.source = &source;
    running.since = clock_.steady_now();
    running_.push_back(running);
    // In table order, whichever began first.
    std::sort(running_.begin(), running_.end(),
              [](const Running& a, const Running& b) { return a.source < b.source; });
}

void PullWatch::progress(const PullProgress& progress) {
    const std::lock_guard lock(mutex_);
    for (Running& running : running_)
        if (running.source->id == progress.source) running.seen = progress;
}

void PullWatch::wait(std::string_view budget, const WaitNotice& notice) {
    const std::lock_guard lock(mutex_);
    for (Running& running : running_) {
        if (running.source->budget != budget) continue;
        running.waits_until = clock_.steady_now() + notice.delay;
        running.waits_for = notice.kind;
    }
}

void PullWatch::end(const LiveSource& source) {
    const std::lock_guard lock(mutex_);
    std::erase_if(running_, [&](const Running& running) { return running.source == &source; });
}

void PullWatch::show() {
    if (!line_.is_shown()) return;
    std::string text;
    {
        const std::lock_guard lock(mutex_);
        const Instant now = clock_.steady_now();
        for (const Running& running : running_)
            text += fmt::format("{}{}", text.empty() ? "" : " · ", words(running, now));
    }
    if (text.empty())
        line_.clear();
    else
        line_.show(text);
}

std::string PullWatch::words(const Running& running, Instant now) const {
    const PullProgress& seen = running.seen;
    std::string text = fmt::format("{}: ", source_words(running.source->id));
    text += seen.pages == 0
                ? "asking"
                : fmt::format("{}, {}", counted(seen.pages, "page"), counted(seen.rows, "row"));
    if (running.waits_until > now)
        return text + fmt::format(", {}, again in {}", wait_words(running.waits_for),
                                  duration_words(running.waits_until - now));
    const Seconds spent = now - running.since;
    if (seen.pages == 0 || spent < k_rate_after) return text;
    text += fmt::format(", {:.1f} pages/s", static_cast<double>(seen.pages) / spent.count());
    if (seen.done && *seen.done > k_least_done && *seen.done < 1)
        text +=
            fmt::format(", about {} left", duration_words(spent * ((1 - *seen.done) / *seen.done)));
    return text;
}

}  // namespace smtpaudit
