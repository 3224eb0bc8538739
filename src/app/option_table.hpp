// The commands and options as data, read off the parser itself: what completions and the manual
// page are made from.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

enum class ValuePlace { elsewhere, file, folder };

struct ValueShape {
    std::string text;  // as the help shows it: "FILE", "table|csv"; may be empty for an argument
    std::vector<std::string> choices;  // words that may stand for it; others too where place is set
    ValuePlace place = ValuePlace::elsewhere;
    bool repeatable = false;
    bool comma_list = false;  // several choices with commas between
    bool before_file = false;  // a choice, "=", and a file
};

struct OptionShape {
    std::string long_name;  // "--output"
    std::string short_name;  // "-o"; empty: none
    std::string help;  // one line
    std::string group;  // its heading in the help
    std::optional<ValueShape> value;  // absent: a flag
};

struct ArgumentShape {
    std::string name;  // "FILE"
    std::string help;
    ValueShape value;
};

struct CommandShape {
    std::string name;  // empty: the program itself, without a command
    std::string help;
    std::string examples;
    std::vector<OptionShape> options;  // in the order of the help, --help among them
    std::vector<ArgumentShape> arguments;  // in their order on the command line
};

// The program itself first, then the commands in the order of all_commands().
std::vector<CommandShape> option_table();

}  // namespace smtpaudit
