#include "app/memory.hpp"

#include "analysis/recall.hpp"
#include "analysis/subjects.hpp"
#include "app/store_place.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? "" : fold_case(address.substr(at + 1));
}

TenantIdentity identify(const Report& report, const Ledger& ledger,
                        const std::vector<std::string>& account_ids) {
    const TenantFacts& facts = ledger.tenant_facts();
    TenantIdentity identity{report.tenant_id, report.tenant_name, {}};
    for (const std::string& domain : facts.domains) identity.domains.emplace(fold_case(domain), 1);
    if (identity.domains.empty())
        for (const std::string& id : account_ids) ++identity.domains[domain_of(id)];
    return identity;
}

HistoryRun summary_of(const Report& report) {
    HistoryRun run;
    run.run_id = report.run_id;
    run.generated_at = report.generated_at;
    run.from = report.from;
    run.to = report.to;
    run.covered_days = report.covered_days;
    run.messages = report.summary.messages;
    run.by_status = report.summary.by_status;
    run.by_band = report.summary.by_band;
    return run;
}

}  // namespace

Memory::Memory(const CommandContext& context, const MadeRun& run) : context_(context), run_(run) {
    if (!run.ledger) return;  // a run document: nothing is read anew
    const StorePlace place = store_place(context);
    if (place.path.empty()) {
        context.log.detail(fmt::format("no history is kept: {}", place.why_none));
        return;
    }
    auto opened = Store::open(place.path, false, context.world.clock, context.world.stop);
    if (!opened) {
        // Nobody asked for this place: a home that cannot be written costs a line, not the run.
        if (place.is_default && context.world.files.kind(place.path) == PathKind::absent)
            context.log.note(fmt::format("no history is kept: {}", opened.error().message));
        else
            error_ = opened.error();
        return;
    }
    store_.emplace(std::move(*opened));
    const AccountJoin join = join_accounts(*run.ledger);
    for (const std::uint32_t subject : join.subject_of_account)
        account_ids_.push_back(join.subjects[subject].id);
    identity_ = identify(run.report, *run.ledger, account_ids_);
    // Nothing to keep, and nobody would find it again.
    if (!identity_.id && identity_.domains.empty()) store_.reset();
}

void Memory::fail_with(const Error& error) const {
    error_ = error;
    store_.reset();
}

void Memory::recall(Report& report) const {
    if (!store_) return;
    const auto tenant = store_->find_tenant(identity_);
    if (!tenant) return fail_with(tenant.error());
    if (!*tenant) return;
    auto accounts = store_->accounts(**tenant);
    if (!accounts) return fail_with(accounts.error());
    smtpaudit::recall(report, std::move(*accounts));
}

Result<void> Memory::keep_all(const Report& report) {
    SA_TRY(const std::int64_t tenant, store_->tenant(identity_));
    for (const CounterFamily family : {CounterFamily::messages, CounterFamily::sign_ins}) {
        SA_TRY(const SaveTally tally,
               store_->save(tenant, family, *run_.ledger, account_ids_, report.coverage));
        if (tally.days + tally.kept > 0)
            context_.log.detail(fmt::format(
                "history: {} days of {} kept, {} known as well already", tally.days,
                family == CounterFamily::messages ? "messages" : "sign-ins", tally.kept));
    }
    return store_->save_run(tenant, run_.evidence_id, summary_of(report));
}

void Memory::keep(const Report& report) {
    if (!store_) return;
    if (const auto kept = keep_all(report); !kept) fail_with(kept.error());
}

int Memory::conclude(int code) const {
    if (!error_) return code;
    if (error_->code == Errc::interrupted) {
        context_.log.error("interrupted; the report is written, the history was not kept");
        return context_.world.stop_exit_code ? context_.world.stop_exit_code() : 130;
    }
    context_.log.error(fmt::format("history: {} (the report itself is written)", error_->message));
    return exit_code(Errc::local);
}

}  // namespace smtpaudit
