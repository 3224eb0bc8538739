// The same work on many things, on a few threads.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>

namespace smtpaudit {

// Calls work(0) … work(count - 1) on `threads` threads (0: as many as there are processors, but at
// most four), and returns when all have ended. The failure of the lowest index is returned,
// whichever came first in time; after a failure no further index is begun. An exception of `work`
// is thrown here.
Result<void> for_each_parallel(std::size_t count,
                               const std::function<Result<void>(std::size_t)>& work,
                               std::size_t threads = 0);

}  // namespace smtpaudit
