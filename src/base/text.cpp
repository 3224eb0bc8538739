#include "base/text.hpp"

#include <fmt/format.h>
#include <locale.h>
#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <cwchar>
#include <cwctype>
#include <limits>
#include <new>
#include <stdexcept>

namespace smtpaudit {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";

constexpr std::size_t k_locale_room = 1 << 20;

// C.UTF-8 is built into glibc since 2.35: the same tables on every machine and in every locale.
locale_t utf8_locale() {
    static const locale_t locale = [] {
        const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
        if (made != nullptr) return made;
        // glibc says ENOENT too where there was no room to map the table; this throws then.
        ::operator delete(::operator new(k_locale_room));
        throw std::runtime_error("the C library has no C.UTF-8 locale");
    }();
    return locale;
}

int width_of(char32_t c) {
    if (c >= 0x20 && c < 0x7F) return 1;
    const locale_t before = uselocale(utf8_locale());
    const int width = wcwidth(static_cast<wchar_t>(c));
    uselocale(before);
    return width < 0 ? 1 : width;
}

struct Decoded {
    char32_t code = 0;
    std::size_t length = 0;  // 0: the byte here is not valid UTF-8
};

// RFC 3629: no surrogates, no overlong forms, nothing over U+10FFFF.
Decoded decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1};
    std::size_t length = 0;
    char32_t code = 0;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        code = first & 0x1FU;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        code = first & 0x0FU;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        code = first & 0x07U;
    } else {
        return {};
    }
    if (text.size() < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (overlong || surrogate || code > 0x10FFFF) return {};
    return {code, length};
}

void append_utf8(std::string& out, char32_t code) {
    const auto put = [&](char32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

bool is_unprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
           c == 0x200F || c == 0x061C || c == 0xFEFF;
}

// Nearly every text is: printable ASCII, one column for each byte.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

std::size_t blank_at_front(std::string_view text) {
    if (text.empty()) return 0;
    const char c = text.front();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return 1;
    return text.starts_with("\xC2\xA0") ? 2 : 0;
}

std::size_t blank_at_back(std::string_view text) {
    if (text.empty()) return 0;
    const char c = text.back();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return 1;
    return text.ends_with("\xC2\xA0") ? 2 : 0;
}

}  // namespace

std::string_view trim(std::string_view text) {
    while (const std::size_t n = blank_at_front(text)) text.remove_prefix(n);
    while (const std::size_t n = blank_at_back(text)) text.remove_suffix(n);
    return text;
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

std::string ascii_upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    return out;
}

void fold_case(std::string_view text, std::string& out) {
    out.resize(text.size());
    unsigned char bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        bits |= static_cast<unsigned char>(c);
        out[i] = lower(c);
    }
    if (bits < 0x80) return;  // nearly every address is ASCII
    out.clear();
    while (!text.empty()) {
        const Decoded c = decode(text);
        if (c.length == 0)
            out += text.front();
        else
            append_utf8(
                out, static_cast<char32_t>(towlower_l(static_cast<wint_t>(c.code), utf8_locale())));
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
}

std::string fold_case(std::string_view text) {
    std::string out;
    fold_case(text, out);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
    constexpr std::uint64_t k_high_bits = 0x8080808080808080U;
    std::size_t at = 0;
    while (at < text.size()) {
        if (std::uint64_t word = 0; at + sizeof word <= text.size()) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & k_high_bits) == 0) {
                at += sizeof word;
                continue;
            }
        }
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const Decoded c = decode(text.substr(at));
        if (c.length == 0) return at;
        at += c.length;
    }
    return std::nullopt;
}

std::string printable(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Decoded c = decode(text);
        const std::size_t length = c.length == 0 ? 1 : c.length;
        if (c.length == 0 || is_unprintable(c.code))
            out += k_replacement;
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    if (is_plain(text)) return text.size();
    std::size_t width = 0;
    while (!text.empty()) {
        const Decoded c = decode(text);
        width += c.length == 0 ? 1 : static_cast<std::size_t>(width_of(c.code));
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::string out;
    std::size_t used = 0;
    while (!text.empty()) {
        const Decoded c = decode(text);
        const std::size_t length = c.length == 0 ? 1 : c.length;
        const auto width = c.length == 0 ? 1U : static_cast<std::size_t>(width_of(c.code));
        if (used + width > columns - 1) break;
        out += text.substr(0, length);
        used += width;
        text.remove_prefix(length);
    }
    return out + "…";
}

std::string group_thousands(unsigned long long value) {
    std::string digits = fmt::format("{}", value);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

// A number that no int can hold is the nearest that it can: a run document may say anything.
int round_half_up(double value) {
    using Limits = std::numeric_limits<int>;
    const double whole = std::floor(value + 0.5);
    if (std::isnan(whole)) return 0;
    return static_cast<int>(
        std::clamp(whole, static_cast<double>(Limits::min()), static_cast<double>(Limits::max())));
}
double round_tenth(double value) { return std::floor(value * 10 + 0.5) / 10; }

}  // namespace smtpaudit
