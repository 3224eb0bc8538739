// completion and man: print what is made from the option table.
#include "app/completion.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

struct Shell {
    std::string_view name;
    std::string (*script)(const std::vector<CommandShape>& table);
};
constexpr Shell k_shells[] = {
    {"bash", bash_completion},
    {"zsh", zsh_completion},
    {"fish", fish_completion},
};

Result<int> print(CommandContext& context, const std::string& text) {
    auto written = context.world.out.write(text);
    if (written) written = context.world.out.flush();
    if (!written && written.error().code != Errc::closed_pipe)
        return tl::unexpected(written.error());
    return 0;
}

}  // namespace

Result<int> run_completion(CommandContext& context) {
    const auto& name = context.options.action;
    if (!name)
        return fail(Errc::usage,
                    "completion: for which shell? bash, zsh or fish; see "
                    "\"smtpaudit completion --help\"");
    for (const Shell& shell : k_shells)
        if (shell.name == *name) return print(context, shell.script(option_table()));
    return fail(Errc::usage, fmt::format("completion: \"{}\" is none of bash, zsh, fish", *name));
}

Result<int> run_man(CommandContext& context) { return print(context, man_page(option_table())); }

}  // namespace smtpaudit
