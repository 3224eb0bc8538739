// Pulls live sources side by side and hands their evidence on in one order.
#pragma once

#include "app/session.hpp"
#include "app/source_choice.hpp"
#include "base/time.hpp"
#include "ledger/ledger.hpp"
#include "model/coverage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smtpaudit {

struct LiveEvidence {
    std::vector<Coverage> coverage;  // one for each chosen source, in table order, without notes
    std::vector<std::string> notes;  // "sign-ins: the last 30 minutes are not final"
};

// The window asked for, from inclusive, to exclusive.
struct PullWindow {
    UtcTime from, to;
};

// What sources that ask for each sender need to know (LiveSource::asks_by_sender).
struct SenderQuestion {
    std::vector<std::string> senders;  // what matters most first
    std::uint64_t requests = 0;  // at most
};

// Sources of one budget follow each other, budgets run side by side on a thread each. Rows reach the
// ledger in table order, whatever the timing was; each source is an input of its own, and days that
// it may share with a file are told apart by record id. A stop is Errc::interrupted; nothing else
// fails as a whole: coverage says what is missing. A source that nobody chose by name and that the
// credential may not read is `unavailable`.
Result<LiveEvidence> pull_live(const CommandContext& context, Session& session,
                               const std::vector<ChosenSource>& chosen, PullWindow window,
                               Ledger& ledger, const SenderQuestion& question = {});

}  // namespace smtpaudit
