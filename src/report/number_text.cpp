#include "report/number_text.hpp"

#include <fmt/format.h>
#include <array>
#include <cmath>
#include <cstddef>

namespace smtpaudit {

double round_decimals(double value, int decimals) {
    constexpr std::array<double, 5> scales = {1, 10, 100, 1000, 10000};
    const double scale = scales[static_cast<std::size_t>(decimals)];
    return std::floor(value * scale + 0.5) / scale;
}

std::string fixed_decimals(double value, int decimals) {
    return fmt::format("{:.{}f}", round_decimals(value, decimals), decimals);
}

std::string short_decimals(double value, int decimals) {
    std::string text = fixed_decimals(value, decimals);
    if (decimals == 0) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace smtpaudit
