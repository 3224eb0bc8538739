// Whose counters belong together: accounts joined by the directory, devices by their address.
#pragma once

#include "ledger/ledger.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace smtpaudit {

// Groups of numbers 0…n-1: which members does group g have. Built once, then read.
class Groups {
public:
    Groups() = default;
    // group_of[i] is the group of member i; k_no_client leaves it out.
    Groups(const std::vector<std::uint32_t>& group_of, std::size_t groups);
    std::size_t size() const { return starts_.empty() ? 0 : starts_.size() - 1; }
    std::span<const std::uint32_t> members(std::size_t group) const;

private:
    std::vector<std::uint32_t> starts_, members_;
};

// One account of the report. Its id is the lower-cased primary address.
struct AccountSubject {
    std::string id;
    std::uint32_t facts = k_no_entry;  // group of AccountJoin::facts; k_no_entry: nothing is known
};

// Mailboxes without any use are subjects too, behind the others.
// Ledger accounts joined by user id, then UPN, mail, proxyAddresses (cli.md). Where two accounts of
// a directory have one address, the first keeps it: facts.conflicts().
struct AccountJoin {
    FactJoin facts;
    std::vector<AccountSubject> subjects;
    std::vector<std::uint32_t> subject_of_account;  // by ledger account number
};
AccountJoin join_accounts(const Ledger& ledger);

}  // namespace smtpaudit
