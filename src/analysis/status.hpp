// The status gate of the risk model: the first that matches.
#pragma once

#include "model/report.hpp"

#include <optional>

namespace smtpaudit {

// What was seen of one account or device. "Last 30 days" and "last 7 days" count back from the
// end of the evidence; evidence without dates has only what it says of the window.
struct Use {
    bool has_dates = true;
    bool basic_in_30_days = false;  // succeeded: messages, or sign-ins where only they are known
    bool basic_in_window = false;
    bool basic_attempt_in_7_days = false;  // succeeded or failed
    bool basic_failed = false;  // any failed Basic sign-in
    // Among them one with the right password that a policy refused: a sender, and no guess.
    bool basic_refused = false;
    bool oauth_in_window = false;
    bool oauth_since_basic = false;  // OAuth on or after the last day of Basic
    bool unknown_in_window = false;  // messages whose protocol the source did not tell
    Ternary basic_usable = Ternary::unknown;  // no: Basic is refused
};

Status decide_status(const Use& use);

}  // namespace smtpaudit
