// Which live sources a command works with.
#pragma once

#include "app/options.hpp"
#include "base/result.hpp"
#include "sources/live_source.hpp"

#include <vector>

namespace smtpaudit {

struct ChosenSource {
    const LiveSource* source = nullptr;  // into the table
    bool by_name = false;  // then a refusal is a failure
};

// Those of --sources or of the settings file, else all; in table order. An unknown name is
// Errc::usage.
Result<std::vector<ChosenSource>> choose_sources(const Options& options);

}  // namespace smtpaudit
