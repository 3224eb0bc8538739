// Everything that is judged and said of one account or device, gathered in one place.
#pragma once

#include "analysis/attack.hpp"
#include "analysis/class_signs.hpp"
#include "analysis/inventory.hpp"
#include "analysis/risk_model.hpp"
#include "analysis/subjects.hpp"
#include "analysis/switches.hpp"
#include "analysis/use_profile.hpp"
#include "analysis/whereabouts.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct SubjectView {
    bool is_device = false;
    std::string id;
    std::optional<AccountFacts> facts;  // of accounts; absent: nothing is known
    const InventoryEntry* inventory = nullptr;  // absent: not in it
    const MailboxSmtpUse* smtp_used = nullptr;  // accounts only; absent: no usage report names it
    UseProfile profile;
    std::array<std::uint64_t, k_tls_versions> tls{};
    ClockFace clock;
    std::vector<std::string> countries;  // of successful sign-ins, sorted
    AttackSigns attack;  // of accounts
    std::string attack_place;  // the address of attack.success
    bool in_spray = false;
    // Of an account's mail. Of a device: that of all its accounts, where every one of them writes to
    // internal recipients alone; which of them it sent the rest of the mail for cannot be told.
    Recipients recipients;
    std::uint64_t refused_sign_ins = 0;  // failed by a policy, with the right password
    SubjectClass class_;
    // Filled by judge():
    RiskInput risk;
    const SwitchBoard* board = nullptr;
    SwitchInput switch_input;
    SwitchAnswer switches;
    std::optional<RiskState> risk_state;  // absent: not read
    std::vector<std::string> marks;  // of marks.hpp, and "sender_only"
    RiskTally sign_in_risk;  // of accounts

    bool has_mark(std::string_view mark) const;
};

// TLS 1.0 and 1.1 of the messages whose version is known.
std::optional<double> old_tls_share(const std::array<std::uint64_t, k_tls_versions>& tls);

// Fills risk, switches and marks from the rest of the view. The view keeps a pointer to the board.
void judge(SubjectView& view, const EvidenceSpan& span, UtcTime now, const SwitchBoard& board);

}  // namespace smtpaudit
