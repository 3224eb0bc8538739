// What every command that ends in a report does with it: the history, accepted findings, the gate,
// the outputs, the exit code.
#pragma once

#include "analysis/acceptance.hpp"
#include "app/commands.hpp"
#include "app/make_report.hpp"
#include "app/settings.hpp"
#include "model/report.hpp"

#include <optional>

namespace smtpaudit {

struct FinishSettings {
    OutputSettings output;
    std::optional<AcceptList> accept;
    std::optional<Report> baseline;
    bool fail_on_new = false;
};

// Reads the files that the options name, before any evidence is read: a bad one is one line and
// exit 2.
Result<FinishSettings> finish_settings(const CommandContext& context);

// The exit code of the run. Its report is whole but for the history, `accepted` and the gate.
Result<int> finish_run(const CommandContext& context, MadeRun run, const FinishSettings& settings);

}  // namespace smtpaudit
