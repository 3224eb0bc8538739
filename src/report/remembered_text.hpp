// The section of the table for senders that only the local history knows.
#pragma once

#include "model/report.hpp"
#include "report/writer.hpp"

namespace smtpaudit {

// Nothing where there are none.
Result<void> write_remembered(const Report& report, const WriteOptions& options, ByteSink& sink);

}  // namespace smtpaudit
