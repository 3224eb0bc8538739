#include "analysis/acceptance.hpp"

#include "base/ip.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <map>
#include <memory>
#include <set>

namespace smtpaudit {
namespace {

using EntryByKey = std::map<std::string, const AcceptEntry*, std::less<>>;

// The rows below, each with what the list says of it.
class AcceptedRows final : public RowList {
public:
    AcceptedRows(std::shared_ptr<const RowList> inner, std::shared_ptr<const AcceptList> list,
                 const EntryByKey& by_key, Day today)
        : inner_(std::move(inner)), list_(std::move(list)), by_key_(by_key), today_(today) {}

    std::size_t size() const override { return inner_->size(); }
    RowHead head(std::size_t index) const override { return inner_->head(index); }
    std::string id(std::size_t index) const override { return inner_->id(index); }
    Row at(std::size_t index) const override {
        Row row = inner_->at(index);
        row.accepted.reset();
        const auto found = by_key_.find(accept_key(row.id));
        if (found == by_key_.end()) return row;
        const AcceptEntry& entry = *found->second;
        if (entry.until < today_)
            row.notes.push_back(
                fmt::format("was accepted until {}, which has passed", format_day(entry.until)));
        else
            row.accepted = Acceptance{entry.reason, entry.owner, entry.until};
        return row;
    }

private:
    std::shared_ptr<const RowList> inner_;
    std::shared_ptr<const AcceptList> list_;  // what by_key_ points into
    EntryByKey by_key_;
    Day today_;
};

}  // namespace

std::string accept_key(std::string_view id) {
    const std::string folded = fold_case(trim(id));
    const auto address = parse_ip(folded);
    return address ? format_device(address->device_key()) : folded;
}

AcceptTally apply_acceptance(Report& report, const AcceptList& list, Day today) {
    const auto kept = std::make_shared<const AcceptList>(list);
    EntryByKey by_key;
    for (const AcceptEntry& entry : kept->entries) by_key.try_emplace(accept_key(entry.id), &entry);
    AcceptTally tally;
    std::set<const AcceptEntry*> used;
    for (auto* rows : {&report.accounts, &report.devices}) {
        for (std::size_t i = 0; i < (*rows)->size(); ++i) {
            const auto found = by_key.find(accept_key((*rows)->id(i)));
            if (found == by_key.end()) continue;
            used.insert(found->second);
            ++(found->second->until < today ? tally.expired : tally.accepted);
        }
        *rows = std::make_shared<AcceptedRows>(*rows, kept, by_key, today);
    }
    for (const AcceptEntry& entry : kept->entries)
        if (!used.contains(&entry)) tally.unmatched.push_back(entry.place);
    return tally;
}

}  // namespace smtpaudit
