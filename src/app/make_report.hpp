// From FILE arguments to a report, for every command that takes them.
#pragma once

#include "app/commands.hpp"
#include "app/evidence.hpp"
#include "model/report.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// A report with what it was made of.
struct MadeRun {
    Report report;
    std::shared_ptr<const Ledger> ledger;  // absent: a run document, nothing was read anew
    std::string evidence_id;  // the same for the same files and options, whatever the time
};
Result<MadeRun> run_from_files(const CommandContext& context,
                               const std::vector<std::string>& files);
Result<MadeRun> run_from_evidence(const CommandContext& context, Evidence evidence,
                                  std::shared_ptr<const Inventory> inventory);

// Evidence is read and ranked; one run document alone is read back as it was.
Result<Report> report_from_files(const CommandContext& context,
                                 const std::vector<std::string>& files);

// Ranks evidence that is already in the ledger.
Result<Report> report_from_evidence(const CommandContext& context, Evidence evidence,
                                    std::shared_ptr<const Inventory> inventory);

// Tripped by any row at or above the band that is not an accepted finding; in a ranking of several
// tenants also for each.
void set_gate(Report& report, std::optional<Band> fail_on);

// UUIDv5 over the input digests, the options that change the result, and now.
std::string run_id(const Evidence& evidence, const CommandContext& context, UtcTime now);

}  // namespace smtpaudit
