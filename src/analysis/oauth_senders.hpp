// Who may send by SMTP with OAuth, and who used SMTP by the usage report: facts beside the counts,
// never counts.
#pragma once

#include "analysis/subjects.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smtpaudit {

// The grants that were read, each with its user's address in place of the object id where the
// directory knows it.
std::vector<OauthApp> oauth_senders(const Ledger& ledger, const AccountJoin& join);
// One line that names the applications.
std::string oauth_senders_note(const std::vector<OauthApp>& apps);

// The usage report's mailboxes, joined with the accounts of the evidence.
class SmtpUseJoin {
public:
    SmtpUseJoin(const Ledger& ledger, const AccountJoin& join);
    // nullptr: the report does not name it. Lives as long as the ledger.
    const MailboxSmtpUse* of_subject(std::uint32_t subject) const;
    std::uint64_t without_subject() const { return without_subject_; }

private:
    std::vector<const MailboxSmtpUse*> used_;  // by subject; empty: no report
    std::uint64_t without_subject_ = 0;
};

// "used SMTP in the 180 days to 2026-11-22 by the usage report"
std::string smtp_use_note(const MailboxSmtpUse& use);

}  // namespace smtpaudit
