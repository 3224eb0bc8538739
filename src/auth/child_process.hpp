// Another program, run without a shell and within bounds.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace smtpaudit {

struct ChildLimits {
    std::chrono::seconds time{60};
    std::size_t output = std::size_t{256} * 1024;  // bytes of each stream
};

struct ChildResult {
    int exit_code = 0;  // 128 + the signal that ended it
    Secret out;
    std::string err;  // for finding words in, not for showing: it may hold anything
};

// Runs argv[0], looked up in PATH, with these arguments as they are, this environment and an empty
// standard input. It and its children are killed when the time or a stop ends the wait.
// Errc::usage: no such program. Errc::service: too slow, too much output. Errc::interrupted.
Result<ChildResult> run_child(const std::vector<std::string>& argv, const ChildLimits& limits,
                              const Clock& clock, const std::stop_token& stop);

}  // namespace smtpaudit
