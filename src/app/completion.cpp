// completion and man: print what is made from the option table.
#include "app/completion.hpp"

#include "app/output.hpp"

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

}  // namespace

Result<int> run_completion(CommandContext& context) {
    const auto& name = context.options.action;
    if (!name)
        return fail(Errc::usage,
                    "completion: for which shell? bash, zsh or fish; see "
                    "\"smtpaudit completion --help\"");
    for (const Shell& shell : k_shells)
        if (shell.name == *name) {
            SA_CHECK(print(context, shell.script(option_table())));
            return 0;
        }
    return fail(Errc::usage, fmt::format("completion: \"{}\" is none of bash, zsh, fish", *name));
}

Result<int> run_man(CommandContext& context) {
    SA_CHECK(print(context, man_page(option_table())));
    return 0;
}

}  // namespace smtpaudit
