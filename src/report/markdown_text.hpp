// Text from data inside Markdown: it stays text. No HTML, link, mention, issue reference, formula,
// emoji or table border comes out of it, by the rules of GitHub and of CommonMark.
#pragma once

#include <string>
#include <string_view>

namespace smtpaudit {

// For prose and table cells, one line.
std::string markdown_prose(std::string_view text);
// In code spans, for names and addresses: nobody is mentioned and nothing becomes a link.
std::string markdown_code(std::string_view text);
// A fenced block whose fence the text cannot close; ends with a line break.
std::string markdown_block(std::string_view language, std::string_view text);

}  // namespace smtpaudit
