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
    const AccountFacts* facts = nullptr;  // absent: the directory was not read, or does not know it
};

// Ledger accounts joined by user id, then UPN, mail, proxyAddresses (cli.md). Two mailboxes with
// one address keep the first; the address is listed in `ambiguous`.
struct AccountJoin {
    std::vector<AccountSubject> subjects;
    std::vector<std::uint32_t> subject_of_account;  // by ledger account number
    std::vector<std::string> ambiguous;
};
AccountJoin join_accounts(const Ledger& ledger);

}  // namespace smtpaudit
