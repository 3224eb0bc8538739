// Where a report goes: standard output and files, all files or none of them.
#pragma once

#include "app/commands.hpp"
#include "app/settings.hpp"
#include "model/report.hpp"

namespace smtpaudit {

// Writes every target. A file is put in place only after all of them are written; a standard
// output that is closed early is quiet, the files are written all the same.
Result<void> write_report(const CommandContext& context, const Report& report,
                          const std::vector<OutputTarget>& targets);

// The same for several reports, all files of all of them or none. Pseudonyms are the same in all.
struct ReportTargets {
    const CommandContext& context;  // of the tenant, or of the run as a whole
    const Report& report;
    const std::vector<OutputTarget>& targets;
};
Result<void> write_reports(const CommandContext& context, const std::vector<ReportTargets>& all);

// Says on standard error what was incomplete; the exit code of that and of the gate.
int conclude(const CommandContext& context, const Report& report);

}  // namespace smtpaudit
