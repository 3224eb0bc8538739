#include "base/random.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace smtpaudit {

void SystemRandom::fill(std::span<unsigned char> bytes) {
    // getrandom gives up to 256 bytes in one piece once the pool is up; it can only fail by misuse.
    while (!bytes.empty()) {
        const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
        if (got <= 0) throw std::runtime_error("getrandom failed");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

std::string random_uuid(Random& random) {
    std::array<unsigned char, 16> b{};
    random.fill(b);
    b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
    b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += fmt::format("{:02x}", b[i]);
    }
    return text;
}

double random_unit(Random& random) {
    std::array<unsigned char, 8> b{};
    random.fill(b);
    std::uint64_t value = 0;
    std::memcpy(&value, b.data(), sizeof value);
    return static_cast<double>(value >> 11) * 0x1.0p-53;
}

}  // namespace smtpaudit
