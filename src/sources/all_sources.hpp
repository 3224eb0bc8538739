// The table of kinds of file. A new kind is one file and one line in all_sources.cpp.
#pragma once

#include "sources/file_kinds.hpp"

namespace smtpaudit {

// In the order they are tried; no two fit one file.
std::span<const KindEntry* const> all_file_kinds();

}  // namespace smtpaudit
