// The sign-in logs' CSV download of the Entra admin center.
#pragma once

#include "sources/file_kinds.hpp"

namespace smtpaudit {

extern const KindEntry k_sign_in_portal_csv_kind;

}  // namespace smtpaudit
