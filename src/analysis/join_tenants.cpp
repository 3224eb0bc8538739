#include "analysis/join_tenants.hpp"

#include "analysis/rank_order.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

namespace smtpaudit {
namespace {

struct Part {
    std::string tenant;
    std::shared_ptr<const RowList> rows;
};

class JoinedRows final : public RowList {
public:
    explicit JoinedRows(std::vector<Part> parts) : parts_(std::move(parts)) {
        for (std::uint32_t part = 0; part < parts_.size(); ++part)
            for (std::size_t i = 0; i < parts_[part].rows->size(); ++i)
                places_.push_back(
                    {key_of(parts_[part].rows->head(i)), part, static_cast<std::uint32_t>(i)});
        // Of equal ones by tenant, and there as they stand.
        std::stable_sort(places_.begin(), places_.end(),
                         [](const Place& a, const Place& b) { return a.key > b.key; });
    }
    std::size_t size() const override { return places_.size(); }
    Row at(std::size_t index) const override {
        const Place& place = places_[index];
        Row row = parts_[place.part].rows->at(place.index);
        row.rank = index + 1;
        row.tenant = parts_[place.part].tenant;
        return row;
    }
    RowHead head(std::size_t index) const override {
        return parts_[places_[index].part].rows->head(places_[index].index);
    }
    std::string id(std::size_t index) const override {
        return parts_[places_[index].part].rows->id(places_[index].index);
    }

private:
    static RankKey key_of(const RowHead& head) {
        return rank_key(head.priority, head.impact, head.exposure, head.basic_messages);
    }
    struct Place {
        RankKey key;
        std::uint32_t part, index;
    };

    std::vector<Part> parts_;
    std::vector<Place> places_;
};

void add(std::optional<double>& sum, const std::optional<double>& value) {
    if (value) sum = sum.value_or(0) + *value;
}

void add(std::optional<MailboxCounts>& sum, const std::optional<MailboxCounts>& more) {
    if (!more) return;
    if (!sum) sum.emplace();
    sum->known += more->known;
    sum->listed += more->listed;
    sum->works += more->works;
    sum->refused += more->refused;
    sum->unknown += more->unknown;
}

void add(MessageCounts& sum, const MessageCounts& more) {
    sum.basic += more.basic;
    sum.oauth += more.oauth;
    sum.unknown += more.unknown;
}

class Joining {
public:
    explicit Joining(Report frame) : out_(std::move(frame)) {}

    void add(TenantRun run);
    Report finish();

private:
    void add_ranked(const std::string& name, Report& report);
    void add_summary(const Summary& summary);
    void add_series(const Report& report);
    void add_notes(const std::string& name, const std::vector<std::string>& notes);

