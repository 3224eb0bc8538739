// The whole rows of a ranking, made again from the ledger when a writer asks for one.
#include "analysis/factors.hpp"
#include "analysis/ranking_state.hpp"
#include "analysis/remedies.hpp"
#include "analysis/row_notes.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

namespace smtpaudit {

Switches Ranking::switches_of(const SubjectView& view, std::uint32_t subject) const {
    const std::uint32_t facts = join_.subjects[subject].facts;
    std::span<const std::uint32_t> entries;
    if (facts != k_no_entry) entries = join_.facts.members(facts);
    return board_.chain(view.facts.value_or(AccountFacts()), entries, view.switch_input,
                        view.switches);
}

Row Ranking::common_row(const SubjectView& view, const Assessment& a) const {
    const UseProfile& profile = view.profile;
    Row row;
    row.id = view.id;
    row.name =
        view.inventory != nullptr && !view.inventory->name.empty() ? view.inventory->name : view.id;
    row.status = view.risk.status;
    row.band = a.band;
    row.priority = a.priority;
    row.priority_low = a.priority_low;
    row.priority_high = a.priority_high;
    row.impact = a.impact;
    row.exposure = a.exposure;
    row.known_share = a.known_share;
    row.messages = profile.messages();
    for (std::size_t i = 0; i < k_protocols; ++i)
        row.messages_30d[static_cast<Protocol>(i)] = profile.measures[i].last_30;
    row.sign_ins = {profile[Measure::sign_in_ok].window, profile[Measure::sign_in_failed].window,
                    profile[Measure::sign_in_possible].window};
    for (const MeasureUse& use : profile.measures)
        if (use.first_at && (!row.first_seen || *use.first_at < *row.first_seen))
            row.first_seen = use.first_at;
    row.last_basic = profile.basic().last_at;
    row.last_oauth = profile[Measure::messages_oauth].last_at;
    if (const auto& last = profile.basic().last_day; last && *last >= options_.cutoff.date)
        row.overdue_days = days_between(options_.cutoff.date, *last);
    row.tls = view.tls;
    if (view.inventory != nullptr) {
        if (!view.inventory->owner.empty()) row.owner = view.inventory->owner;
        if (!view.inventory->site.empty()) row.site = view.inventory->site;
    }
    row.class_ = class_of(view, *options_.inventory);
    row.remedy = first_remedy(view);
    row.marks = view.marks;
    if (band_of(a.priority_low) != band_of(a.priority_high))
        row.marks.emplace_back("band_could_change");
    row.notes = row_notes(view, span_, *options_.products);
    if (profile.first) row.origins.push_back(ledger_->format_origin(*profile.first));
    if (profile.last) row.origins.push_back(ledger_->format_origin(*profile.last));
    row.why = why_line(view, span_);
    return row;
}

// Every name it was seen to send with.
std::vector<std::string> Ranking::names_of(std::uint32_t subject) const {
    std::vector<std::string> names{join_.subjects[subject].id};
    for (const std::uint32_t account : accounts_of_subject_.members(subject))
        if (ledger_->account_name(account) != names.front())
            names.emplace_back(ledger_->account_name(account));
    return names;
}

Row Ranking::account_row(std::size_t index) const {
    const std::uint32_t subject = accounts_[index].subject;
    const SubjectView view = account_view(subject);
    const Assessment assessment = assess(view.risk, options_.cutoff.days_left, options_.weights);
    Row row = common_row(view, assessment);
    row.rank = index + 1;
    row.factors = account_factors(view, span_, options_.weights, *options_.inventory);
    row.switches = switches_of(view, subject);
    if (view.facts) row.mailbox_type = view.facts->mailbox_type;
    for (const LinkedUse& use : view.profile.linked) {
        row.addresses.push_back(device_id(use.number));
        row.links.push_back(make_link(use, row.addresses.back(), many_machines_[use.number]));
    }
    row.linked = row.addresses;
    row.internal_share = view.recipients.internal_share();
    if (std::string note = whereabouts_.trace_note(names_of(subject)); !note.empty())
        row.notes.push_back(std::move(note));
    std::set<std::string> agents;
    for (const std::uint32_t account : accounts_of_subject_.members(subject)) {
        for (const std::uint32_t text :
             ledger_->texts_in(ledger_->account_record(account).user_agents))
            agents.emplace(ledger_->text(text));
        for (const auto& [code, count] : ledger_->account_record(account).failures)
            row.notes.push_back(
                fmt::format("{} failed sign-ins with error {}", group_thousands(count), code));
    }
    row.user_agents.assign(agents.begin(), agents.end());
    return row;
}

Row Ranking::device_row(std::size_t index) const {
    const std::uint32_t client = devices_[index].subject;
    const SubjectView view = device_view(client);
    const WorstAccount worst = worst_account(view);
    Row row = common_row(view, assess_device(view.risk, worst.exposure, worst.accounts,
                                             options_.cutoff.days_left, options_.weights));
    row.rank = index + 1;
    row.factors = device_factors(view, span_, options_.weights, *options_.inventory,
                                 worst.exposure.middle, worst.id, worst.accounts);
    row.addresses = {view.id};
    const DeviceKey& key = ledger_->clients()[client].key;
    if (const std::string* site = whereabouts_.site_of(key); site != nullptr && !row.site)
        row.site = *site;
    if (const auto* called = whereabouts_.name_of(key)) {
        if (row.name == row.id) row.name = called->name;
        row.notes.push_back(fmt::format("calls itself {} ({})", called->name, called->origin));
    }
    // Names of one account are one link.
    std::map<std::uint32_t, LinkedUse> use_of_subject;
    for (const LinkedUse& use : view.profile.linked)
        join_use(use_of_subject[join_.subject_of_account[use.number]], use);
    for (const std::uint32_t subject : subjects_of(view)) {
        row.linked.push_back(join_.subjects[subject].id);
        row.links.push_back(
            make_link(use_of_subject[subject], row.linked.back(), many_machines_[client]));
    }
    for (const std::uint32_t text : ledger_->texts_in(ledger_->clients()[client].user_agents))
        row.user_agents.emplace_back(ledger_->text(text));
    return row;
}

}  // namespace smtpaudit
