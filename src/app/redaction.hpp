// --redact: what leaves the program holds pseudonyms.
#pragma once

#include "app/commands.hpp"
#include "base/result.hpp"
#include "model/report.hpp"

namespace smtpaudit {

// The report as it may be written: itself without --redact and --redact-key. The key is random, or
// of the file, which must be this user's alone (Errc::input otherwise).
Result<Report> report_to_write(const CommandContext& context, Report report);

}  // namespace smtpaudit
