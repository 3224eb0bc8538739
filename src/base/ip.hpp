// Client addresses. IPv4-mapped IPv6 is IPv4, so that one machine has one spelling.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};  // IPv4 as ::ffff:a.b.c.d

    bool is_v4() const;
    // Private, loopback, link-local, carrier NAT, documentation is NOT private (RFC 1918, 6598,
    // 4193, 4291): such an address names no machine on the internet.
    bool is_private() const;
    // What a device is keyed by: IPv4 whole, IPv6 its /64 with the rest zero.
    IpAddress device_key() const;
    friend bool operator==(const IpAddress&, const IpAddress&) = default;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

// "203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7", with a port ("203.0.113.7:1025",
// "[2001:db8::1]:1025"), with a zone ("fe80::1%eth0"). Anything else: nullopt.
std::optional<IpAddress> parse_ip(std::string_view text);
std::string format_ip(const IpAddress& address);
// "203.0.113.7" or "2001:db8:1:2::/64": the id of a device.
std::string format_device(const IpAddress& device_key);

struct IpRange {
    IpAddress first;
    unsigned prefix_bits = 128;  // over 128 bits; an IPv4 /24 is 120
    bool contains(const IpAddress& address) const;
};
// "203.0.113.0/24", "2001:db8::/48", or one address.
std::optional<IpRange> parse_ip_range(std::string_view text);

}  // namespace smtpaudit
