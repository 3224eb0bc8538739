// The option table as text for shells and for man. Nothing in it depends on machine or time.
#pragma once

#include "app/commands.hpp"
#include "app/option_table.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

std::string bash_completion(const std::vector<CommandShape>& table);
std::string zsh_completion(const std::vector<CommandShape>& table);
std::string fish_completion(const std::vector<CommandShape>& table);
// roff with the macros of man(7), ASCII only.
std::string man_page(const std::vector<CommandShape>& table);

Result<int> run_completion(CommandContext& context);
Result<int> run_man(CommandContext& context);

}  // namespace smtpaudit
