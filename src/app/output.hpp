// Where a report goes: standard output and files, all files or none of them.
#pragma once

#include "app/commands.hpp"
#include "app/settings.hpp"
#include "base/files.hpp"
#include "model/report.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Ends what was written to standard output: flushed, and a reader that went away is no failure.
Result<void> end_screen(const CommandContext& context, Result<void> written);
Result<void> print(const CommandContext& context, std::string_view text);
// To the file of -o, whole or not at all, or to standard output.
Result<void> write_output(const CommandContext& context,
                          const std::function<Result<void>(ByteSink&)>& write);

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
