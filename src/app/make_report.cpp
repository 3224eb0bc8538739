#include "app/make_report.hpp"

#include "app/message_files.hpp"
#include "app/settings.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "report/run_document.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <utility>

namespace smtpaudit {
namespace {

// A source that this run did not look at is said, never left out.
void add_not_requested(std::vector<Coverage>& coverage, const std::string& unknown_settings) {
    const auto has = [&](std::string_view source) {
        return std::any_of(coverage.begin(), coverage.end(),
                           [&](const Coverage& row) { return row.source == source; });
    };
    const auto add = [&](const char* source, std::string reason) {
        Coverage row;
        row.source = source;
        row.reason = std::move(reason);
        coverage.push_back(std::move(row));
    };
    if (!has("smtp_auth_report"))
        add("smtp_auth_report",
            fmt::format("{}; request the report "
                        "(https://admin.exchange.microsoft.com/#/reports/smtpauthmailflowdetails, "
                        "Request report), then rank both",
                        has("smtp_auth_table") ? "no device can be told from a table"
                                               : "messages and the use of OAuth are unknown"));
    if (!has("sign_ins")) add("sign_ins", "attack, country and failed sign-ins are unknown");
    if (!unknown_settings.empty()) add("settings", unknown_settings);
}

// What no source told; empty: everything was read.
std::string unknown_settings(const FactBook& facts) {
    const TenantFacts& tenant = facts.tenant();
    std::vector<std::string> unknown;
    bool any_known = false;
    const auto add = [&](bool is_known, const char* what) {
        any_known |= is_known;
        if (!is_known) unknown.emplace_back(what);
    };
    add(tenant.smtp_auth_disabled.is_read, "the tenant switch");
    add(facts.told(AccountField::smtp_auth_disabled) > 0, "the mailbox switches");
    add(facts.told(AccountField::authentication_policy) > 0 && tenant.authentication_policies &&
            tenant.default_authentication_policy.is_read,
        "authentication policies");
    add(tenant.security_defaults.is_read, "security defaults");
    add(tenant.conditional_access.has_value(), "Conditional Access");
    add(facts.told(AccountField::mailbox_type) > 0, "mailbox types");
    add(tenant.roles_complete.value_or(false), "roles");
    add(facts.told(AccountField::mfa_registered) > 0, "MFA");
    add(tenant.risk_complete.value_or(false), "risk");
    if (unknown.empty()) return {};
    if (!any_known) return "roles, MFA, mailbox types and the switches are unknown";
    const std::string last = unknown.back();
    unknown.pop_back();
    if (unknown.empty()) return last + " unknown";
    return fmt::format("{} and {} are unknown", join(unknown, ", "), last);
}

// Nothing can have been sent after now: a sign of days and months read in the wrong order.
void note_later_than_now(const std::vector<Coverage>& coverage, UtcTime now,
                         std::vector<std::string>& notes) {
    Day last = day_of(now) + std::chrono::days(1);  // the end of today is not over yet
    const Day latest_plausible = last;
    for (const Coverage& row : coverage)
        if (row.to) last = std::max(last, day_of(*row.to));
    if (last == latest_plausible) return;
    notes.push_back(
        fmt::format("the evidence has days after now, up to {}: is the order of its dates right "
                    "(--date-format), or --now?",
                    format_day(last)));
}

std::string option_text(const std::optional<std::string>& value) { return value.value_or(""); }

// What a report is made of, but for the time.
std::string ingredients(const Evidence& evidence, const CommandContext& context) {
    const Options& o = context.options;
    std::string text = join(evidence.digests, " ");
    // Only where it is given, so that the ids of runs without it stay what they were.
    if (o.time_zone) text += "\n" + *o.time_zone;
    text += fmt::format("\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", o.window.value_or(0),
                        o.period.value_or(0), option_text(o.date_format), option_text(o.columns),
                        option_text(o.inventory), option_text(o.cutoff), option_text(o.timeline),
                        option_text(o.weights));
    if (o.products) text += *o.products + "\n";
    return text;
}

// What was pulled live has no digest of its content: then every run is one of its own.
bool are_all_files(const Evidence& evidence) {
    constexpr std::size_t k_sha256_digits = 64;
    return std::all_of(evidence.digests.begin(), evidence.digests.end(),
                       [](const std::string& digest) { return digest.size() == k_sha256_digits; });
}

}  // namespace

std::string run_id(const Evidence& evidence, const CommandContext& context, UtcTime now) {
    return name_uuid(ingredients(evidence, context) + format_utc(now));
}

void set_gate(Report& report, std::optional<Band> fail_on) {
    report.gate.fail_on = fail_on;
    report.gate.tripped = false;
    for (TenantPart& part : report.tenants) {
        part.gate.fail_on = fail_on;
        part.gate.tripped = false;
    }
    if (!fail_on) return;
    // Rows stand in order of priority, so the first that is not accepted decides.
    std::set<std::string> tenants;  // that have such a row
    for (const RowList* rows : {report.accounts.get(), report.devices.get()})
        for (std::size_t i = 0; i < rows->size() && rows->head(i).band >= *fail_on; ++i) {
            const Row row = rows->at(i);
            if (row.accepted) continue;
            report.gate.tripped = true;
            if (report.tenants.empty()) return;  // one row is enough
            tenants.insert(row.tenant.value_or(""));
        }
    for (TenantPart& part : report.tenants) part.gate.tripped = tenants.contains(part.name);
}

Result<MadeRun> run_from_evidence(const CommandContext& context, Evidence evidence,
                                  std::shared_ptr<const Inventory> inventory) {
    SA_TRY(RankingOptions options, ranking_options(context, std::move(inventory)));
    const UtcTime now = options.now;
    const std::string id = run_id(evidence, context, now);
    const std::string unknown = unknown_settings(evidence.ledger->facts());
    MadeRun run;
    run.ledger = evidence.ledger;
    run.evidence_id = are_all_files(evidence) ? name_uuid(ingredients(evidence, context)) : id;
    Report& report = run.report;
    report = rank(std::move(evidence.ledger), std::move(evidence.coverage), std::move(options));
    add_not_requested(report.coverage, unknown);
    report.tool_version = SMTPAUDIT_VERSION;
    report.run_id = id;
    // The user's own name for it, the same in every report and dashboard.
    if (context.options.tenant_name) report.tenant_name = context.options.tenant_name;
    note_later_than_now(report.coverage, now, report.notes);
    report.notes.insert(report.notes.begin(), evidence.notes.begin(), evidence.notes.end());
    if (const auto& weights = context.options.weights)
        report.notes.push_back(
            fmt::format("ranked with the weights of {}, not those of {}", *weights, k_risk_model));
    return run;
}

Result<MadeRun> run_from_files(const CommandContext& context,
                               const std::vector<std::string>& files) {
    SA_TRY(const EvidenceSettings settings, evidence_settings(context));
    SA_TRY(const std::vector<std::string> paths, expand_paths(context, files));
    SA_TRY(auto inputs, read_inputs(context, settings, paths));
    if (const auto* document = std::get_if<RunDocumentText>(&inputs)) {
        MadeRun run;
        SA_TRY(run.report, read_run_document(document->text, document->name));
        return run;
    }
    Evidence evidence = std::move(std::get<Evidence>(inputs));
    SA_CHECK(read_message_files(context, evidence));
    return run_from_evidence(context, std::move(evidence), settings.inventory);
}

Result<Report> report_from_evidence(const CommandContext& context, Evidence evidence,
                                    std::shared_ptr<const Inventory> inventory) {
    SA_TRY(MadeRun run, run_from_evidence(context, std::move(evidence), std::move(inventory)));
    return std::move(run.report);
}

Result<Report> report_from_files(const CommandContext& context,
                                 const std::vector<std::string>& files) {
    SA_TRY(MadeRun run, run_from_files(context, files));
    return std::move(run.report);
}

}  // namespace smtpaudit
