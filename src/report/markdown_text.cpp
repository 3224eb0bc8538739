#include "report/markdown_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

// Cuts a link, a mention or a reference in two for whoever looks for them after rendering, and is
// not seen by a reader. An entity or a backslash would not: they are text again by then.
constexpr std::string_view k_cut = "<!-- -->";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view entity_of(char c) {
    switch (c) {
        case '&': return "&amp;";
        case '<': return "&lt;";
        case '>': return "&gt;";
        case '|': return "&#124;";
        case '\\': return "&#92;";
        case '`': return "&#96;";
        case '$': return "&#36;";
        case '*': return "&#42;";
        case '_': return "&#95;";
        case '~': return "&#126;";
        case '[': return "&#91;";
        case ']': return "&#93;";
        case '!': return "&#33;";
        default: return {};
    }
}

// After the character at `at` something could begin that is no text.
bool needs_cut(std::string_view text, std::size_t at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    switch (text[at]) {
        case '@':
        case '#': return true;
        case ':': return is_letter(next) || next == '/' || next == '+' || next == '-';
        case 'w':
        case 'W': return at >= 2 && next == '.' && ascii_lower(text.substr(at - 2, 3)) == "www";
        default: return false;
    }
}

// A list or a heading begins with these at the start of a line.
std::size_t line_start(std::string_view text, std::string& out) {
    if (text.empty()) return 0;
    if (text[0] == '-' || text[0] == '+' || text[0] == '=') {
        out += fmt::format("&#{};", static_cast<int>(text[0]));
        return 1;
    }
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    out += text.substr(0, digits);
    if (digits > 0 && digits < text.size() && (text[digits] == '.' || text[digits] == ')')) {
        out += fmt::format("&#{};", static_cast<int>(text[digits]));
        return digits + 1;
    }
    return digits;
}

}  // namespace

std::string markdown_prose(std::string_view raw) {
    const std::string clean = printable(raw);
    const std::string_view text = trim(clean);
    std::string out;
    for (std::size_t at = line_start(text, out); at < text.size(); ++at) {
        const std::string_view entity = entity_of(text[at]);
        if (entity.empty())
            out += text[at];
        else
            out += entity;
        if (needs_cut(text, at)) out += k_cut;
    }
    return out;
}

std::string markdown_code(std::string_view raw) {
    const std::string clean = printable(raw);
    std::string_view text = trim(clean);
    std::string out;
    while (!text.empty()) {
        // A pipe would end the table cell, a backslash would escape one, a backtick ends the span.
        const std::size_t end = std::min(text.find_first_of("|\\`"), text.size());
        if (end > 0) out += fmt::format("`{}`", text.substr(0, end));
        text.remove_prefix(end);
        for (; !text.empty() && !entity_of(text.front()).empty() &&
               std::string_view("|\\`").find(text.front()) != std::string_view::npos;
             text.remove_prefix(1))
            out += entity_of(text.front());
    }
    return out;
}

std::string markdown_block(std::string_view language, std::string_view text) {
    std::size_t longest = 2;
    std::size_t run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    std::string out = fmt::format("{}{}\n", fence, language);
    for (const std::string_view line : split(text, '\n')) out += printable(line) + "\n";
    return out + fence + "\n";
}

}  // namespace smtpaudit
