// When in the day something is active: what tells a nightly job from an office, in 72 bytes.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace smtpaudit {

// Submissions by hour of the day (UTC) and by five minutes of the hour, over all days. A count stops
// at its largest value, so that the result does not depend on the order of the input.
struct ClockFace {
    std::array<std::uint16_t, 24> hours{};
    std::array<std::uint16_t, 12> fives{};  // minutes 0–4, 5–9 …

    void add(UtcTime at, std::uint64_t times = 1) {
        const auto seconds = (at - day_of(at)).count();
        bump(hours[static_cast<std::size_t>(seconds / 3600)], times);
        bump(fives[static_cast<std::size_t>(seconds % 3600 / 300)], times);
    }
    void add(const ClockFace& other) {
        for (std::size_t i = 0; i < hours.size(); ++i) bump(hours[i], other.hours[i]);
        for (std::size_t i = 0; i < fives.size(); ++i) bump(fives[i], other.fives[i]);
    }

private:
    static void bump(std::uint16_t& count, std::uint64_t more) {
        constexpr std::uint64_t k_most = std::numeric_limits<std::uint16_t>::max();
        count = static_cast<std::uint16_t>(more < k_most - count ? count + more : k_most);
    }
};

}  // namespace smtpaudit
