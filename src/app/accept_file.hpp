// The accept file: TOML, one [[accept]] for each finding that is accepted for a time.
#pragma once

#include "analysis/acceptance.hpp"
#include "base/files.hpp"

#include <string>

namespace smtpaudit {

// Absent, malformed, an unknown key, a missing reason or date, an id given twice: Errc::input with
// name:line:column.
Result<AcceptList> read_accept_file(const Files& files, const std::string& path);

}  // namespace smtpaudit
