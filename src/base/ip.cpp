#include "base/ip.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cstring>

namespace smtpaudit {
namespace {

constexpr std::array<std::uint8_t, 12> k_v4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// By hand because it runs once a row; inet_pton is used for IPv6 only.
std::optional<IpAddress> parse_v4(std::string_view text) {
    IpAddress out;
    std::copy(k_v4_prefix.begin(), k_v4_prefix.end(), out.bytes.begin());
    std::size_t at = 0;
    for (std::size_t part = 0; part < 4; ++part) {
        unsigned value = 0;
        const std::size_t start = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - start < 3)
            value = value * 10 + static_cast<unsigned>(text[at++] - '0');
        if (at == start || value > 255) return std::nullopt;
        out.bytes[12 + part] = static_cast<std::uint8_t>(value);
        if (part < 3 && (at >= text.size() || text[at++] != '.')) return std::nullopt;
    }
    if (at != text.size()) return std::nullopt;
    return out;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
    text = text.substr(0, text.find('%'));
    char buffer[INET6_ADDRSTRLEN] = {};
    if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    IpAddress out;
    if (inet_pton(AF_INET6, buffer, out.bytes.data()) != 1) return std::nullopt;
    return out;
}

bool is_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value <= 65535;
}

}  // namespace

bool IpAddress::is_v4() const {
    return std::equal(k_v4_prefix.begin(), k_v4_prefix.end(), bytes.begin());
}

bool IpAddress::is_private() const {
    static const std::array<IpRange, 9> ranges = {*parse_ip_range("10.0.0.0/8"),
                                                  *parse_ip_range("172.16.0.0/12"),
                                                  *parse_ip_range("192.168.0.0/16"),
                                                  *parse_ip_range("100.64.0.0/10"),
                                                  *parse_ip_range("127.0.0.0/8"),
                                                  *parse_ip_range("169.254.0.0/16"),
                                                  *parse_ip_range("fc00::/7"),
                                                  *parse_ip_range("fe80::/10"),
                                                  *parse_ip_range("::1")};
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IpRange& range) { return range.contains(*this); });
}

IpAddress IpAddress::device_key() const {
    if (is_v4()) return *this;
    IpAddress key = *this;
    std::fill(key.bytes.begin() + 8, key.bytes.end(), std::uint8_t{0});
    return key;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
        return parse_v6(text.substr(1, close - 1));
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return parse_v4(text);
    if (text.find(':', colon + 1) != std::string_view::npos) return parse_v6(text);
    if (!is_port(text.substr(colon + 1))) return std::nullopt;
    return parse_v4(text.substr(0, colon));
}

std::string format_ip(const IpAddress& address) {
    const auto& b = address.bytes;
    if (address.is_v4()) {
        std::string out;
        for (std::size_t i = 12; i < b.size(); ++i) {
            if (i > 12) out += '.';
            out += fmt::format_int(b[i]).c_str();
        }
        return out;
    }
    char buffer[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, b.data(), buffer, sizeof buffer);
    return buffer;
}

std::string format_device(const IpAddress& device_key) {
    return device_key.is_v4() ? format_ip(device_key) : format_ip(device_key) + "/64";
}

bool IpRange::contains(const IpAddress& address) const {
    const unsigned whole = prefix_bits / 8;
    const unsigned rest = prefix_bits % 8;
    if (!std::equal(first.bytes.begin(), first.bytes.begin() + whole, address.bytes.begin()))
        return false;
    if (rest == 0) return true;
    const unsigned mask = 0xFFU << (8 - rest);
    return ((first.bytes[whole] ^ address.bytes[whole]) & mask & 0xFFU) == 0;
}

std::optional<IpRange> parse_ip_range(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return IpRange{*address, 128};
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned most = address->is_v4() ? 32 : 128;
    if (error != std::errc() || end != digits.data() + digits.size() || bits > most)
        return std::nullopt;
    return IpRange{*address, address->is_v4() ? bits + 96 : bits};
}

}  // namespace smtpaudit
