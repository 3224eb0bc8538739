#include "fuzz/fuzz.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace smtpaudit::fuzz {

#define SMTPAUDIT_FUZZ_TARGET(name) void name(std::string_view bytes);
#include "fuzz/targets.def"
#undef SMTPAUDIT_FUZZ_TARGET

namespace {

constexpr Target k_targets[] = {
#define SMTPAUDIT_FUZZ_TARGET(name) {#name, name},
#include "fuzz/targets.def"
#undef SMTPAUDIT_FUZZ_TARGET
};

}  // namespace

std::span<const Target> all_targets() { return k_targets; }

const Target* find_target(std::string_view name) {
    const auto* const found = std::find_if(std::begin(k_targets), std::end(k_targets),
                                           [&](const Target& t) { return t.name == name; });
    return found == std::end(k_targets) ? nullptr : found;
}

// Not made of printable(), which is one of the things under test.
bool is_safe_text(std::string_view text, bool lines) {
    if (find_invalid_utf8(text)) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '\n' && lines) continue;
        if (byte < 0x20 || byte == 0x7F) return false;
        const std::string_view rest = text.substr(i);
        if (byte == 0xC2 && static_cast<unsigned char>(rest[1]) < 0xA0) return false;  // C1
        if (byte != 0xE2) continue;
        const auto second = static_cast<unsigned char>(rest[1]);
        const auto third = static_cast<unsigned char>(rest[2]);
        // U+2028 and U+2029, U+202A to U+202E; U+2066 to U+2069.
        if (second == 0x80 && third >= 0xA8 && third <= 0xAE) return false;
        if (second == 0x81 && third >= 0xA6 && third <= 0xA9) return false;
    }
    return true;
}

}  // namespace smtpaudit::fuzz
