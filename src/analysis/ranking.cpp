#include "analysis/ranking.hpp"

#include "analysis/announcements.hpp"
#include "analysis/factors.hpp"
#include "analysis/oauth_senders.hpp"
#include "analysis/rank_order.hpp"
#include "analysis/ranking_state.hpp"
#include "analysis/summary.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <tuple>

namespace smtpaudit {
namespace {

class RankedRows final : public RowList {
public:
    RankedRows(std::shared_ptr<const Ranking> ranking, bool devices)
        : ranking_(std::move(ranking)), devices_(devices) {}
    std::size_t size() const override {
        return devices_ ? ranking_->devices().size() : ranking_->accounts().size();
    }
    Row at(std::size_t index) const override {
        return devices_ ? ranking_->device_row(index) : ranking_->account_row(index);
    }
    RowHead head(std::size_t index) const override {
        const Ranked& row = devices_ ? ranking_->devices()[index] : ranking_->accounts()[index];
        return {row.status, row.band, row.priority, row.impact, row.exposure, row.basic_messages};
    }
    std::string id(std::size_t index) const override {
        return devices_ ? ranking_->device_id_at(index) : ranking_->account_id_at(index);
    }

private:
    std::shared_ptr<const Ranking> ranking_;
    bool devices_;
};

std::vector<std::uint32_t> subject_of_key(const Ledger& ledger, const AccountJoin& join) {
    std::vector<std::uint32_t> subjects(ledger.key_count());
    for (std::size_t i = 0; i < subjects.size(); ++i)
        subjects[i] = join.subject_of_account[ledger.key(i).account];
    return subjects;
}

std::vector<std::uint32_t> client_of_key(const Ledger& ledger) {
    std::vector<std::uint32_t> clients(ledger.key_count());
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i] = ledger.key(i).client;
    return clients;
}

Ranked ranked(std::uint32_t subject, const SubjectView& view, const Assessment& a) {
    Ranked row;
    row.subject = subject;
    row.impact = static_cast<std::uint8_t>(a.impact);
    row.exposure = static_cast<std::uint8_t>(a.exposure);
    row.priority = static_cast<std::uint8_t>(a.priority);
    row.priority_low = static_cast<std::uint8_t>(a.priority_low);
    row.priority_high = static_cast<std::uint8_t>(a.priority_high);
    row.band = a.band;
    row.status = view.risk.status;
    row.exposure_low = static_cast<float>(a.exposure_range.low);
    row.exposure_middle = static_cast<float>(a.exposure_range.middle);
    row.exposure_high = static_cast<float>(a.exposure_range.high);
    row.basic_messages = view.profile.messages().basic;
    return row;
}

}  // namespace

Ranking::Ranking(std::shared_ptr<const Ledger> ledger, const std::vector<Coverage>& coverage,
                 RankingOptions options)
    : ledger_(std::move(ledger)),
      options_(std::move(options)),
      span_(make_span(coverage, options_.window_days, options_.table_days.value_or(7),
                      options_.cutoff.date)),
      join_(join_accounts(*ledger_)),
      keys_of_subject_(subject_of_key(*ledger_, join_), join_.subjects.size()),
      keys_of_client_(client_of_key(*ledger_), ledger_->clients().size()),
      accounts_of_subject_(join_.subject_of_account, join_.subjects.size()),
      profiles_(*ledger_, span_),
      board_(ledger_->facts()),
      whereabouts_(*ledger_),
      spray_(find_spray(*ledger_, join_, span_)),
      smtp_use_(*ledger_, join_),
      directory_read_(ledger_->facts().tells_addresses()) {
    rank_accounts();
    rank_devices();
}

void Ranking::set_class(SubjectView& view, std::string_view name) const {
    SubjectClass& found = view.class_;
    if (view.inventory != nullptr && view.inventory->business) {
        found.business = *view.inventory->business;
        found.source = ClassSource::inventory;
    } else if (auto guess = patterns_.guess(name)) {
        found.business = guess->business;
        found.source = ClassSource::guess;
        found.guess = std::move(*guess);
    } else if (view.is_device) {
        found = device_class(view);
    }
    if (found.source != ClassSource::inventory)
        found = class_from_signs(std::move(found),
                                 cadence_of(view.profile.basic(), view.clock, span_,
                                            ledger_->zone() ? &*ledger_->zone() : nullptr),
                                 old_tls_share(view.tls));
}

