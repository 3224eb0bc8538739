#include "analysis/compare.hpp"

#include "analysis/compare_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <tuple>

namespace smtpaudit {
namespace {

using DigestById = std::map<std::string, RowDigest, std::less<>>;

ComparedRun compared_run(const Report& report) {
    ComparedRun run;
    run.run_id = report.run_id;
    run.generated_at = report.generated_at;
    run.tenant = report.tenant_name ? report.tenant_name : report.tenant_id;
    run.from = report.from;
    run.to = report.to;
    run.covered_days = report.covered_days;
    run.messages_per_day = report.summary.messages_lost_per_day;
    for (std::size_t i = 0; i < k_statuses; ++i) {
        const auto status = static_cast<Status>(i);
        if (sends_with_basic(status) || status == Status::unknown)
            run.will_stop += report.summary.by_status[i];
    }
    return run;
}

// The ratchet of --fail-on-new: mail that would stop and that was not there before.
bool is_finding(const Change& change) {
    if (change.kind != ChangeKind::appeared && change.kind != ChangeKind::relapsed &&
        change.kind != ChangeKind::broken)
        return false;
    const RowState& now = *change.after;
    if (now.accepted) return false;
    // What sent before and is refused now is broken, but not new.
    if (change.kind == ChangeKind::broken && !is_safe(change.before->status)) return false;
    if (!sends_with_basic(now.status) && now.status != Status::unknown) return false;
    return !change.is_device || now.monthly_basic.value_or(k_device_finding) >= k_device_finding;
}

class Comparing {
public:
    Comparing(const Report& before, const Report& after) : before_(before), after_(after) {
        out_.before = compared_run(before);
        out_.after = compared_run(after);
    }

    Comparison compare() {
        section(*before_.accounts, *after_.accounts, false);
        section(*before_.devices, *after_.devices, true);
        sort();
        add_notes();
        return std::move(out_);
    }

private:
    void section(const RowList& old_rows, const RowList& new_rows, bool is_device) {
        DigestById olds;
        for (std::size_t i = 0; i < old_rows.size(); ++i) {
            const Row row = old_rows.at(i);
            olds.emplace(row.id, digest_row(row, before_));
        }
        for (std::size_t i = 0; i < new_rows.size(); ++i) {
            const Row row = new_rows.at(i);
            const RowDigest now = digest_row(row, after_);
            const auto old = olds.find(row.id);
            if (old == olds.end()) {
                add(row.id, is_device, nullptr, &now, only_after(now, is_device, before_));
                continue;
            }
            add(row.id, is_device, &old->second, &now, compare_row(old->second, now, before_));
            olds.erase(old);
        }
        for (const auto& [id, old] : olds)
            add(id, is_device, &old, nullptr, only_before(old, is_device, after_));
    }

    void add(const std::string& id, bool is_device, const RowDigest* old, const RowDigest* now,
             Verdict verdict) {
        if (!verdict.kind) {
            ++out_.unchanged;
            return;
        }
        Change change;
        change.kind = *verdict.kind;
        change.also = std::move(verdict.also);
        change.is_device = is_device;
        change.id = id;
        change.name = now != nullptr ? now->name : old->name;
        if (old != nullptr) change.before = old->state;
        if (now != nullptr) change.after = now->state;
        change.reason = std::move(verdict.reason);
        change.is_finding = is_finding(change);
        out_.new_findings += change.is_finding ? 1 : 0;
        out_.changes.push_back(std::move(change));
    }

    void sort() {
        std::sort(out_.changes.begin(), out_.changes.end(), [](const Change& a, const Change& b) {
            const auto key = [](const Change& c) {
                return std::tuple(c.kind, -(c.after ? c.after : c.before)->priority, c.is_device);
            };
            if (key(a) != key(b)) return key(a) < key(b);
            return a.id < b.id;
        });
    }

    void add_notes() {
        if (before_.to && after_.to && *after_.to < *before_.to)
            out_.notes.push_back(
                fmt::format("the new run's evidence ends {} and the old one's {}: are the two "
                            "swapped?",
                            format_day(*after_.to), format_day(*before_.to)));
        if (before_.cutoff.id != after_.cutoff.id)
            out_.notes.push_back(
                fmt::format("the old run is ranked against {}, the new one against {}: bands "
                            "moved by that too",
                            before_.cutoff.id, after_.cutoff.id));
        if (before_.run_id == after_.run_id) out_.notes.emplace_back("both are the same run");
    }

    const Report& before_;
    const Report& after_;
    Comparison out_;
};

}  // namespace

Comparison compare_reports(const Report& before, const Report& after) {
    return Comparing(before, after).compare();
}

bool are_of_two_tenants(const Report& a, const Report& b) {
    return a.tenant_id && b.tenant_id && *a.tenant_id != *b.tenant_id;
}

}  // namespace smtpaudit
