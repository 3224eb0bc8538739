// A run document as an argument.
#pragma once

#include "app/commands.hpp"
#include "model/report.hpp"

#include <string>

namespace smtpaudit {

// `path` may be "-". Absent, or no run document: Errc::input.
Result<Report> read_run_file(const CommandContext& context, const std::string& path);

}  // namespace smtpaudit
