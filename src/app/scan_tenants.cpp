// smtpaudit scan --all-tenants: the scan of one tenant, side by side, and their rankings joined.
#include "analysis/join_tenants.hpp"
#include "app/output.hpp"
#include "app/scan.hpp"
#include "app/tenant_context.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

// One tenant from its settings to its place in the history. Nothing of it is shared with another:
// own credential, own throttle budgets, own ledger.
struct TenantScan {
    std::unique_ptr<TenantContext> tenant;
    ScanSettings settings;
    std::unique_ptr<Session> session;
    Evidence evidence;
    std::optional<Scan> scan;
    std::optional<Error> error;  // why there is nothing to rank
    std::unique_ptr<RunEnd> end;

    const std::string& name() const { return tenant->table().name; }
    CommandContext& context() { return tenant->context(); }
};

bool is_of_each(const OutputTarget& target) {
    return target.path.find(k_tenant_place) != std::string::npos;
}

std::vector<OutputTarget> targets_of_all(const OutputSettings& settings) {
    std::vector<OutputTarget> targets;
    std::copy_if(settings.targets.begin(), settings.targets.end(), std::back_inserter(targets),
                 [](const OutputTarget& target) { return !is_of_each(target); });
    return targets;
}

std::vector<OutputTarget> targets_of_one(const OutputSettings& settings, const std::string& name) {
    std::vector<OutputTarget> targets;
    for (OutputTarget target : settings.targets) {
        if (!is_of_each(target)) continue;
        target.path = with_tenant_name(std::move(target.path), name);
        targets.push_back(std::move(target));
    }
    return targets;
}

// All that can be wrong without asking anybody.
Result<void> prepare(TenantScan& one, const OutputSettings& outputs) {
    const auto in_its_table = [&](Error error) {
        return tl::unexpected(in_table(one.tenant->table(), std::move(error)));
    };
    auto settings = scan_settings(one.context());
    if (!settings) return in_its_table(std::move(settings).error());
    one.settings = std::move(*settings);
    one.settings.finish.output.targets = targets_of_one(outputs, one.name());
    SA_TRY(one.session, open_session(*one.tenant));
    auto evidence = read_scan_files(one.context(), one.settings.evidence);
    if (!evidence) return in_its_table(std::move(evidence).error());
    one.evidence = std::move(*evidence);
    return {};
}

// What a person would look at first.
std::string why_nothing(const Report& report) {
    std::string text = "nothing could be read that shows who sends";
    for (const Coverage& row : report.coverage)
        if (shows_use(row.source) && row.state != CoverageState::not_requested)
            return fmt::format("{}: {}: {}", text, row.source, row.reason);
    return text;
}

// Its error is the tenant's own, but for a stop, which ends all.
Result<void> scan(TenantScan& one, TenantsWatch& watch, std::size_t place) {
    auto scanned = scan_tenant(one.context(), one.settings, *one.session, std::move(one.evidence));
    if (!scanned && scanned.error().code == Errc::interrupted)
        return tl::unexpected(std::move(scanned).error());
    if (!scanned) {
        one.error = std::move(scanned).error();
    } else {
        one.scan = std::move(*scanned);
        if (one.scan->nothing)
            one.error = Error{*one.scan->nothing, why_nothing(one.scan->run.report)};
    }
    watch.done(place, one.error.has_value());
    return {};
}

// Two names of one directory, seen when both have told its id: counted once.
void refuse_repeated(std::vector<TenantScan>& tenants) {
    for (auto one = tenants.begin(); one != tenants.end(); ++one) {
        if (one->error || !one->scan->run.report.tenant_id) continue;
        const auto same = std::find_if(tenants.begin(), one, [&](const TenantScan& other) {
            return !other.error &&
                   other.scan->run.report.tenant_id == one->scan->run.report.tenant_id;
        });
        if (same != one)
            one->error =
                Error{Errc::input, fmt::format("is the same directory as [tenant.{}]; leave "
                                               "one of the two tables out",
                                               same->name())};
    }
}

void judge(TenantScan& one) {
    if (!one.scan) return;
    one.end = std::make_unique<RunEnd>(one.context(), one.scan->run, one.settings.finish);
    if (auto judged = one.end->judge(); !judged && !one.error)
        one.error = std::move(judged).error();
}

