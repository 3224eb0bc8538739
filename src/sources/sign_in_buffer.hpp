// Sign-ins kept until their turn to be handed on: under 100 bytes each beside their texts.
#pragma once

#include "model/observation.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace smtpaudit {

class SignInBuffer {
public:
    // An observation that SignInReader made; its `line` is not kept.
    void add(const Observation& seen);
    std::size_t size() const { return kept_.size(); }
    // Its texts live as long as the buffer does not change.
    Observation at(std::size_t index) const;

private:
    static constexpr std::size_t k_texts = 6;
    struct Kept {
        UtcTime at;
        std::optional<IpAddress> client;
        int error_code = 0;
        SignInRisk risk = SignInRisk::unknown;
        std::size_t begin = 0;  // of its texts, one behind the other
        std::array<std::uint32_t, k_texts> sizes{};
    };
    std::string texts_;
    std::vector<Kept> kept_;
};

}  // namespace smtpaudit
