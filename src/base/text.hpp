// Text: UTF-8 only, the same in every locale.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF, NBSP, at both ends
std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);
// Lower case by Unicode's simple mapping, in no language's special rules (no Turkish dotless i).
std::string fold_case(std::string_view text);
void fold_case(std::string_view text, std::string& out);  // replaces `out`, keeps its memory
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII only
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The offset of the first byte that is not valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// Makes text from data safe for a terminal and for one line: control characters (C0, DEL, C1),
// line and paragraph separators, bidirectional overrides and invalid bytes become U+FFFD.
std::string printable(std::string_view text);

// Columns on a terminal: wide characters are 2, combining marks 0.
std::size_t display_width(std::string_view text);
// Cut to at most `columns`, the last of them an ellipsis where something was cut.
std::string cut_to_width(std::string_view text, std::size_t columns);

// 12,345 (for people; JSON and CSV print plain numbers).
std::string group_thousands(unsigned long long value);

// Half up: 0.5 is 1. The model's rounding (design: risk model, "Combine").
int round_half_up(double value);
double round_tenth(double value);

}  // namespace smtpaudit
