#include "base/guid.hpp"

namespace smtpaudit {
namespace {

constexpr std::size_t k_length = 36;

bool is_dash_place(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

std::optional<std::uint8_t> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) {
    if (text.size() != k_length) return std::nullopt;
    Guid guid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < k_length; ++i) {
        if (is_dash_place(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const auto value = hex_value(text[i]);
        if (!value) return std::nullopt;
        std::uint8_t& byte = guid.bytes[digits++ / 2];
        byte = static_cast<std::uint8_t>((byte << 4U) | *value);
    }
    return guid;
}

std::string format_guid(const Guid& guid) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : guid.bytes) {
        if (is_dash_place(text.size())) text += '-';
        text += k_digits[byte >> 4U];
        text += k_digits[byte & 15U];
    }
    return text;
}

}  // namespace smtpaudit
