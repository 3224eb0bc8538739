#include "app/finish.hpp"

#include "analysis/compare.hpp"
#include "app/accept_file.hpp"
#include "app/make_report.hpp"
#include "app/memory.hpp"
#include "app/output.hpp"
#include "app/run_file.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

// Places, never ids: this text may be read beside a redacted report.
void accept_findings(const CommandContext& context, const AcceptList& list, Report& report) {
    const AcceptTally tally = apply_acceptance(report, list, day_of(report.generated_at));
    const std::string passed =
        tally.expired == 0
            ? ""
            : fmt::format("; of {} the date has passed: they count again", tally.expired);
    report.notes.push_back(
        fmt::format("{}: {} of the rows are accepted{}", list.source, tally.accepted, passed));
    for (const std::string& place : tally.unmatched)
        context.log.warning(fmt::format("{}: no row of this run has this id", place));
}

// The one line on standard error for each gate; numbers, never ids.
Result<void> judge(const CommandContext& context, const FinishSettings& settings, Report& report) {
    set_gate(report, settings.output.fail_on);
    if (report.gate.tripped)
        context.log.warning(fmt::format("gate: a row is at or above --fail-on {}",
                                        to_string(*report.gate.fail_on)));
    if (!settings.baseline) return {};
    if (are_of_two_tenants(*settings.baseline, report))
        return fail(Errc::input, fmt::format("{}: the baseline is of another tenant",
                                             *context.options.baseline));
    const Comparison comparison = compare_reports(*settings.baseline, report);
    report.gate.new_findings = comparison.new_findings;
    const auto open = std::count_if(
        comparison.changes.begin(), comparison.changes.end(), [](const Change& change) {
            return change.kind == ChangeKind::not_compared && change.after.has_value();
        });
    if (open > 0)
        context.log.warning(
            fmt::format("baseline: {} rows could not be compared, because it did not look at what "
                        "shows them; make a new baseline with the same sources",
                        open));
    if (!settings.fail_on_new || comparison.new_findings == 0) return {};
    report.gate.tripped = true;
    context.log.warning(fmt::format(
        "gate: {} new under --fail-on-new; to see them, save the run with --out json=run.json, "
        "then smtpaudit diff {} run.json",
        comparison.new_findings, *context.options.baseline));
    return {};
}

}  // namespace

Result<FinishSettings> finish_settings(const CommandContext& context) {
    FinishSettings settings;
    SA_TRY(settings.output, output_settings(context));
    if (const auto& path = context.options.accept) {
        SA_TRY(settings.accept, read_accept_file(context.world.files, *path));
    }
    settings.fail_on_new = context.options.fail_on_new;
    if (const auto& path = context.options.baseline) {
        SA_TRY(settings.baseline, read_run_file(context, *path));
    } else if (settings.fail_on_new) {
        return fail(Errc::usage, "--fail-on-new: needs --baseline RUN.json, an earlier run");
    }
    return settings;
}

Result<int> finish_run(const CommandContext& context, MadeRun run, const FinishSettings& settings) {
    Report& report = run.report;
    Memory memory(context, run);
    memory.recall(report);
    if (settings.accept) accept_findings(context, *settings.accept, report);
    SA_CHECK(judge(context, settings, report));
    SA_CHECK(write_report(context, report, settings.output.targets));
    memory.keep(report);
    return memory.conclude(conclude(context, report));
}

}  // namespace smtpaudit
