#include "analysis/status.hpp"

namespace smtpaudit {

Status decide_status(const Use& use) {
    const bool refused = use.basic_usable == Ternary::no;
    const bool used = use.basic_in_window;
    // Guesses at an account that refuses Basic are no sender that broke.
    if (refused && (used || use.basic_refused) && use.basic_attempt_in_7_days)
        return Status::blocked_retrying;
    if (refused && used) return Status::already_blocked;
    const bool recent = use.has_dates ? use.basic_in_30_days : used;
    if (recent && use.oauth_in_window) return Status::mixed;
    if (recent) return Status::active_basic;
    if (used && use.oauth_since_basic) return Status::migrated;
    if (used) return Status::dormant_basic;
    if (use.unknown_in_window) return Status::unknown;
    if (use.oauth_in_window) return Status::oauth_only;
    if (use.basic_failed) return Status::attempted;
    return Status::enabled_unused;
}

}  // namespace smtpaudit
