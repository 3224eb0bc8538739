// From FILE arguments to one ledger in which nothing is counted twice.
#pragma once

#include "app/commands.hpp"
#include "app/settings.hpp"
#include "ledger/ledger.hpp"
#include "model/coverage.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace smtpaudit {

struct Evidence {
    std::shared_ptr<Ledger> ledger;
    std::vector<Coverage> coverage;  // one for each file read
    std::vector<std::string> digests;  // SHA-256 of each file, sorted: for the run id
    std::vector<std::string> notes;  // about files as a whole: given twice, overlapping
};

// A folder stands for its files, "-" for standard input. Absent path, the same path kind twice
// ("-"), an empty folder: Errc::input.
Result<std::vector<std::string>> expand_paths(const CommandContext& context,
                                              const std::vector<std::string>& files);

struct RunDocumentText {
    std::string name;
    std::string text;
};

// Reads every file. One run document alone is handed back as its text; among evidence it is
// Errc::input.
Result<std::variant<Evidence, RunDocumentText>> read_inputs(const CommandContext& context,
                                                            const EvidenceSettings& settings,
                                                            const std::vector<std::string>& paths);

}  // namespace smtpaudit