SubjectView Ranking::account_view(std::uint32_t subject) const {
    SubjectView view;
    view.id = join_.subjects[subject].id;
    if (const std::uint32_t facts = join_.subjects[subject].facts; facts != k_no_entry)
        view.facts = ledger_->facts().read(join_.facts.members(facts));
    view.inventory = options_.inventory->find_account(view.id);
    view.smtp_used = smtp_use_.of_subject(subject);
    const auto accounts = accounts_of_subject_.members(subject);
    view.profile = profiles_.make(keys_of_subject_.members(subject), accounts, LinkBy::client);
    for (const std::uint32_t account : accounts) {
        view.clock.add(ledger_->account_record(account).clock);
        for (std::size_t i = 0; i < k_tls_versions; ++i)
            view.tls[i] += ledger_->account_record(account).tls[i];
        for (std::size_t p = 0; p < k_protocols; ++p) {
            const UndatedCount* table = ledger_->undated(account, static_cast<Measure>(p));
            // A table beside the dated report counts the same messages once more.
            if (table == nullptr || view.profile.measures[p].window > 0) continue;
            for (std::size_t i = 0; i < k_tls_versions; ++i) view.tls[i] += table->tls[i];
        }
    }
    std::set<std::string> countries;
    for (const LinkedUse& use : view.profile.linked)
        if (use.sign_ins_ok > 0)
            for (const std::uint32_t text :
                 ledger_->texts_in(ledger_->clients()[use.number].countries))
                countries.emplace(ledger_->text(text));
    view.countries.assign(countries.begin(), countries.end());
    set_class(view, view.id);
    add_signs(view, subject);
    if (!ledger_->traces().empty()) view.recipients = whereabouts_.recipients(names_of(subject));
    judge(view, span_, options_.now, board_);
    if (directory_read_ && !view.facts) view.marks.emplace_back("sender_only");
    return view;
}

std::vector<std::uint32_t> Ranking::subjects_of(const SubjectView& device) const {
    std::vector<std::uint32_t> subjects;
    for (const LinkedUse& use : device.profile.linked) {
        const std::uint32_t subject = join_.subject_of_account[use.number];
        if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end())
            subjects.push_back(subject);
    }
    return subjects;
}

// A device is what its accounts agree on, as long as nothing better is known.
SubjectClass Ranking::device_class(const SubjectView& view) const {
    std::optional<Business> agreed;
    for (const LinkedUse& use : view.profile.linked) {
        const Business business = business_of_subject_[join_.subject_of_account[use.number]];
        if (agreed && *agreed != business) return {};
        agreed = business;
    }
    if (!agreed || *agreed == Business::unknown) return {};
    SubjectClass found;
    found.business = *agreed;
    found.source = ClassSource::accounts;
    found.by_accounts = true;
    return found;
}

Recipients Ranking::recipients_of(const SubjectView& device) const {
    Recipients all;
    all.domains_known = true;
    for (const std::uint32_t subject : subjects_of(device)) {
        const Recipients one = whereabouts_.recipients(names_of(subject));
        if (!one.are_all_internal()) return {};
        all.all += one.all;
        all.internal += one.internal;
        all.days = std::max(all.days, one.days);
    }
    return all;
}

SubjectView Ranking::device_view(std::uint32_t client) const {
    SubjectView view;
    const ClientRecord& record = ledger_->clients()[client];
    view.is_device = true;
    view.id = device_id(client);
    view.inventory = options_.inventory->find_device(record.key);
    view.profile = profiles_.make(keys_of_client_.members(client), {}, LinkBy::account);
    view.tls = record.tls;
    view.clock = record.clock;
    for (const std::uint32_t text : ledger_->texts_in(record.countries))
        view.countries.emplace_back(ledger_->text(text));
    set_class(view, view.inventory != nullptr ? view.inventory->name : "");
    if (!ledger_->traces().empty()) view.recipients = recipients_of(view);
    judge(view, span_, options_.now, board_);
    return view;
}

