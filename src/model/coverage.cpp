#include "model/coverage.hpp"

#include <algorithm>
#include <array>

namespace smtpaudit {

std::string_view to_string(CoverageState state) {
    constexpr std::array<std::string_view, 5> names = {"complete", "partial", "unavailable",
                                                       "failed", "not_requested"};
    return names[static_cast<std::size_t>(state)];
}

bool shows_use(std::string_view source) {
    constexpr std::array<std::string_view, 3> names = {"smtp_auth_report", "smtp_auth_table",
                                                       "sign_ins"};
    return std::find(names.begin(), names.end(), source) != names.end();
}

}  // namespace smtpaudit
