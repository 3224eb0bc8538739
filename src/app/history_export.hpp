// Everything that the history holds, for other programs.
#pragma once

#include "base/files.hpp"
#include "store/store.hpp"

namespace smtpaudit {

// One line for each counter: tenant,day,account,client,measure,count.
Result<void> export_csv(const Store& store, bool raw, ByteSink& sink);
// One object with the days, runs and counters of each tenant.
Result<void> export_json(const Store& store, ByteSink& sink);

}  // namespace smtpaudit
