// The lines above the rows of the table: whose evidence, the cut-off, what was looked at and what
// would fail. A missing or cut source is never silent.
#pragma once

#include "report/writer.hpp"

#include <cstdint>
#include <string>

namespace smtpaudit {

// Accounts by what happens to them, from the summary.
struct AccountFates {
    std::uint64_t by_basic = 0, refused = 0, unknown = 0;  // these three make up "will stop"
    std::uint64_t not_sending = 0;
    std::uint64_t oauth_only = 0, migrated = 0, already_blocked = 0;
    std::uint64_t will_stop() const { return by_basic + refused + unknown; }
};
AccountFates account_fates(const Summary& summary);

// Plain sentences that every format for people begins with.
std::string period_words(const Report& report);  // "25 Aug – 22 Nov 2026 (90 days covered)"
std::string cutoff_state_words(const Report& report);  // without "Next"
std::string coverage_words(const Coverage& source);  // printable; "report 41,203 rows complete"
// What would fail and what is safe; empty for a report without accounts.
std::string summary_words(const Report& report);

// How many mailboxes could use Basic; empty where none was read.
std::string mailbox_words(const Summary& summary);

// Everything from the tenant to "If Basic stopped today".
std::string table_head(const Report& report, const WriteOptions& options);

// What an empty report means: whether the evidence was complete or nobody can say.
std::string nothing_found(const Report& report);

}  // namespace smtpaudit
