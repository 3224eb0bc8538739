// The settings that decide who may submit, from Exchange itself: one live source for each command,
// read by the same reader as exported files (settings_row.hpp). Facts: facts/exchange.md 4.
#pragma once

#include "sources/live_source.hpp"
#include "sources/settings_row.hpp"

#include <array>

namespace smtpaudit {

// One for each SettingsKind, in its order; ids as of the exported files.
extern const std::array<LiveSource, k_settings_kinds> k_exchange_settings;

}  // namespace smtpaudit