// A mailbox that nothing was seen of is listed where Basic would work, and then only if somebody
// looked; the others are counted.
bool Ranking::is_listed(const SubjectView& view, bool is_mailbox_only) const {
    if (!is_mailbox_only && view.profile.outside_window > 0 && !view.profile.first) return false;
    if (view.risk.status != Status::enabled_unused) return true;
    if (view.risk.basic_usable != Ternary::yes) return false;
    return span_.has_report || span_.has_sign_ins;
}

void Ranking::plan_actions(std::vector<ActionSubject> subjects) {
    ActionInput input;
    input.subjects = std::move(subjects);
    input.tenant = &board_.tenant();
    for (const std::uint32_t client : spray_.clients)
        input.spray_addresses.push_back(device_id(client));
    std::sort(input.spray_addresses.begin(), input.spray_addresses.end());
    input.spray_accounts = spray_.subjects.size();
    input.covered_days = span_.covered_days();
    input.next = options_.cutoff.next;
    actions_ = make_actions(input);
}

void Ranking::rank_accounts() {
    std::vector<ActionSubject> action_subjects;
    business_of_subject_.assign(join_.subjects.size(), Business::unknown);
    for (std::uint32_t i = 0; i < join_.subjects.size(); ++i) {
        const SubjectView view = account_view(i);
        if (!is_listed(view, accounts_of_subject_.members(i).empty())) {
            count_mailbox(view, false);
            continue;
        }
        count_mailbox(view, true);
        table_is_used_ |= view.profile.uses_table();
        // What an account is by its own traffic says nothing new of the device that sends it.
        if (view.class_.source == ClassSource::inventory || !view.class_.guess.pattern.empty())
            business_of_subject_[i] = view.class_.business;
        action_subjects.push_back(action_subject(view));
        accounts_.push_back(
            ranked(i, view, assess(view.risk, options_.cutoff.days_left, options_.weights)));
    }
    plan_actions(std::move(action_subjects));
    sort(accounts_, false);
    account_rank_of_subject_.assign(join_.subjects.size(), k_no_client);
    for (std::uint32_t i = 0; i < accounts_.size(); ++i)
        account_rank_of_subject_[accounts_[i].subject] = i;
}

Ranking::WorstAccount Ranking::worst_account(const SubjectView& device) const {
    WorstAccount worst;
    std::set<std::uint32_t> seen;
    for (const LinkedUse& use : device.profile.linked) {
        const std::uint32_t subject = join_.subject_of_account[use.number];
        if (!use.uses_basic() || !seen.insert(subject).second) continue;
        ++worst.accounts;
        const std::uint32_t place = account_rank_of_subject_[subject];
        if (place == k_no_client) continue;
        const Ranked& row = accounts_[place];
        const std::string& id = join_.subjects[subject].id;
        worst.exposure.low = std::max(worst.exposure.low, static_cast<double>(row.exposure_low));
        worst.exposure.high = std::max(worst.exposure.high, static_cast<double>(row.exposure_high));
        const double middle = static_cast<double>(row.exposure_middle);
        const bool worse = worst.id.empty() || middle > worst.exposure.middle ||
                           (middle == worst.exposure.middle && id < worst.id);
        if (!worse) continue;
        worst.exposure.middle = middle;
        worst.id = id;
    }
    return worst;
}

void Ranking::rank_devices() {
    many_machines_.assign(ledger_->clients().size(), false);
    for (std::uint32_t i = 0; i < ledger_->clients().size(); ++i) {
        const SubjectView view = device_view(i);
        if (view.profile.outside_window > 0 && !view.profile.first) continue;
        if (view.has_mark("nat_suspected")) many_machines_[i] = true;
        const WorstAccount worst = worst_account(view);
        devices_.push_back(ranked(i, view,
                                  assess_device(view.risk, worst.exposure, worst.accounts,
                                                options_.cutoff.days_left, options_.weights)));
    }
    sort(devices_, true);
}

void Ranking::sort(std::vector<Ranked>& rows, bool devices) const {
    // Made once: a comparison that made its ids would make each of them some thirty times.
    std::vector<std::string> device_ids;
    if (devices)
        for (std::uint32_t i = 0; i < ledger_->clients().size(); ++i)
            device_ids.push_back(device_id(i));
    const auto id = [&](const Ranked& row) -> std::string_view {
        return devices ? device_ids[row.subject] : join_.subjects[row.subject].id;
    };
    const auto key = [](const Ranked& row) {
        return rank_key(row.priority, row.impact, row.exposure, row.basic_messages);
    };
    std::sort(rows.begin(), rows.end(), [&](const Ranked& a, const Ranked& b) {
        return key(a) != key(b) ? key(a) > key(b) : id(a) < id(b);
    });
}

