// What every command that ends in a report does with it: the history, accepted findings, the gate,
// the outputs, the exit code.
#pragma once

#include "analysis/acceptance.hpp"
#include "app/commands.hpp"
#include "app/make_report.hpp"
#include "app/memory.hpp"
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

// The end of one run in its steps, so that several may be written together.
class RunEnd {
public:
    // All outlive it. Opens the history.
    RunEnd(const CommandContext& context, MadeRun& run, const FinishSettings& settings);
    RunEnd(const RunEnd&) = delete;
    RunEnd& operator=(const RunEnd&) = delete;

    // Fills in what the history adds, `accepted` and the gate.
    Result<void> judge();
    // After the report is written: adds it to the history. The exit code of the run.
    int keep();

private:
    const CommandContext& context_;
    MadeRun& run_;
    const FinishSettings& settings_;
    Memory memory_;
};

// The exit code of the run. Its report is whole but for the history, `accepted` and the gate.
Result<int> finish_run(const CommandContext& context, MadeRun run, const FinishSettings& settings);

}  // namespace smtpaudit
