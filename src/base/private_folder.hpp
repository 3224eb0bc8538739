// Folders for what only their owner may read.
#pragma once

#include "base/result.hpp"

#include <string>

namespace smtpaudit {

// Makes the folder, and those above it that are missing, each with mode 0700 whatever the umask.
// Those that are there stay as they are. Errc::local names the one that cannot be made.
Result<void> make_private_folders(const std::string& folder);

}  // namespace smtpaudit