// What sign-ins show of guessing, and of a policy's refusals.
void Ranking::add_signs(SubjectView& view, std::uint32_t subject) const {
    view.attack = attack_signs(*ledger_, keys_of_subject_.members(subject), span_);
    if (view.attack.success) view.attack_place = device_id(view.attack.success->client);
    view.in_spray = std::binary_search(spray_.subjects.begin(), spray_.subjects.end(), subject);
    for (const std::uint32_t account : accounts_of_subject_.members(subject)) {
        const AccountRecord& record = ledger_->account_record(account);
        if (const RiskTally* risk = ledger_->risk(account)) view.sign_in_risk.add(*risk);
        for (const auto& [code, count] : record.failures)
            if (is_policy_refusal(code)) view.refused_sign_ins += count;
    }
}

void Ranking::count_mailbox(const SubjectView& view, bool is_listed) {
    if (!view.facts || !view.facts->is_mailbox) return;
    if (!mailboxes_) mailboxes_.emplace();
    ++mailboxes_->known;
    if (is_listed) ++mailboxes_->listed;
    ++(view.risk.basic_usable == Ternary::yes  ? mailboxes_->works
       : view.risk.basic_usable == Ternary::no ? mailboxes_->refused
                                               : mailboxes_->unknown);
}

void Ranking::fill(Report& report) {
    if (span_.from && !span_.covered.empty()) {
        report.from = span_.covered.front();
        report.to = span_.to;
    }
    // A table's days count only where there is a table.
    const bool has_days = span_.from || ledger_->has_undated();
    report.covered_days = has_days ? span_.covered_days() : 0;
    report.summary = summarise(*ledger_, span_);
    report.series = daily_series(*ledger_, span_);
    report.summary.accounts = accounts_.size();
    report.summary.devices = devices_.size();
    report.summary.mailboxes = mailboxes_;
    report.actions = std::move(actions_);
    for (const Ranked& row : accounts_) {
        ++report.summary.by_status[static_cast<std::size_t>(row.status)];
        ++report.summary.by_band[static_cast<std::size_t>(row.band)];
    }
    if (ledger_->has_undated() && !table_is_used_)
        report.notes.emplace_back(
            "the table without dates adds nothing: the dated report has all its senders");
    else if (ledger_->has_undated() && !options_.table_days)
        report.notes.emplace_back(
            "a table without dates is taken to cover 7 days, the page's default; if it covers "
            "more, say --period DAYS");
    report.oauth_apps = oauth_senders(*ledger_, join_);
    if (!report.oauth_apps.empty()) report.notes.push_back(oauth_senders_note(report.oauth_apps));
    if (smtp_use_.without_subject() > 0)
        report.notes.push_back(fmt::format(
            "{} more used SMTP in half a year by the usage report, but no evidence here has a "
            "submission of theirs: rank a longer window, or request the report for it",
            smtp_use_.without_subject() == 1
                ? "1 mailbox"
                : fmt::format("{} mailboxes", group_thousands(smtp_use_.without_subject()))));
    add_announcements(ledger_->tenant_facts().announcements, day_of(options_.now), report);
    for (const AddressConflict& conflict : join_.facts.conflicts())
        report.notes.push_back(fmt::format("two accounts of the directory share the address {}",
                                           ledger_->facts().text(conflict.address)));
}

Report rank(std::shared_ptr<const Ledger> ledger, std::vector<Coverage> coverage,
            RankingOptions options) {
    Report report;
    report.generated_at = options.now;
    report.cutoff = options.cutoff;
    report.timeline = options.timeline.milestones;
    report.tenant_id = ledger->tenant_facts().id;
    report.tenant_name = ledger->tenant_facts().name;
    const auto ranking = std::make_shared<Ranking>(std::move(ledger), coverage, std::move(options));
    ranking->fill(report);
    report.coverage = std::move(coverage);
    report.accounts = std::make_shared<RankedRows>(ranking, false);
    report.devices = std::make_shared<RankedRows>(ranking, true);
    return report;
}

}  // namespace smtpaudit
