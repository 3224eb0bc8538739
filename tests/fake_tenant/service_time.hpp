// The hour as the services see it: may run faster than ours, and may be wrong.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace smtpaudit::fake {

using std::chrono::milliseconds;

class ServiceTime {
public:
    // `scale`: service seconds in one real second. `offset`: how far the services' clock is ahead
    // of `start` (absent: the real hour at the start).
    ServiceTime(std::optional<UtcTime> start, double scale, std::chrono::seconds offset)
        : start_(start.value_or(
                     std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) +
                 offset),
          scale_(scale),
          real_start_(std::chrono::steady_clock::now()) {}

    milliseconds passed() const {  // since the start, in service time
        const std::chrono::duration<double, std::milli> real =
            std::chrono::steady_clock::now() - real_start_;
        return std::chrono::duration_cast<milliseconds>(real * scale_);
    }
    UtcTime now() const { return std::chrono::floor<std::chrono::seconds>(start_ + passed()); }
    double scale() const { return scale_; }

    // Waits in service time; false as soon as the service ends.
    bool wait(milliseconds time) {
        std::unique_lock lock(mutex_);
        const std::chrono::duration<double, std::milli> real =
            std::chrono::duration<double, std::milli>(time) / scale_;
        return !ended_.wait_for(lock, real, [this] { return over_; });
    }
    void end() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        ended_.notify_all();
    }

private:
    UtcTime start_;
    double scale_;
    std::chrono::steady_clock::time_point real_start_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool over_ = false;
};

}  // namespace smtpaudit::fake
