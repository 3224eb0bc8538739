// The seam to time: what the hour is, and waiting that a signal can end.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <stop_token>

namespace smtpaudit {

class Clock {
public:
    virtual ~Clock() = default;
    virtual UtcTime now() const = 0;
    // Never goes back; for deadlines and rates.
    virtual std::chrono::steady_clock::time_point steady_now() const = 0;
    // Waits, or returns false as soon as a stop is asked for.
    virtual bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
public:
    UtcTime now() const override;
    std::chrono::steady_clock::time_point steady_now() const override;
    bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) override;
};

}  // namespace smtpaudit
