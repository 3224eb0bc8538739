#include "report/json_text.hpp"

#include "report/number_text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;

constexpr double k_exact_integers = 9007199254740992.0;  // 2^53

// What printable() of base/text.hpp replaces and JSON itself does not escape, by its UTF-8 bytes:
// DEL and C1, marks and overrides of direction, line and paragraph separators, the BOM.
struct Unprintable {
    std::size_t length = 0;  // 0: the character here is fine
    unsigned code = 0;
};

Unprintable unprintable_at(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (byte(0) == 0x7F) return {1, 0x7F};
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return {2, byte(1)};
    if (byte(0) == 0xD8 && byte(1) == 0x9C) return {2, 0x061C};
    if (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return {3, 0xFEFF};
    if (byte(0) != 0xE2 || (byte(1) != 0x80 && byte(1) != 0x81)) return {};
    const unsigned code = 0x2000U + ((byte(1) & 0x3FU) << 6U) + (byte(2) & 0x3FU);
    const bool bad = code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
                     (code >= 0x2066 && code <= 0x2069);
    return bad ? Unprintable{3, code} : Unprintable{};
}

}  // namespace

ordered_json json_number(std::optional<double> value, int decimals) {
    if (!value || !std::isfinite(*value)) return nullptr;
    const double rounded = round_decimals(*value, decimals);
    if (rounded == std::floor(rounded) && std::abs(rounded) < k_exact_integers)
        return static_cast<std::int64_t>(rounded);
    return rounded;
}

ordered_json json_time(std::optional<UtcTime> at) {
    return at ? ordered_json(format_utc(*at)) : ordered_json(nullptr);
}

ordered_json json_day(std::optional<Day> day) {
    return day ? ordered_json(format_day(*day)) : ordered_json(nullptr);
}

ordered_json json_text(const std::optional<std::string>& text) {
    return text ? ordered_json(*text) : ordered_json(nullptr);
}

ordered_json json_text_or_null(std::string_view text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

std::string dump_line(const ordered_json& value) {
    // Data is valid UTF-8 by then; dump() must not throw all the same.
    const std::string raw = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    // Nearly every byte is printable ASCII, and a row has thousands of them.
    const auto is_suspect = [](char c) { return static_cast<unsigned char>(c) >= 0x7F; };
    std::string out;
    out.reserve(raw.size());
    for (auto at = raw.begin();;) {
        const auto next = std::find_if(at, raw.end(), is_suspect);
        out.append(at, next);
        if (next == raw.end()) return out;
        const auto offset = static_cast<std::size_t>(next - raw.begin());
        const Unprintable found = unprintable_at(std::string_view(raw).substr(offset));
        if (found.length == 0)
            out += *next;
        else
            out += fmt::format("\\u{:04x}", found.code);
        at = next + static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, found.length));
    }
}

}  // namespace smtpaudit
