#include "base/powershell.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

// The bytes of the UTF-8 character at the front; text is valid where it comes from evidence.
std::string_view first_character(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
        ++length;
    return text.substr(0, length);
}

bool is_quote(std::string_view character) {
    return character == "'" || character == "\xE2\x80\x98" || character == "\xE2\x80\x99" ||
           character == "\xE2\x80\x9A" || character == "\xE2\x80\x9B";
}

unsigned code_point(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return lead;
    unsigned code = lead & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1))
        code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return code;
}

}  // namespace

std::string powershell_quoted(std::string_view text) {
    std::string out = "'";
    bool has_codes = false;
    while (!text.empty()) {
        const std::string_view character = first_character(text);
        text.remove_prefix(character.size());
        if (is_quote(character)) {
            out += character;
            out += character;
        } else if (printable(character) != character) {
            out += fmt::format("' + [char]0x{:04X} + '", code_point(character));
            has_codes = true;
        } else {
            out += character;
        }
    }
    out += "'";
    return has_codes ? "(" + out + ")" : out;
}

}  // namespace smtpaudit
