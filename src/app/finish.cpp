#include "app/finish.hpp"

#include "analysis/compare.hpp"
#include "app/accept_file.hpp"
#include "app/make_report.hpp"
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
    for (const std::string& place : tally.unmatched) {
        const std::string text = fmt::format("{}: no row of this run has this id", place);
        // One list may be for all tenants.
        if (context.options.all_tenants)
            context.log.detail(text);
        else
            context.log.warning(text);
    }
}

// The one line on standard error for each gate; numbers, never ids.
Result<void> judge_report(const CommandContext& context, const FinishSettings& settings,
                          Report& report) {
    set_gate(report, settings.output.fail_on);
    if (report.gate.tripped)
        context.log.warning(fmt::format("gate: a row is at or above --fail-on {}",
                                        to_string(*report.gate.fail_on)));
    if (!settings.baseline) return {};
    if (!report.tenants.empty())
        return fail(Errc::input,
                    "--baseline: a ranking of several tenants has none; compare the run documents "
                    "of each");
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

RunEnd::RunEnd(const CommandContext& context, MadeRun& run, const FinishSettings& settings)
    : context_(context), run_(run), settings_(settings), memory_(context, run) {}

Result<void> RunEnd::judge() {
    memory_.recall(run_.report);
    if (settings_.accept) accept_findings(context_, *settings_.accept, run_.report);
    return judge_report(context_, settings_, run_.report);
}

int RunEnd::keep() {
    memory_.keep(run_.report);
    return memory_.conclude(conclude(context_, run_.report));
}

Result<int> finish_run(const CommandContext& context, MadeRun run, const FinishSettings& settings) {
    RunEnd end(context, run, settings);
    SA_CHECK(end.judge());
    SA_CHECK(write_report(context, run.report, settings.output.targets));
    return end.keep();
}

}  // namespace smtpaudit
