// Files that hold a key or a secret.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <string>

namespace smtpaudit {

// The whole file, if it is this user's alone: a regular file or FIFO whose group and others have
// no rights. The rights are asked of the opened descriptor, so the file that was checked is the
// file that is read. It goes past the Files seam because that seam knows no rights.
// Absent, unreadable, readable by others, empty or over `limit` bytes: Errc::input.
Result<Secret> read_private_file(const std::string& path, std::size_t limit);
// The same for a file whose rights a platform sets: Kubernetes projects tokens that all may read.
Result<Secret> read_token_file(const std::string& path, std::size_t limit);

}  // namespace smtpaudit
