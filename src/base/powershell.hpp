// Commands that people paste into PowerShell, around names that come from data.
#pragma once

#include <string>
#include <string_view>

namespace smtpaudit {

// One argument that means exactly `text` and nothing else: 'it''s'. PowerShell takes the four
// typographic single quotes for quotes too, so they are doubled as well. Characters that a
// terminal would act on (control characters, bidirectional overrides) are written as [char] codes.
std::string powershell_quoted(std::string_view text);

}  // namespace smtpaudit
