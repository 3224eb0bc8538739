// Exports of Exchange's settings cmdlets, as CSV (Export-Csv) or JSON (ConvertTo-Json).
#pragma once

#include "sources/file_kinds.hpp"
#include "sources/settings_row.hpp"

#include <array>

namespace smtpaudit {

// One kind of file for each SettingsKind, in its order.
extern const std::array<KindEntry, k_settings_kinds> k_settings_file_kinds;

}  // namespace smtpaudit
