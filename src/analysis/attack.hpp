// Signs of guessing in the sign-ins: on one account, and over many.
#pragma once

#include "analysis/subjects.hpp"
#include "analysis/use_profile.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace smtpaudit {

// The first success from a place that was new to the account, in the days after failures.
struct SuccessAfterFailures {
    std::uint32_t client = k_no_client;
    Day day;
    bool new_country = false;  // false: the address itself had failed, and had never succeeded
};

// How long after a failure a success is taken to belong to it.
constexpr int k_guess_days = 7;

struct AttackSigns {
    std::uint64_t failures = 0;  // in the window
    std::size_t sources = 0;  // addresses they came from
    std::optional<SuccessAfterFailures> success;
};
// `keys`: the counters of one account.
AttackSigns attack_signs(const Ledger& ledger, std::span<const std::uint32_t> keys,
                         const EvidenceSpan& span);

// Addresses that failed at many accounts and succeeded at few of them: a machine with an old
// password fails at its own accounts, and used to succeed there.
constexpr std::size_t k_spray_accounts = 10;
struct Spray {
    std::vector<std::uint32_t> clients;  // ascending
    std::vector<std::uint32_t> subjects;  // the accounts they failed at, ascending
};
Spray find_spray(const Ledger& ledger, const AccountJoin& join, const EvidenceSpan& span);

// Entra's codes for a right password that a policy refused: it is a sender that stopped working,
// and no guess. Conditional Access 5300x, MFA demanded of a client that cannot, security defaults
// 530035.
bool is_policy_refusal(int error_code);

}  // namespace smtpaudit
