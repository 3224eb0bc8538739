// Two small screens of text: one row with every point and its evidence, and the timeline.
#pragma once

#include "base/files.hpp"
#include "model/report.hpp"
#include "report/writer.hpp"

namespace smtpaudit {

// Everything the report knows of one account or device.
Result<void> write_explanation(const Report& report, const Row& row, bool is_device,
                               const WriteOptions& options, ByteSink& sink);
// The milestones in order of date, what was superseded, days left from `report.generated_at`.
Result<void> write_timeline(const Report& report, const WriteOptions& options, ByteSink& sink);

}  // namespace smtpaudit
