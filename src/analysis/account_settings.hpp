// What settings say of an account's exposure: roles, MFA, password, mailbox type, risk.
#pragma once

#include "analysis/risk_model.hpp"
#include "model/facts.hpp"

#include <optional>
#include <string>

namespace smtpaudit {

// Of the directory roles it holds; eligible ones count as held by an administrator. Absent: not
// read, or not completely and none was seen.
std::optional<Privilege> privilege_of(const AccountFacts& facts, const TenantFacts& tenant);
// "Global Administrator (by group), Reports Reader"; empty: none.
std::string role_words(const AccountFacts& facts);
// A shared mailbox that can sign in. Absent: the type or whether it can sign in was not read.
std::optional<bool> shared_with_sign_in(const AccountFacts& facts);
// Absent: risk was not read for this account.
std::optional<RiskState> risk_of(const AccountFacts& facts, const TenantFacts& tenant);

}  // namespace smtpaudit
