// Reads a file ahead on a thread of its own, so that what reading costs (a digest, a slow disk) goes
// on beside the work on what was read.
#pragma once

#include "base/files.hpp"

#include <memory>

namespace smtpaudit {

// Blocks of 256 KiB, at most four of them at a time. The thread begins with the second block, so
// that a small file costs none; on one processor `inner` itself is given back. `inner` is used by
// one thread at a time and must not wait for ever: a file, not a pipe. An error comes after the
// bytes before it.
std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> inner);

}  // namespace smtpaudit
