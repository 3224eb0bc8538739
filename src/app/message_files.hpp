// Messages of --eml: what the machines that sent them call themselves.
#pragma once

#include "app/evidence.hpp"

namespace smtpaudit {

// Reads the headers of each message into the ledger. A file that is no message, or does not tell
// how it was submitted: Errc::input in one line.
Result<void> read_message_files(const CommandContext& context, Evidence& evidence);

}  // namespace smtpaudit
