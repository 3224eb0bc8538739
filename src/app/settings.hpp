// Options, environment, config and defaults made into what the commands work with.
#pragma once

#include "analysis/inventory.hpp"
#include "analysis/ranking.hpp"
#include "app/commands.hpp"
#include "base/time_zone.hpp"
#include "report/writer.hpp"
#include "sources/evidence_file.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smtpaudit {

struct EvidenceSettings {
    EvidenceOptions options;
    std::shared_ptr<const Inventory> inventory;
    std::optional<TimeZone> time_zone;  // absent: not told
    // Sources that are pulled live besides: a file of one of them may hold the same rows.
    std::set<std::string, std::less<>> pulled_live;
};

// One output of a run. An empty path is standard output.
struct OutputTarget {
    const Writer* writer = nullptr;
    std::string path;
    WriteOptions options;
};

struct OutputSettings {
    std::vector<OutputTarget> targets;
    std::optional<Band> fail_on;
};

// Each reads the files that its options name; a bad value or file is one line and exit 2.
Result<EvidenceSettings> evidence_settings(const CommandContext& context);
Result<RankingOptions> ranking_options(const CommandContext& context,
                                       std::shared_ptr<const Inventory> inventory);
Result<OutputSettings> output_settings(const CommandContext& context);
// What --top, --only, --min-band and the others say of one output.
Result<WriteOptions> write_options(const CommandContext& context, bool to_screen);
// How text goes to standard output: colour and width by terminal and environment.
WriteOptions screen_options(const CommandContext& context);

}  // namespace smtpaudit
