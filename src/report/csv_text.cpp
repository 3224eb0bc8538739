#include "report/csv_text.hpp"

#include "base/text.hpp"

namespace smtpaudit {
namespace {

// RFC 4180 allows no control character in a field but CR and LF; TAB is kept, since it is text to
// everybody.
std::string without_controls(std::string_view text) {
    std::string out;
    for (;;) {
        const std::size_t at = text.find_first_of("\t\r\n");
        out += printable(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        out += text[at];
        text.remove_prefix(at + 1);
    }
}

std::string in_quotes(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace

std::string csv_text(std::string_view raw_text, bool raw) {
    std::string text = without_controls(raw_text);
    constexpr std::string_view k_formula_starts = "=+-@\t\r";
    if (!raw && !text.empty() && k_formula_starts.find(text.front()) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    return in_quotes(text);
}

}  // namespace smtpaudit
