// One script for each shell. Choices are plain words (letters, digits, - and _), so only help
// texts have to be quoted.
#include "app/completion.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <map>

namespace smtpaudit {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    for (const char c : text) {
        if (what.find(c) != std::string_view::npos) out += by;
        out += c;
    }
    return out;
}

// --- bash

constexpr std::string_view k_bash_head =
    R"sh(# bash completion for smtpaudit, made by: smtpaudit completion bash
# It needs bash 4 and nothing else.

_smtpaudit_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_smtpaudit_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"; compgen -f -- "$cur")
}

_smtpaudit_folders() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

# What stands before the last comma is kept.
_smtpaudit_list() {
    local before=''
    [[ $cur == *,* ]] && before=${cur%,*},
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
}

_smtpaudit_before_file() {
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -S = -W "$1" -- "$cur")
}

_smtpaudit() {
    local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) command=${COMP_WORDS[1]}
    local prev=${COMP_WORDS[at]} before='' options='' choices='' files=''
    COMPREPLY=()
    # bash takes --option=value and FORMAT=FILE apart at "=".
    if [[ $cur == = || $prev == = ]]; then
        if [[ $cur == = ]]; then cur=''; else at=$((at - 1)); fi
        prev=${COMP_WORDS[at]}
        before=${COMP_WORDS[at - 1]}
        [[ $before == = ]] && before=${COMP_WORDS[at - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        command=''
    fi
    case $command in
)sh";

constexpr std::string_view k_bash_tail = R"sh(    *) return ;;
    esac
    if [[ $cur == -* ]]; then
        _smtpaudit_words "$options"
    elif [[ $files ]]; then
        _smtpaudit_files "$choices"
    else
        _smtpaudit_words "$choices"
    fi
}

complete -F _smtpaudit smtpaudit
)sh";

std::string names(const OptionShape& option, std::string_view between) {
    if (option.short_name.empty()) return option.long_name;
    return fmt::format("{}{}{}", option.short_name, between, option.long_name);
}

// What completes a value: the call of a function above, or nothing.
std::string bash_action(const ValueShape& value) {
    const std::string choices = join(value.choices, " ");
    if (value.before_file) return fmt::format("_smtpaudit_before_file \"{}\"; ", choices);
    if (value.comma_list) return fmt::format("_smtpaudit_list \"{}\"; ", choices);
    if (value.place == ValuePlace::file) return fmt::format("_smtpaudit_files \"{}\"; ", choices);
    if (value.place == ValuePlace::folder) return "_smtpaudit_folders; ";
    return choices.empty() ? "" : fmt::format("_smtpaudit_words \"{}\"; ", choices);
}

std::string bash_command(const CommandShape& command) {
    std::string text = fmt::format("    {})\n", command.name);
    std::map<std::string, std::string> names_by_action;
    std::string options;
    for (const OptionShape& option : command.options) {
        options += (options.empty() ? "" : " ") + names(option, " ");
        if (!option.value) continue;
        if (option.value->before_file)
            text += fmt::format("        case $before in {}) _smtpaudit_files; return ;; esac\n",
                                names(option, " | "));
        std::string& same = names_by_action[bash_action(*option.value)];
        same += (same.empty() ? "" : " | ") + names(option, " | ");
    }
    if (!names_by_action.empty()) text += "        case $prev in\n";
    for (const auto& [action, all] : names_by_action)
        text += fmt::format("        {}) {}return ;;\n", all, action);
    if (!names_by_action.empty()) text += "        esac\n";
    text += fmt::format("        options=\"{}\"\n", options);
    for (const ArgumentShape& argument : command.arguments) {
        if (!argument.value.choices.empty())
            text += fmt::format("        choices=\"{}\"\n", join(argument.value.choices, " "));
        if (argument.value.place == ValuePlace::file) text += "        files=yes\n";
    }
    return text + "        ;;\n";
}

// --- zsh

constexpr std::string_view k_zsh_head = R"sh(#compdef smtpaudit
# zsh completion for smtpaudit, made by: smtpaudit completion zsh

_smtpaudit_file_or() {
    _alternative "words:word:($*)" 'files:file:_files'
}

_smtpaudit_before_file() {
    if compset -P '*='; then
        _files
    else
        compadd -S = -- "$@"
    fi
}

_smtpaudit() {
    local curcontext=$curcontext state line
    typeset -A opt_args
)sh";

constexpr std::string_view k_zsh_tail = R"sh(        esac
        ;;
    esac
}

if [[ $funcstack[1] == _smtpaudit ]]; then
    _smtpaudit "$@"
else
    compdef _smtpaudit smtpaudit
fi
)sh";

std::string zsh_quoted(std::string_view text) {
    std::string out;
    for (const char c : replaced(text, "[]:\\", "\\")) {
        if (c == '\'')
            out += R"('\'')";
        else
            out += c;
    }
    return out;
}

