#include "report/html_text.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <array>

namespace smtpaudit {
namespace {

constexpr char k_place = '\x01';  // of a number; never part of a printable text
constexpr std::size_t k_most_digits = 15;  // JavaScript counts so far exactly

bool is_digit(char c) { return c >= '0' && c <= '9'; }

unsigned nibble(char hex) {
    return static_cast<unsigned>(is_digit(hex) ? hex - '0' : hex - 'a' + 10);
}

std::string base64_of_hex(std::string_view hex) {
    constexpr std::string_view k_letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    // Three hex digits are twelve bits, two letters.
    for (std::size_t i = 0; i < hex.size(); i += 3) {
        unsigned bits = 0;
        for (std::size_t k = i; k < i + 3; ++k)
            bits = bits << 4U | (k < hex.size() ? nibble(hex[k]) : 0U);
        out += k_letters[bits >> 6U];
        if (i + 1 < hex.size()) out += k_letters[bits & 63U];
    }
    while (out.size() % 4 != 0) out += '=';
    return out;
}

}  // namespace

std::string html_text(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string script_json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : printable(text)) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '<')
            out += "\\u003c";  // no </script>, no <!--
        else
            out += c;
    }
    return out + '"';
}

std::string policy_hash(std::string_view content) {
    Sha256 digest;
    digest.update(content);
    return fmt::format("'sha256-{}'", base64_of_hex(digest.finish()));
}

std::uint32_t HtmlStrings::number(std::string_view key, bool has_places) {
    if (const auto found = numbers_.find(key); found != numbers_.end()) return found->second;
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    numbers_.emplace(key, next);
    if (next > 0) json_ += ",\n";
    if (!has_places) {
        json_ += script_json_text(key);
        return next;
    }
    std::string text;
    for (const std::string_view part : split(key, k_place)) {
        if (!text.empty()) text += "\\u0001";
        const std::string quoted = script_json_text(part);
        text += text.empty() ? quoted.substr(0, quoted.size() - 1)
                             : quoted.substr(1, quoted.size() - 2);
    }
    json_ += text + '"';
    return next;
}

std::uint32_t HtmlStrings::name(std::string_view text) { return number(text, false); }

void HtmlStrings::append_sentence(std::string_view text, std::string& out) {
    if (text.empty()) {
        out += "null";
        return;
    }
    key_.clear();
    arguments_.clear();
    const bool plain = text.find(k_place) != std::string_view::npos;
    for (std::size_t at = 0; at < text.size() && !plain;) {
        std::size_t end = at;
        while (end < text.size() && is_digit(text[end])) ++end;
        const std::size_t digits = end - at;
        const bool is_number =
            digits > 0 && digits <= k_most_digits && (text[at] != '0' || digits == 1);
        if (is_number) {
            key_ += k_place;
            arguments_ += ',';
            arguments_ += text.substr(at, digits);
        } else {
            end = std::max(end, at + 1);
            key_ += text.substr(at, end - at);
        }
        at = end;
    }
    if (plain || arguments_.empty()) {
        fmt::format_to(std::back_inserter(out), "{}", name(text));
        return;
    }
    fmt::format_to(std::back_inserter(out), "[{}{}]", number(key_, true), arguments_);
}

}  // namespace smtpaudit
