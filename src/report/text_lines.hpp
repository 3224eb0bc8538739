// Lines of text for a terminal: wrapping, packing, padding, colour. Text from data goes through
// printable() before it comes here.
#pragma once

#include "report/writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// 120 where the width is not known, and never under 60.
std::size_t screen_width(const WriteOptions& options);

std::string pad_right(std::string_view text, std::size_t columns);
std::string pad_left(std::string_view text, std::size_t columns);

// Wrapped at spaces, later lines indented to the width of the label; ends with a line break.
std::string wrapped(std::string_view label, std::string_view text, std::size_t width);
// The parts with " · " between them, broken between parts where possible.
std::string packed(std::string_view label, const std::vector<std::string>& parts,
                   std::size_t width);

// ANSI: "1" is bold, "1;31" bold red.
std::string painted(std::string_view text, std::string_view style, bool color);
std::string_view band_style(Band band);

}  // namespace smtpaudit