std::string zsh_action(const ValueShape& value) {
    const std::string choices = join(value.choices, " ");
    if (value.before_file) return " _smtpaudit_before_file " + choices;
    if (value.comma_list) return "_values -s , item " + choices;
    if (value.place == ValuePlace::file)
        return choices.empty() ? "_files" : " _smtpaudit_file_or " + choices;
    if (value.place == ValuePlace::folder) return "_files -/";
    return choices.empty() ? " " : fmt::format("({})", choices);
}

std::string zsh_option(const OptionShape& option) {
    const bool takes = option.value.has_value();
    std::string text;
    if (option.short_name.empty())
        text = fmt::format("'{}{}{}", takes && option.value->repeatable ? "*" : "",
                           option.long_name, takes ? "=" : "");
    else
        text = fmt::format("'({} {})'{{{}{},{}{}}}'", option.short_name, option.long_name,
                           option.short_name, takes ? "+" : "", option.long_name, takes ? "=" : "");
    text += fmt::format("[{}]", zsh_quoted(option.help));
    if (takes)
        text += fmt::format(":{}:{}", zsh_quoted(option.value->text), zsh_action(*option.value));
    return text + "'";
}

std::string zsh_argument(const ArgumentShape& argument) {
    return fmt::format("'{}:{}:{}'", argument.value.repeatable ? "*" : "",
                       zsh_quoted(argument.name), zsh_action(argument.value));
}

std::string zsh_arguments(const CommandShape& command, std::string_view indent) {
    std::string text;
    for (const OptionShape& option : command.options)
        text += fmt::format(" \\\n{}    {}", indent, zsh_option(option));
    for (const ArgumentShape& argument : command.arguments)
        text += fmt::format(" \\\n{}    {}", indent, zsh_argument(argument));
    return text;
}

// --- fish

std::string fish_quoted(std::string_view text) { return "'" + replaced(text, "'\\", "\\") + "'"; }

std::string fish_value(const ValueShape& value) {
    std::string choices = join(value.choices, " ");
    if (value.before_file) choices = join(value.choices, "= ") + "=";
    if (value.comma_list) choices = fmt::format("(__fish_append , {})", choices);
    std::string text = value.place == ValuePlace::elsewhere ? " -x" : " -r -F";
    if (value.place == ValuePlace::folder) text = " -x -a '(__fish_complete_directories)'";
    if (!choices.empty()) text += " -a " + fish_quoted(choices);
    return text;
}

std::string fish_option(const OptionShape& option) {
    std::string text;
    if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
    text += " -l " + option.long_name.substr(2);
    if (option.value) text += fish_value(*option.value);
    return text + " -d " + fish_quoted(option.help);
}

}  // namespace

std::string bash_completion(const std::vector<CommandShape>& table) {
    std::string text(k_bash_head);
    std::string first;
    for (const CommandShape& command : table)
        if (!command.name.empty()) first += (first.empty() ? "" : " ") + command.name;
    for (CommandShape command : table) {
        if (command.name.empty()) {
            command.name = "\"\"";
            ArgumentShape names;
            names.value.choices = {first};
            command.arguments.push_back(names);
        }
        text += bash_command(command);
    }
    return text + std::string(k_bash_tail);
}

std::string zsh_completion(const std::vector<CommandShape>& table) {
    std::string text(k_zsh_head);
    std::string commands;
    std::string cases;
    for (const CommandShape& command : table) {
        if (command.name.empty()) {
            text += "    _arguments -C" + zsh_arguments(command, "    ") +
                    " \\\n        '1: :->command' \\\n        '*:: :->argument'\n";
            continue;
        }
        commands += fmt::format("            '{}:{}'\n", command.name, zsh_quoted(command.help));
        cases += fmt::format("        {})\n            _arguments{}\n            ;;\n",
                             command.name, zsh_arguments(command, "            "));
    }
    return text + "    case $state in\n    command)\n        local -a commands=(\n" + commands +
           "        )\n        _describe command commands\n        ;;\n    argument)\n"
           "        case $words[1] in\n" +
           cases + std::string(k_zsh_tail);
}

std::string fish_completion(const std::vector<CommandShape>& table) {
    std::string text =
        "# fish completion for smtpaudit, made by: smtpaudit completion fish\n\n"
        "complete -c smtpaudit -f\n";
    for (const CommandShape& command : table) {
        const std::string when =
            command.name.empty()
                ? "complete -c smtpaudit -n __fish_use_subcommand"
                : fmt::format("complete -c smtpaudit -n '__fish_seen_subcommand_from {}'",
                              command.name);
        if (!command.name.empty())
            text += fmt::format("\ncomplete -c smtpaudit -n __fish_use_subcommand -a {} -d {}\n",
                                command.name, fish_quoted(command.help));
        for (const OptionShape& option : command.options) text += when + fish_option(option) + "\n";
        for (const ArgumentShape& argument : command.arguments) {
            const std::string choices = join(argument.value.choices, " ");
            if (!choices.empty()) text += fmt::format("{} -a {}\n", when, fish_quoted(choices));
            if (argument.value.place == ValuePlace::file) text += when + " -F\n";
        }
    }
    return text;
}

}  // namespace smtpaudit
