#include "model/observation.hpp"

#include <array>

namespace smtpaudit {

std::string_view to_string(Protocol protocol) {
    constexpr std::array<std::string_view, k_protocols> names = {"basic", "oauth", "unknown"};
    return names[static_cast<std::size_t>(protocol)];
}

std::string_view to_string(SignInRisk risk) {
    constexpr std::array<std::string_view, 7> names = {
        "unknown", "none", "at risk", "low", "medium", "high", "confirmed compromised"};
    return names[static_cast<std::size_t>(risk)];
}

std::string_view to_string(TlsVersion version) {
    constexpr std::array<std::string_view, k_tls_versions> names = {"1.0", "1.1", "1.2", "1.3",
                                                                    "unknown"};
    return names[static_cast<std::size_t>(version)];
}

}  // namespace smtpaudit
