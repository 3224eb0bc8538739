#include "analysis/subjects.hpp"

#include "base/text.hpp"

#include <unordered_map>

namespace smtpaudit {
namespace {

using Lookup = std::unordered_map<std::string, std::uint32_t>;

std::string primary_address(const AccountFacts& facts) {
    return fold_case(facts.mail.empty() ? facts.user_principal_name : facts.mail);
}

// Every name that a source may use for an account, the surer ones first so that they win.
struct Directory {
    Lookup by_id, by_name;
    std::vector<std::string> ambiguous;

    void add(const std::string& name, std::uint32_t number) {
        if (name.empty()) return;
        const auto [entry, is_new] = by_name.try_emplace(fold_case(name), number);
        if (!is_new && entry->second != number) ambiguous.push_back(entry->first);
    }
};

Directory make_directory(const std::vector<AccountFacts>& facts) {
    Directory directory;
    for (std::uint32_t i = 0; i < facts.size(); ++i) {
        if (!facts[i].user_id.empty()) directory.by_id.emplace(fold_case(facts[i].user_id), i);
        directory.add(facts[i].user_principal_name, i);
    }
    for (std::uint32_t i = 0; i < facts.size(); ++i) directory.add(facts[i].mail, i);
    for (std::uint32_t i = 0; i < facts.size(); ++i)
        for (const std::string& address : facts[i].addresses) directory.add(address, i);
    return directory;
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
    const auto& facts = ledger.account_facts();
    Directory directory = make_directory(facts);
    AccountJoin join;
    join.ambiguous = std::move(directory.ambiguous);
    std::unordered_map<std::uint32_t, std::uint32_t> subject_of_facts;
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const std::uint32_t user_id = ledger.account_record(i).user_id;
        auto found = directory.by_id.end();
        if (user_id != k_no_client) found = directory.by_id.find(std::string(ledger.text(user_id)));
        if (found == directory.by_id.end()) {
            found = directory.by_name.find(std::string(ledger.account_name(i)));
            if (found == directory.by_name.end()) {
                join.subject_of_account.push_back(static_cast<std::uint32_t>(join.subjects.size()));
                join.subjects.push_back({std::string(ledger.account_name(i)), nullptr});
                continue;
            }
        }
        const auto [entry, is_new] = subject_of_facts.try_emplace(
            found->second, static_cast<std::uint32_t>(join.subjects.size()));
        if (is_new)
            join.subjects.push_back({primary_address(facts[found->second]), &facts[found->second]});
        join.subject_of_account.push_back(entry->second);
    }
    return join;
}

}  // namespace smtpaudit
