// What to do for many accounts at once, with the commands to paste and to undo. Nothing here is
// ever run by this program.
#pragma once

#include "analysis/subject_view.hpp"
#include "model/report.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// What actions need of one listed account.
struct ActionSubject {
    std::string id;
    Status status = Status::unknown;
    Ternary basic_usable = Ternary::unknown;
    bool uses_oauth = false;
    bool is_known = false;  // not known to be nobody's address (sender_only)
    Setting<bool> mailbox_disabled;
    Setting<std::string> policy;  // as it is assigned now, for undoing
    Business business = Business::unknown;
    std::uint64_t monthly_messages = 0;
    bool in_spray = false;
};

struct ActionInput {
    std::vector<ActionSubject> subjects;  // in rank order
    const TenantFacts* tenant = nullptr;
    std::vector<std::string> spray_addresses;
    std::size_t spray_accounts = 0;
    int covered_days = 0;
    std::optional<NextEnforcement> next;  // the next announced enforcement
};

ActionSubject action_subject(const SubjectView& view);
std::vector<Action> make_actions(const ActionInput& input);

}  // namespace smtpaudit
