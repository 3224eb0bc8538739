// A cell of a CSV file by RFC 4180, safe to look at with cat and to open in a spreadsheet.
#pragma once

#include <string>
#include <string_view>

namespace smtpaudit {

// Quoted where needed. Control characters but TAB, CR and LF become U+FFFD. Text that a spreadsheet
// would run as a formula gets a leading apostrophe unless `raw`.
std::string csv_text(std::string_view text, bool raw);

}  // namespace smtpaudit
