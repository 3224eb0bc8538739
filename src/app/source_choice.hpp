// Which live sources a command works with.
#pragma once

#include "app/options.hpp"
#include "base/result.hpp"
#include "sources/live_source.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

struct ChosenSource {
    const LiveSource* source = nullptr;  // into the table
    bool by_name = false;  // then a refusal is a failure
    std::string workspace{};  // of a source that asks Log Analytics
};

// Those of --sources or of the settings file, else all; in table order. What --sign-ins-from names
// stands in for the same source of Graph, and counts as chosen by name where it shows who sends. An
// unknown name is Errc::usage.
Result<std::vector<ChosenSource>> choose_sources(const Options& options);

}  // namespace smtpaudit
