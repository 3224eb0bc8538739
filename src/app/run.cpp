#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/world.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

LogLevel log_level(const Options& options) {
    if (options.quiet) return LogLevel::quiet;
    return options.verbose > 0 ? LogLevel::verbose : LogLevel::normal;
}

int report_error(const Error& error, World& world, Log& log) {
    if (error.code == Errc::closed_pipe) return 0;
    if (error.code == Errc::interrupted) {
        log.error("interrupted; no file was written");
        return world.stop_exit_code ? world.stop_exit_code() : exit_code(error.code);
    }
    log.error(error.message);
    return exit_code(error.code);
}

int print_help(const HelpText& help, World& world, Log& log) {
    auto written = world.out.write(help.text);
    if (written) written = world.out.flush();
    return written ? 0 : report_error(written.error(), world, log);
}

}  // namespace

int run(const std::vector<std::string>& args, World& world) {
    Log first_log(world.err, LogLevel::normal, false);
    const auto parsed = parse_options(args);
    if (!parsed) return report_error(parsed.error(), world, first_log);
    if (const auto* help = std::get_if<HelpText>(&*parsed))
        return print_help(*help, world, first_log);
    const auto merged = with_config(std::get<Options>(*parsed), world);
    if (!merged) return report_error(merged.error(), world, first_log);
    const Options& options = *merged;
    const bool shows_status = world.err_is_terminal && !options.log_json && !options.quiet;
    StatusLine status(world.err, shows_status, world.columns);
    Log log(status, log_level(options), options.log_json);
    CommandContext context{options, world, log, status};
    const Command* command = find_command(options.command);
    const auto result = command == nullptr ? run_welcome(context) : command->run(context);
    return result ? *result : report_error(result.error(), world, log);
}

}  // namespace smtpaudit
