// The order of a ranking, in one tenant and in several joined (risk-model.md, "Order").
#pragma once

#include <compare>
#include <cstdint>

namespace smtpaudit {

struct RankKey {
    std::uint32_t scores = 0;  // priority, then impact, then exposure
    std::uint64_t basic_messages = 0;
    friend auto operator<=>(const RankKey&, const RankKey&) = default;
};

// The scores are from 0 to 100. The larger key ranks first; rows of equal keys by their ids.
constexpr RankKey rank_key(int priority, int impact, int exposure, std::uint64_t basic_messages) {
    return {static_cast<std::uint32_t>(priority) << 16U | static_cast<std::uint32_t>(impact) << 8U |
                static_cast<std::uint32_t>(exposure),
            basic_messages};
}

}  // namespace smtpaudit
