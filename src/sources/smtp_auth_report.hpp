// The SmtpCSReport download ("Request report" of the admin center's SMTP AUTH clients page): one
// row a submission, with client address and TLS (facts/exchange.md 1.4).
#pragma once

#include "sources/file_kinds.hpp"

namespace smtpaudit {

extern const KindEntry k_smtp_auth_report;

}  // namespace smtpaudit
