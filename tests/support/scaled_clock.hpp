// A clock that runs faster than ours, in step with fake::Options::time_scale: waits are real and
// short.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace smtpaudit::test {

class ScaledClock final : public Clock {
public:
    // `scale`: its seconds in one real second.
    ScaledClock(UtcTime start, double scale) : start_(start), scale_(scale) {}
    UtcTime now() const override {
        return std::chrono::floor<std::chrono::seconds>(start_ + passed());
    }
    std::chrono::steady_clock::time_point steady_now() const override {
        return real_start_ + passed();
    }
    bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) override {
        const std::chrono::duration<double, std::nano> real = time / scale_;
        // In microseconds: at a scale of 100 a whole millisecond would be a tenth of a second.
        const auto until = std::chrono::steady_clock::now() +
                           std::chrono::duration_cast<std::chrono::steady_clock::duration>(real);
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        wake.wait_until(lock, stop, until, [] { return false; });
        return !stop.stop_requested();
    }

private:
    std::chrono::nanoseconds passed() const {
        const std::chrono::duration<double, std::nano> real =
            std::chrono::steady_clock::now() - real_start_;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(real * scale_);
    }
    UtcTime start_;
    double scale_;
    std::chrono::steady_clock::time_point real_start_ = std::chrono::steady_clock::now();
};

}  // namespace smtpaudit::test
