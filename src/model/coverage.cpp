#include "model/coverage.hpp"

#include <array>

namespace smtpaudit {

std::string_view to_string(CoverageState state) {
    constexpr std::array<std::string_view, 5> names = {"complete", "partial", "unavailable",
                                                       "failed", "not_requested"};
    return names[static_cast<std::size_t>(state)];
}

}  // namespace smtpaudit
