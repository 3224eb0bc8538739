// The line that says how far a pull is, on a terminal only.
#pragma once

#include "app/status_line.hpp"
#include "base/clock.hpp"
#include "net/retry.hpp"
#include "sources/live_source.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// "sign-ins: 12 pages, 11,234 rows, 0.5 pages/s, about 2 min left · users: 3 pages, 2,997 rows".
// Thread-safe.
class PullWatch {
public:
    PullWatch(StatusLine& line, const Clock& clock) : line_(line), clock_(clock) {}

    void begin(const LiveSource& source);
    void progress(const PullProgress& progress);
    void wait(std::string_view budget, const WaitNotice& notice);
    void end(const LiveSource& source);
    // Shows where things stand now: waits count down.
    void show();

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Running {
        const LiveSource* source = nullptr;
        Instant since, waits_until;
        RetryClass waits_for = RetryClass::throttled;
        PullProgress seen;
    };
    std::string words(const Running& running, Instant now) const;

    StatusLine& line_;
    const Clock& clock_;
    std::mutex mutex_;
    std::vector<Running> running_;
};

}  // namespace smtpaudit
