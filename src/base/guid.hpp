// GUIDs as Microsoft writes ids of tenants, applications and workspaces.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

struct Guid {
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const Guid&, const Guid&) = default;
};

// "c0c0c0c0-aaaa-4bbb-8ccc-dddddddddddd" in any case, without braces and blanks; else nullopt.
std::optional<Guid> parse_guid(std::string_view text);
std::string format_guid(const Guid& guid);  // lower case

}  // namespace smtpaudit
