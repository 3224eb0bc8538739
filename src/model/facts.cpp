#include "model/facts.hpp"

#include <array>

namespace smtpaudit {

std::string_view to_string(RiskState state) {
    constexpr std::array<std::string_view, 3> names = {"none", "at risk", "confirmed compromised"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(PolicyState state) {
    constexpr std::array<std::string_view, 4> names = {"enabled", "report only", "disabled",
                                                       "unknown"};
    return names[static_cast<std::size_t>(state)];
}

std::string format_fact_origin(std::string_view origin, std::uint64_t line) {
    std::string text(origin);
    if (line > 0) text += ":" + std::to_string(line);
    return text;
}

}  // namespace smtpaudit
