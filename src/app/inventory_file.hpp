// The inventory file: CSV with the columns match,name,class,owner,site.
#pragma once

#include "analysis/inventory.hpp"
#include "base/files.hpp"

#include <string>

namespace smtpaudit {

// Absent, malformed, an unknown class or an empty match: Errc::input with name:line:column.
Result<Inventory> read_inventory(const Files& files, const std::string& path);

}  // namespace smtpaudit
