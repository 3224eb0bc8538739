#include "analysis/subjects.hpp"

#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

// The lower-cased primary address.
std::string primary_address(const FactBook& book, const std::vector<std::uint32_t>& entries) {
    std::uint32_t mail = k_no_text;
    std::uint32_t upn = k_no_text;
    for (const std::uint32_t entry : entries) {
        const FactBook::Names names = book.names(entry);
        if (mail == k_no_text) mail = names.mail;
        if (upn == k_no_text) upn = names.upn;
    }
    if (mail == k_no_text) mail = upn;
    return mail == k_no_text ? std::string() : std::string(book.text(mail));
}

}  // namespace

Groups::Groups(const std::vector<std::uint32_t>& group_of, std::size_t groups)
    : starts_(groups + 1, 0) {
    std::size_t kept = 0;
    for (const std::uint32_t group : group_of) {
        if (group == k_no_client) continue;
        ++starts_[group + 1];
        ++kept;
    }
    for (std::size_t g = 0; g < groups; ++g) starts_[g + 1] += starts_[g];
    members_.resize(kept);
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::uint32_t i = 0; i < group_of.size(); ++i)
        if (group_of[i] != k_no_client) members_[next[group_of[i]]++] = i;
}

std::span<const std::uint32_t> Groups::members(std::size_t group) const {
    return std::span(members_).subspan(starts_[group], starts_[group + 1] - starts_[group]);
}

AccountJoin join_accounts(const Ledger& ledger) {
    const FactBook& book = ledger.facts();
    AccountJoin join{FactJoin(book), {}, {}};
    std::vector<std::uint32_t> subject_of_facts(join.facts.groups(), k_no_entry);
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const std::uint32_t user_id = ledger.account_record(i).user_id;
        std::uint32_t facts = k_no_entry;
        if (user_id != k_no_client) facts = join.facts.find(book, ledger.text(user_id));
        if (facts == k_no_entry) facts = join.facts.find(book, ledger.account_name(i));
        const auto next = static_cast<std::uint32_t>(join.subjects.size());
        std::uint32_t subject = next;
        if (facts != k_no_entry) {
            std::uint32_t& known = subject_of_facts[facts];
            if (known == k_no_entry) known = next;
            subject = known;
        }
        join.subject_of_account.push_back(subject);
        if (subject != next) continue;
        std::string id =
            facts == k_no_entry ? std::string() : primary_address(book, join.facts.members(facts));
        if (id.empty()) id = ledger.account_name(i);
        join.subjects.push_back({std::move(id), facts});
    }
    for (std::uint32_t group = 0; group < join.facts.groups(); ++group) {
        if (subject_of_facts[group] != k_no_entry) continue;
        const auto& entries = join.facts.members(group);
        const bool is_mailbox = std::any_of(entries.begin(), entries.end(), [&](auto entry) {
            return book.names(entry).is_mailbox;
        });
        if (is_mailbox) join.subjects.push_back({primary_address(book, entries), group});
    }
    return join;
}

}  // namespace smtpaudit
