// smtpaudit scan: signs in, pulls the live evidence, merges files, ranks.
#include "app/scan.hpp"

#include "app/live_pull.hpp"
#include "app/message_files.hpp"
#include "app/output.hpp"
#include "app/sign_ins_from.hpp"
#include "app/tenant_context.hpp"
#include "app/who_am_i.hpp"
#include "base/text.hpp"
#include "report/row_facts.hpp"
#include "sources/graph_message_trace.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

// The days that the report counts: the last `window_days`, today among them.
PullWindow window_of(const RankingOptions& ranking) {
    const Day first = day_of(ranking.now) - std::chrono::days(ranking.window_days - 1);
    return {UtcTime(first), ranking.now};
}

void add_not_chosen(const std::vector<ChosenSource>& chosen, std::vector<Coverage>& coverage) {
    for (const LiveSource& source : all_live_sources()) {
        const bool is_chosen = std::any_of(chosen.begin(), chosen.end(),
                                           [&](const auto& one) { return one.source == &source; });
        const bool is_read = std::any_of(coverage.begin(), coverage.end(),
                                         [&](const auto& row) { return row.source == source.id; });
        if (is_chosen || is_read) continue;
        Coverage row;
        row.source = source.id;
        row.reason = source.asks_by_sender ? "left out by --sources or --trace-budget"
                                           : "left out by --sources";
        coverage.push_back(std::move(row));
    }
}

// Nothing shows who sends: whose doing is it? nullopt: something does.
std::optional<Errc> why_nothing_shows_use(const std::vector<Coverage>& coverage) {
    bool by_permission = false;
    for (const Coverage& row : coverage) {
        const bool was_read =
            row.state == CoverageState::complete || row.state == CoverageState::partial;
        if (was_read && shows_use(row.source)) return std::nullopt;
        by_permission |=
            row.cause == CoverageCause::permission || row.cause == CoverageCause::licence ||
            row.cause == CoverageCause::no_such_api || row.cause == CoverageCause::sign_in;
    }
    const bool by_service = std::any_of(coverage.begin(), coverage.end(), [](const auto& row) {
        return shows_use(row.source) &&
               (row.cause == CoverageCause::network || row.cause == CoverageCause::service);
    });
    if (by_service) return Errc::service;
    return by_permission ? Errc::sign_in : Errc::service;
}

// Those that would stop, what ranks highest first.
std::vector<std::string> senders_that_matter(const Evidence& evidence,
                                             const RankingOptions& options) {
    const Report report = rank(evidence.ledger, evidence.coverage, options);
    std::vector<std::string> senders;
    for (std::size_t i = 0; i < report.accounts->size(); ++i)
        if (fate_of(report.accounts->head(i).status) == Fate::will_stop)
            senders.push_back(report.accounts->at(i).id);
    return senders;
}

void add(LiveEvidence live, Evidence& evidence) {
    std::move(live.coverage.begin(), live.coverage.end(), std::back_inserter(evidence.coverage));
    std::move(live.notes.begin(), live.notes.end(), std::back_inserter(evidence.notes));
}

// Signs in before anything is pulled: one clear line instead of one for each source.
Result<void> sign_in(const CommandContext& context, Session& session,
                     const std::vector<ChosenSource>& chosen) {
    context.log.note(session.said());
    SA_TRY(const SharedToken token,
           session.tokens().get(std::string(session.cloud().graph.resource), context.world.stop));
    (void)token;
    // Exchange sends the requests of a person by the person's name.
    const bool beyond_graph = std::any_of(chosen.begin(), chosen.end(), [](const auto& one) {
        const auto& permissions = one.source->permissions;
        return std::any_of(permissions.begin(), permissions.end(), [](const Permission& needed) {
            return needed.resource != "Microsoft Graph";
        });
    });
    if (beyond_graph) (void)find_person(context, session);
    return {};
}

