// The commands: one file each, one line each in all_commands.cpp.
#pragma once

#include "app/options.hpp"
#include "app/status_line.hpp"
#include "app/world.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

#include <span>
#include <string_view>

namespace smtpaudit {

struct CommandContext {
    const Options& options;
    World& world;
    Log& log;
    StatusLine& status;
};

struct Command {
    std::string_view name;
    std::string_view help;  // one line
    std::string_view examples;  // at the end of its --help
    // The exit code of a run that ended as it should; an Error becomes one by exit_code().
    Result<int> (*run)(CommandContext&);
};

std::span<const Command> all_commands();
const Command* find_command(std::string_view name);

Result<int> run_rank(CommandContext& context);
Result<int> run_scan(CommandContext& context);
Result<int> run_doctor(CommandContext& context);
Result<int> run_explain(CommandContext& context);
Result<int> run_diff(CommandContext& context);
Result<int> run_history(CommandContext& context);
Result<int> run_request_report(CommandContext& context);
Result<int> run_timeline(CommandContext& context);
Result<int> run_schema(CommandContext& context);
// Without arguments: where to get the file, and the one command to type next.
Result<int> run_welcome(CommandContext& context);

}  // namespace smtpaudit
