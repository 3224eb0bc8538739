// --redact: what leaves the program holds pseudonyms.
#pragma once

#include "app/commands.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/report.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit {

// The paths that sentences of a report may quote.
std::vector<std::string> named_files(const CommandContext& context);

class Redactor {
public:
    // The key is random, or of the file, which must be this user's alone (Errc::input otherwise).
    static Result<Redactor> make(const CommandContext& context, std::vector<std::string> files);
    // The report as it may be written: itself without --redact and --redact-key.
    Report report_to_write(const Report& report) const;

private:
    Redactor(std::optional<Secret> key, std::vector<std::string> files)
        : key_(std::move(key)), files_(std::move(files)) {}

    std::optional<Secret> key_;
    std::vector<std::string> files_;
};

}  // namespace smtpaudit
