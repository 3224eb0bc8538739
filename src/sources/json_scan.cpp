#include "sources/json_scan.hpp"

namespace smtpaudit {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - begin;
}

std::optional<std::uint32_t> hex_digit(char c) {
    if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
    return std::nullopt;
}

// The code unit of "\uXXXX" at the front.
std::optional<std::uint32_t> code_unit(std::string_view text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
    std::uint32_t unit = 0;
    for (const char c : text.substr(2, 4)) {
        const auto digit = hex_digit(c);
        if (!digit) return std::nullopt;
        unit = unit * 16 + *digit;
    }
    return unit;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    const auto put_tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put_tail(0);
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put_tail(6);
        put_tail(0);
    } else {
        put(0xF0U | (code >> 18U));
        put_tail(12);
        put_tail(6);
        put_tail(0);
    }
}

char short_escape(char c) {
    switch (c) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return c;  // the quote, the backslash, the slash
    }
}

}  // namespace

std::size_t json_number_length(std::string_view text, bool& is_integer) {
    is_integer = true;
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = count_digits(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        is_integer = false;
        const std::size_t fraction = count_digits(text, at + 1);
        if (fraction == 0) return 0;
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        is_integer = false;
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = count_digits(text, at);
        if (exponent == 0) return 0;
        at += exponent;
    }
    return at;
}

std::size_t json_escape_length(std::string_view text) {
    if (text.size() < 2) return 0;
    if (text[1] != 'u')
        return std::string_view("\"\\/bfnrt").find(text[1]) != std::string_view::npos ? 2 : 0;
    const auto unit = code_unit(text);
    if (!unit || is_low(*unit)) return 0;
    if (!is_high(*unit)) return 6;
    const auto second = code_unit(text.substr(6));
    return second && is_low(*second) ? 12 : 0;
}

std::string_view JsonText::decode(std::string& room) const {
    if (!has_escapes) return raw;
    room.clear();
    for (std::size_t at = 0; at < raw.size();) {
        if (raw[at] != '\\') {
            room += raw[at++];
            continue;
        }
        const std::string_view escape = raw.substr(at, json_escape_length(raw.substr(at)));
        at += escape.size();
        if (escape.size() == 2) {
            room += short_escape(escape[1]);
        } else if (const auto unit = code_unit(escape)) {
            const auto second = code_unit(escape.substr(6));
            append_utf8(room,
                        second ? 0x10000 + ((*unit - 0xD800) << 10U) + (*second - 0xDC00) : *unit);
        }
    }
    return room;
}

namespace {

struct IgnoreJson {
    void start_object() {}
    void end_object() {}
    void start_array() {}
    void end_array() {}
    void key(const JsonText&) {}
    void text(const JsonText&) {}
    void number(std::string_view, bool) {}
    void boolean(bool) {}
    void null() {}
};

}  // namespace

std::optional<JsonProblem> json_problem(std::string_view text) {
    IgnoreJson ignore;
    return JsonScanner<IgnoreJson>(text, ignore).run();
}

}  // namespace smtpaudit
