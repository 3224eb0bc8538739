// JSON as another reader sees it, to hold ours to.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace smtpaudit::fuzz {

// Whether nlohmann/json takes a text for JSON. Absent: it cannot say, because a number in it is too
// large for a double (RFC 8259 6 leaves such numbers to the reader; ours skips what it does not need).
inline std::optional<bool> is_json_elsewhere(std::string_view text) {
    using nlohmann::json;
    try {
        const json read = json::parse(text, [](int, json::parse_event_t, json&) { return false; });
        return read.is_null();  // for nothing of it was kept
    } catch (const json::out_of_range&) {
        return std::nullopt;
    } catch (const json::parse_error&) {
        return false;
    }
}

}  // namespace smtpaudit::fuzz
