// One writer at a time, by a lock file beside the store: it says who holds it, and is free again
// when its holder is killed.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <stop_token>
#include <string>

namespace smtpaudit {

class StoreLock {
public:
    // Waits up to ten seconds. Still held then: Errc::local that names process, host and since.
    static Result<StoreLock> take(const std::string& store_path, Clock& clock,
                                  std::stop_token stop);
    StoreLock(StoreLock&& other) noexcept;
    StoreLock& operator=(StoreLock&&) = delete;
    ~StoreLock();

private:
    explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace smtpaudit
