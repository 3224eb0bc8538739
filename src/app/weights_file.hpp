// The weights file: TOML whose keys are the names of analysis/risk_model.hpp.
#pragma once

#include "analysis/risk_model.hpp"
#include "base/files.hpp"

#include <string>

namespace smtpaudit {

// Weights that the file does not name keep their default. An unknown name, a negative or
// non-numeric value: Errc::input with name:line:column.
Result<Weights> read_weights(const Files& files, const std::string& path);

}  // namespace smtpaudit