    Report out_;
    std::string run_ids_;
    std::vector<Part> accounts_, devices_;
    double unattributed_basic_ = 0;
    std::uint64_t attributable_basic_ = 0;  // Basic messages of the tenants that tell the share
    std::map<Day, MessageCounts> series_;
    struct Note {
        std::string text;
        std::vector<std::string> tenants;
    };
    std::vector<Note> notes_;
};

void Joining::add(TenantRun run) {
    TenantPart part;
    part.name = run.name;
    run_ids_ += fmt::format("{} {}\n", run.name, run.report ? run.report->run_id : "failed");
    if (run.report) {
        Report& report = *run.report;
        part.id = report.tenant_id;
        for (Coverage& row : report.coverage) {
            row.tenant = run.name;
            out_.coverage.push_back(std::move(row));
        }
    }
    if (run.failure.empty() && run.report) {
        Report& report = *run.report;
        part.from = report.from;
        part.to = report.to;
        part.covered_days = report.covered_days;
        part.summary = report.summary;
        part.gate = report.gate;
        add_ranked(run.name, report);
    } else {
        part.state = CoverageState::failed;
        part.reason = run.failure;
        Coverage row;
        row.source = "tenant";
        row.state = CoverageState::failed;
        row.reason = run.failure;
        row.tenant = run.name;
        out_.coverage.push_back(std::move(row));
    }
    if (part.state == CoverageState::complete &&
        std::any_of(out_.coverage.begin(), out_.coverage.end(), [&](const Coverage& row) {
            return row.tenant == run.name &&
                   (row.state == CoverageState::partial || row.state == CoverageState::failed);
        }))
        part.state = CoverageState::partial;
    out_.tenants.push_back(std::move(part));
}

void Joining::add_ranked(const std::string& name, Report& report) {
    accounts_.push_back({name, report.accounts});
    devices_.push_back({name, report.devices});
    add_summary(report.summary);
    add_series(report);
    add_notes(name, report.notes);
    for (OauthApp& app : report.oauth_apps) {
        app.tenant = name;
        out_.oauth_apps.push_back(std::move(app));
    }
    for (Action& action : report.actions) {
        action.tenant = name;
        out_.actions.push_back(std::move(action));
    }
    for (Remembered& one : report.remembered) {
        one.tenant = name;
        out_.remembered.push_back(std::move(one));
    }
}

void Joining::add_summary(const Summary& more) {
    Summary& sum = out_.summary;
    sum.accounts += more.accounts;
    sum.devices += more.devices;
    smtpaudit::add(sum.messages, more.messages);
    sum.overdue_messages += more.overdue_messages;
    smtpaudit::add(sum.messages_lost_per_day, more.messages_lost_per_day);
    if (more.unattributed_basic_share) {
        const auto basic = static_cast<double>(more.messages.basic);
        unattributed_basic_ += *more.unattributed_basic_share * basic;
        attributable_basic_ += more.messages.basic;
    }
    for (std::size_t i = 0; i < k_statuses; ++i) sum.by_status[i] += more.by_status[i];
    for (std::size_t i = 0; i < k_bands; ++i) sum.by_band[i] += more.by_band[i];
    smtpaudit::add(sum.mailboxes, more.mailboxes);
}

void Joining::add_series(const Report& report) {
    if (report.from) out_.from = std::min(out_.from.value_or(*report.from), *report.from);
    if (report.to) out_.to = std::max(out_.to.value_or(*report.to), *report.to);
    for (const DayCounts& day : report.series) smtpaudit::add(series_[day.day], day.messages);
    out_.covered_days = std::max(out_.covered_days, report.covered_days);
}

void Joining::add_notes(const std::string& name, const std::vector<std::string>& notes) {
    for (const std::string& text : notes) {
        const auto same = std::find_if(notes_.begin(), notes_.end(),
                                       [&](const Note& note) { return note.text == text; });
        if (same == notes_.end())
            notes_.push_back({text, {name}});
        else if (same->tenants.back() != name)
            same->tenants.push_back(name);
    }
}

Report Joining::finish() {
    out_.run_id = name_uuid(run_ids_ + format_utc(out_.generated_at));
    Summary& sum = out_.summary;
    if (const std::uint64_t told = sum.messages.basic + sum.messages.oauth; told > 0)
        sum.basic_share = static_cast<double>(sum.messages.basic) / static_cast<double>(told);
    if (attributable_basic_ > 0)
        sum.unattributed_basic_share =
            unattributed_basic_ / static_cast<double>(attributable_basic_);
    for (const auto& [day, counts] : series_) out_.series.push_back({day, counts});
    // Days that any of them could see.
    out_.covered_days = std::max(out_.covered_days, static_cast<int>(series_.size()));
    for (const Note& note : notes_)
        out_.notes.push_back(note.tenants.size() == accounts_.size()
                                 ? note.text
                                 : fmt::format("{}: {}", names_in_short(note.tenants), note.text));
    std::stable_sort(out_.remembered.begin(), out_.remembered.end(),
                     [](const Remembered& a, const Remembered& b) {
                         const auto key = [](const Remembered& one) {
                             return std::tuple(!one.due, one.due.value_or(Day{}), one.id);
                         };
                         return key(a) < key(b);
                     });
    out_.accounts = std::make_shared<JoinedRows>(std::move(accounts_));
    out_.devices = std::make_shared<JoinedRows>(std::move(devices_));
    return std::move(out_);
}

}  // namespace

Report join_tenants(Report frame, std::vector<TenantRun> runs) {
    Joining joining(std::move(frame));
    for (TenantRun& run : runs) joining.add(std::move(run));
    return joining.finish();
}

}  // namespace smtpaudit
