// One line on standard error that says how far a long reading is; only on a terminal.
#pragma once

#include "app/commands.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace smtpaudit {

// add_bytes() may be called from several threads.
class Progress {
public:
    explicit Progress(const CommandContext& context);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void begin(const std::string& what);
    void add_bytes(std::uint64_t count);
    // Takes the line away again.
    void done();

private:
    void show();

    const CommandContext& context_;
    std::mutex mutex_;
    std::string what_;
    std::uint64_t bytes_ = 0;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace smtpaudit
