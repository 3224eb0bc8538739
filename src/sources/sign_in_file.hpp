// Exported sign-ins in JSON: Graph pages, a bare array, JSON Lines, diagnostic-settings rows.
#pragma once

#include "sources/file_kinds.hpp"
#include "sources/sign_in_record.hpp"

namespace smtpaudit {

extern const KindEntry k_sign_in_json_kind;

// What every file of sign-ins says of itself: source "sign_ins"; from and to are the first and the
// last row of any protocol, rows are those of SMTP.
Coverage sign_in_file_coverage(const SignInTally& tally);

}  // namespace smtpaudit
