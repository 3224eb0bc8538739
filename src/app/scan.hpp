// The scan of one tenant in its steps, so that several can go side by side and end together.
#pragma once

#include "analysis/ranking.hpp"
#include "app/commands.hpp"
#include "app/evidence.hpp"
#include "app/finish.hpp"
#include "app/make_report.hpp"
#include "app/session.hpp"
#include "app/settings.hpp"
#include "app/source_choice.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace smtpaudit {

struct ScanSettings {
    FinishSettings finish;
    EvidenceSettings evidence;
    RankingOptions ranking;
    std::vector<ChosenSource> sources;  // asked at once
    std::vector<ChosenSource> by_sender;  // asked when the senders are known
    std::uint64_t trace_budget = 0;
};

// All that can be wrong without asking anybody.
Result<ScanSettings> scan_settings(const CommandContext& context);
// What the FILEs tell; without any an empty ledger. A run document is a result and no evidence:
// Errc::input.
Result<Evidence> read_scan_files(const CommandContext& context, const EvidenceSettings& settings);

struct Scan {
    MadeRun run;
    std::optional<Errc> nothing;  // nothing shows who sends: whose doing it is
};
// Signs in, pulls, ranks. An error only where nobody signed in, or at a stop; else coverage says
// what is missing.
Result<Scan> scan_tenant(const CommandContext& context, const ScanSettings& settings,
                         Session& session, Evidence evidence);

// Of --all-tenants.
Result<int> scan_all_tenants(CommandContext& context);

}  // namespace smtpaudit