Result<int> scan_one_tenant(CommandContext& context) {
    SA_TRY(const ScanSettings settings, scan_settings(context));
    if (context.options.show_query) {
        SA_TRY(const std::string queries,
               shown_queries(context.options, window_of(settings.ranking)));
        SA_CHECK(print(context, queries));
        return 0;
    }
    SA_TRY(const auto session, Session::open(context));
    SA_TRY(Evidence evidence, read_scan_files(context, settings.evidence));
    SA_TRY(Scan scan, scan_tenant(context, settings, *session, std::move(evidence)));
    SA_TRY(const int code, finish_run(context, std::move(scan.run), settings.finish));
    if (!scan.nothing) return code;
    context.log.error(
        "nothing could be read that shows who sends; \"smtpaudit doctor\" says what "
        "is missing");
    return exit_code(*scan.nothing);
}

}  // namespace

Result<ScanSettings> scan_settings(const CommandContext& context) {
    ScanSettings settings;
    SA_TRY(settings.finish, finish_settings(context));
    SA_TRY(settings.evidence, evidence_settings(context));
    SA_TRY(settings.ranking, ranking_options(context, settings.evidence.inventory));
    settings.trace_budget = k_default_trace_budget;
    if (context.options.trace_budget)
        settings.trace_budget = static_cast<std::uint64_t>(*context.options.trace_budget);
    SA_TRY(settings.sources, choose_sources(context.options));
    const auto later =
        std::stable_partition(settings.sources.begin(), settings.sources.end(),
                              [](const ChosenSource& one) { return !one.source->asks_by_sender; });
    if (settings.trace_budget > 0) settings.by_sender.assign(later, settings.sources.end());
    settings.sources.erase(later, settings.sources.end());
    bool any_shows_use = !context.options.files.empty();
    for (const ChosenSource& chosen : settings.sources) {
        settings.evidence.pulled_live.emplace(chosen.source->id);
        any_shows_use |= shows_use(chosen.source->id);
    }
    if (!any_shows_use)
        return fail(Errc::usage,
                    "--sources: none of these shows who sends; add sign_ins, or give FILEs");
    return settings;
}

Result<Evidence> read_scan_files(const CommandContext& context, const EvidenceSettings& settings) {
    SA_TRY(const std::vector<std::string> paths, expand_paths(context, context.options.files));
    SA_TRY(auto inputs, read_inputs(context, settings, paths));
    if (auto* evidence = std::get_if<Evidence>(&inputs)) {
        SA_CHECK(read_message_files(context, *evidence));
        return std::move(*evidence);
    }
    return fail(Errc::input, fmt::format("{}: is a run document, a result and no evidence; leave "
                                         "it out, or print it with \"smtpaudit rank\"",
                                         std::get<RunDocumentText>(inputs).name));
}

Result<Scan> scan_tenant(const CommandContext& context, const ScanSettings& settings,
                         Session& session, Evidence evidence) {
    SA_CHECK(sign_in(context, session, settings.sources));
    SA_TRY(LiveEvidence live, pull_live(context, session, settings.sources,
                                        window_of(settings.ranking), *evidence.ledger));
    add(std::move(live), evidence);
    if (!settings.by_sender.empty()) {
        SA_TRY(LiveEvidence traced,
               pull_live(context, session, settings.by_sender, window_of(settings.ranking),
                         *evidence.ledger,
                         {senders_that_matter(evidence, settings.ranking), settings.trace_budget}));
        add(std::move(traced), evidence);
    }
    add_not_chosen(settings.sources, evidence.coverage);
    evidence.digests.push_back(fmt::format("live {} {}", session.cloud().name, session.tenant()));
    Scan scan;
    scan.nothing = why_nothing_shows_use(evidence.coverage);
    SA_TRY(scan.run, run_from_evidence(context, std::move(evidence), settings.evidence.inventory));
    return scan;
}

Result<int> run_scan(CommandContext& context) {
    // A query is the same for every tenant, and is printed without asking any.
    if (context.options.all_tenants && !context.options.show_query)
        return scan_all_tenants(context);
    return for_named_tenant(context, scan_one_tenant);
}

}  // namespace smtpaudit