Report joined(const std::vector<TenantScan>& tenants, const OutputSettings& outputs) {
    Report frame;
    frame.tool_version = SMTPAUDIT_VERSION;
    const RankingOptions& ranking = tenants.front().settings.ranking;
    frame.generated_at = ranking.now;
    frame.cutoff = ranking.cutoff;
    frame.timeline = ranking.timeline.milestones;
    std::vector<TenantRun> runs;
    for (const TenantScan& one : tenants) {
        TenantRun run;
        run.name = one.name();
        if (one.scan) run.report = one.scan->run.report;
        if (one.error) run.failure = one.error->message;
        runs.push_back(std::move(run));
    }
    Report report = join_tenants(std::move(frame), std::move(runs));
    report.gate.fail_on = outputs.fail_on;
    for (const TenantPart& part : report.tenants) {
        report.gate.tripped |= part.gate.tripped;
        if (!part.gate.new_findings) continue;
        report.gate.new_findings = report.gate.new_findings.value_or(0) + *part.gate.new_findings;
    }
    return report;
}

Result<void> write(const CommandContext& context, std::vector<TenantScan>& tenants,
                   const Report& all, const std::vector<OutputTarget>& targets) {
    std::vector<ReportTargets> reports = {{context, all, targets}};
    for (TenantScan& one : tenants)
        if (one.scan)
            reports.push_back(
                {one.context(), one.scan->run.report, one.settings.finish.output.targets});
    return write_reports(context, reports);
}

// What failed is a gap in the evidence of the others; only where all failed is it the run that did.
int worst_code(const std::vector<int>& read, const std::vector<Errc>& failed) {
    const int worst = read.empty() ? 0 : *std::max_element(read.begin(), read.end());
    if (worst > 3) return worst;  // the history, or a signal
    const auto any = [&](Errc code) {
        return std::find(failed.begin(), failed.end(), code) != failed.end();
    };
    if (read.empty())
        for (const Errc code : {Errc::service, Errc::sign_in})
            if (any(code)) return exit_code(code);
    if (read.empty()) return exit_code(failed.front());
    return failed.empty() ? worst : 3;
}

int conclude_all(const CommandContext& context, std::vector<TenantScan>& tenants) {
    std::vector<int> read;
    std::vector<Errc> failed;
    std::vector<std::string> names;
    for (TenantScan& one : tenants) {
        if (!one.error) {
            read.push_back(one.end->keep());
            continue;
        }
        one.context().log.error(one.error->message);
        failed.push_back(one.error->code);
        names.push_back(one.name());
    }
    if (!names.empty())
        context.log.warning(fmt::format("{} of {} tenants failed: {}", names.size(), tenants.size(),
                                        join(names, ", ")));
    return worst_code(read, failed);
}

}  // namespace

Result<int> scan_all_tenants(CommandContext& given) {
    // One instant for all, however long each takes.
    Options options = given.options;
    if (!options.now) options.now = format_utc(given.world.clock.now());
    const CommandContext context{options, given.world, given.log, given.status};
    SA_TRY(const std::size_t jobs, tenant_jobs(options));
    SA_TRY(const OutputSettings outputs, output_settings(context));
    TenantsWatch watch(context.status, context.world.clock, options);
    SA_TRY(auto contexts, all_tenants(context, watch));
    std::vector<TenantScan> tenants(contexts.size());
    for (std::size_t i = 0; i < tenants.size(); ++i) {
        tenants[i].tenant = std::move(contexts[i]);
        SA_CHECK(prepare(tenants[i], outputs));
    }
    const auto scanned = for_each_parallel(
        tenants.size(), [&](std::size_t i) { return scan(tenants[i], watch, i); }, jobs);
    watch.clear();
    SA_CHECK(scanned);
    refuse_repeated(tenants);
    for (TenantScan& one : tenants) judge(one);
    const Report all = joined(tenants, outputs);
    SA_CHECK(write(context, tenants, all, targets_of_all(outputs)));
    return conclude_all(context, tenants);
}

}  // namespace smtpaudit
