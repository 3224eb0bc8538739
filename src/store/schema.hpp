// The tables of the store and how an older store becomes one of this version.
#pragma once

#include "store/database.hpp"

#include <cstdint>

namespace smtpaudit {

constexpr std::int64_t k_application_id = 0x736D7461;  // "smta"
constexpr std::int64_t k_store_version = 2;

// Of an existing file: another program's, a newer version's or a damaged one is Errc::local with
// the way out. Nothing is written.
Result<void> check_store(const Database& db);
// One transaction for each step. `up_to` is for tests of older versions.
Result<void> migrate_store(const Database& db, std::int64_t up_to = k_store_version);

}  // namespace smtpaudit
