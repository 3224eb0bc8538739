// When in the day and the week something is active: what tells a nightly job from an office, in a
// hundred bytes.
#pragma once

#include "base/time_zone.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace smtpaudit {

// Submissions by hour of the day, by five minutes of the hour and by day of the week, over all days,
// by the clock of the ledger's time zone. A count stops at its largest value, so that the result does
// not depend on the order of the input.
struct ClockFace {
    std::array<std::uint16_t, 24> hours{};
    std::array<std::uint16_t, 12> fives{};  // minutes 0–4, 5–9 …
    std::array<std::uint32_t, 7> weekdays{};  // Sunday first

    void add(LocalTime at, std::uint64_t times = 1) {
        const auto day = std::chrono::floor<std::chrono::days>(at);
        const auto seconds = (at - day).count();
        bump(hours[static_cast<std::size_t>(seconds / 3600)], times);
        bump(fives[static_cast<std::size_t>(seconds % 3600 / 300)], times);
        bump(weekdays[std::chrono::weekday(day).c_encoding()], times);
    }
    void add(const ClockFace& other) {
        for (std::size_t i = 0; i < hours.size(); ++i) bump(hours[i], other.hours[i]);
        for (std::size_t i = 0; i < fives.size(); ++i) bump(fives[i], other.fives[i]);
        for (std::size_t i = 0; i < weekdays.size(); ++i) bump(weekdays[i], other.weekdays[i]);
    }

private:
    template <typename T>
    static void bump(T& count, std::uint64_t more) {
        constexpr std::uint64_t k_most = std::numeric_limits<T>::max();
        count = static_cast<T>(more < k_most - count ? count + more : k_most);
    }
};

}  // namespace smtpaudit
