// The manual page. Its sections on commands and options come from the option table and the
// settings file's keys; the rest is said here once.
#include "app/completion.hpp"
#include "app/config.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace smtpaudit {
namespace {

struct Entry {
    std::string_view name, text;
};

constexpr Entry k_environment[] = {
    {"AZURE_TENANT_ID", "The tenant, where --tenant is not given"},
    {"AZURE_CLIENT_ID", "The app registration, where --client-id is not given"},
    {"AZURE_CLIENT_SECRET",
     "The secret. It is no option, because arguments are seen by others. That of [tenant.NAME] "
     "alone, and so the passphrase below: with _NAME at the end, in capitals and - as _"},
    {"AZURE_CLIENT_CERTIFICATE_PATH", "PEM or PFX with the private key"},
    {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "The passphrase of that key"},
    {"AZURE_FEDERATED_TOKEN_FILE", "A file that holds a workload's token"},
    {"AZURE_AUTHORITY_HOST", "The cloud by its sign-in host, where --cloud is not given"},
    {"ACTIONS_ID_TOKEN_REQUEST_URL", "Set by GitHub Actions for workload identity"},
    {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "Set by GitHub Actions for workload identity"},
    {"SYSTEM_OIDCREQUESTURI", "Set by Azure Pipelines for workload identity"},
    {"SYSTEM_ACCESSTOKEN", "Handed to the step in Azure Pipelines"},
    {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "The service connection in Azure Pipelines"},
    {"IDENTITY_ENDPOINT", "Set by Azure for a managed identity"},
    {"IDENTITY_HEADER", "Set by Azure for a managed identity"},
    {"IDENTITY_SERVER_THUMBPRINT", "Set by Service Fabric, whose identity is refused"},
    {"HTTPS_PROXY", "The proxy; its password stands only here"},
    {"ALL_PROXY", "The proxy, where HTTPS_PROXY is not set"},
    {"NO_PROXY", "Hosts to be reached without the proxy"},
    {"SSL_CERT_FILE", "PEM file in place of the system's authorities"},
    {"NO_COLOR", "Set to anything: no colours"},
    {"TERM", "dumb: no colours"},
    {"XDG_CONFIG_HOME", "Where the settings file is"},
    {"XDG_STATE_HOME", "Where the history is"},
    {"HOME", "Where both are when the two above are not set"},
};

constexpr Entry k_exit_codes[] = {
    {"0", "Done; nothing at or above --fail-on"},
    {"1", "Findings at or above --fail-on, or new ones under --fail-on-new"},
    {"2", "Usage, configuration or input: bad option, unreadable or unknown file, malformed row"},
    {"3", "Done, but the evidence is incomplete; the report says what is missing. It wins over 1"},
    {"4", "Sign-in or permission: nothing could be read that shows who sends"},
    {"5", "The service: network, TLS, throttling, protocol"},
    {"6", "The output or the local history cannot be written, or memory runs out"},
    {"70", "A bug in smtpaudit"},
    {"130", "Interrupted (SIGINT)"},
    {"143", "Interrupted (SIGTERM)"},
};

// The character at `at`, which is valid UTF-8 (it comes from our own texts), as its number.
unsigned code_point(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    unsigned code = first & (0x3FU >> more);
    for (std::size_t i = 0; i < more && at + 1 < text.size(); ++i)
        code = (code << 6U) | (static_cast<unsigned char>(text[++at]) & 0x3FU);
    return code;
}

// Text as roff: a hyphen is a minus, so that options can be copied; ASCII only.
std::string roff(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else if (c == '\'')
            out += "\\(aq";
        else if (c == '.' && (at == 0 || text[at - 1] == '\n'))
            out += "\\&.";
        else if (static_cast<unsigned char>(c) >= 0x80)
            out += fmt::format("\\[u{:04X}]", code_point(text, at));
        else
            out += c;
    }
    return out;
}

// An argument of a macro: a quote would end it.
std::string argument(std::string_view text) {
    std::string out;
    for (const char c : roff(text)) {
        if (c == '"')
            out += "\\(dq";
        else
            out += c;
    }
    return "\"" + out + "\"";
}

// A long list of choices may be broken at its bars.
std::string breakable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c;
        if (c == '|') out += "\\:";
    }
    return out;
}

std::string entry(std::string_view bold, std::string_view italic, std::string_view text) {
    std::string head = fmt::format("\\fB{}\\fR", roff(bold));
    if (!italic.empty()) head += fmt::format(" \\fI{}\\fR", breakable(roff(italic)));
    return fmt::format(".TP\n{}\n{}.\n", head, roff(text));
}

std::string option_entry(const OptionShape& option) {
    const std::string names = option.short_name.empty()
                                  ? option.long_name
                                  : fmt::format("{}, {}", option.short_name, option.long_name);
    return entry(names, option.value ? option.value->text : "", option.help);
}

bool same_option(const OptionShape& a, const OptionShape& b) {
    return a.long_name == b.long_name && a.help == b.help;
}

// The options that every command has; they are printed once.
std::vector<OptionShape> general_options(const std::vector<CommandShape>& table) {
    std::vector<OptionShape> general;
    for (const OptionShape& option : table.back().options) {
        const bool everywhere =
            std::all_of(table.begin() + 1, table.end(), [&](const CommandShape& command) {
                return std::any_of(
                    command.options.begin(), command.options.end(),
                    [&](const OptionShape& other) { return same_option(option, other); });
            });
        if (everywhere) general.push_back(option);
    }
    return general;
}

struct Printing {
    std::vector<OptionShape> general;
    // Which command's section has the options of a group, by their text.
    std::map<std::string, std::string> printed;
};

// The options in groups; a group that stands above already is named, not printed again.
std::string options_of(const CommandShape& command, Printing& printing) {
    std::vector<std::string> order;
    std::map<std::string, std::string> groups;
    for (const OptionShape& option : command.options) {
        if (std::any_of(printing.general.begin(), printing.general.end(),
                        [&](const OptionShape& other) { return same_option(option, other); }))
            continue;
        if (groups.count(option.group) == 0) order.push_back(option.group);
        groups[option.group] += option_entry(option);
    }
    std::string text;
    for (const std::string& group : order) {
        const auto [first, is_new] = printing.printed.emplace(groups[group], command.name);
        text += fmt::format(".PP\n\\fI{}\\fR", roff(group));
        text += is_new ? "\n" + groups[group]
                       : fmt::format(": as of \\fBsmtpaudit {}\\fR.\n", roff(first->second));
    }
    return text;
}

std::string synopsis(const CommandShape& command) {
    std::string text = fmt::format(".B smtpaudit {}\n[\\fIOPTION\\fR]\\&...", roff(command.name));
    for (const ArgumentShape& argument : command.arguments)
        text += fmt::format("\n[\\fI{}\\fR]{}", roff(argument.name),
                            argument.value.repeatable ? "\\&..." : "");
    return text + "\n.br\n";
}

std::string section(const CommandShape& command, Printing& printing) {
    std::string text =
        fmt::format(".SS {}\n{}.\n", argument("smtpaudit " + command.name), roff(command.help));
    for (const ArgumentShape& argument : command.arguments)
        text += entry(argument.name, argument.value.text, argument.help);
    return text + options_of(command, printing) +
           fmt::format(".PP\n.nf\n.RS 2\n{}\n.RE\n.fi\n", roff(command.examples));
}

template <std::size_t N>
std::string list(const Entry (&entries)[N]) {
    std::string text;
    for (const Entry& one : entries) text += entry(one.name, "", one.text);
    return text;
}

std::string settings() {
    std::string text;
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section)
            text +=
                fmt::format("{}.TP\n\\fB[{}]\\fR\n", text.empty() ? "" : "\n", roff(key.section));
        else
            text += ",\n";
        section = key.section;
        text += roff(key.name);
    }
    return text + "\n";
}

std::string files() {
    return ".SH FILES\n"
           ".TP\n.I $XDG_CONFIG_HOME/smtpaudit/config.toml\n"
           "Settings (TOML), else \\fI~/.config/smtpaudit/config.toml\\fR, or "
           "\\fB\\-\\-config\\fR. "
           "A flag comes before the environment, the environment before this file. Its sections "
           "and keys are long options without their dashes; it never holds a secret:\n.RS\n" +
           settings() +
           ".RE\n.TP\n.I $XDG_STATE_HOME/smtpaudit/history.sqlite\n"
           "The local history, else \\fI~/.local/state/smtpaudit/history.sqlite\\fR; the folder "
           "\\fIsign\\-ins\\fR beside it holds what a scan has pulled. \\fB\\-\\-store none\\fR "
           "keeps nothing.\n"
           ".TP\n.I /usr/share/doc/smtpaudit\n"
           "The documents, and the reports of a made\\-up tenant in \\fIsample\\-reports\\fR.\n";
}

}  // namespace

std::string man_page(const std::vector<CommandShape>& table) {
    const CommandShape& program = table.front();
    std::string text =
        ".\\\" Made by: smtpaudit man\n.TH SMTPAUDIT 1 \"\" \"smtpaudit " +
        roff(SMTPAUDIT_VERSION) +
        "\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\nsmtpaudit \\- rank the accounts and "
        "devices that still send mail through SMTP AUTH with Basic "
        "authentication\n.SH SYNOPSIS\n";
    Printing printing{general_options(table), {}};
    std::string commands;
    for (const CommandShape& command : table) {
        if (command.name.empty()) continue;
        text += synopsis(command);
        commands += section(command, printing);
    }
    text += fmt::format(
        ".SH DESCRIPTION\n{}\n.PP\n"
        "\\fBrank\\fR reads files that were exported from the Exchange and Entra admin centers and "
        "touches no network; \\fBscan\\fR signs in and reads the tenant. Nothing in a tenant is "
        "changed, but for the report jobs that \\fBrequest\\-report\\fR starts when asked. "
        "Data go to standard output, everything else to standard error.\n"
        ".SH COMMANDS\n{}.SH \"GENERAL OPTIONS\"\nOf every command.\n",
        roff(program.help), commands);
    for (const OptionShape& option : printing.general) text += option_entry(option);
    text += ".PP\nOf the program without a command.\n";
    for (const OptionShape& option : program.options)
        if (option.long_name != "--help") text += option_entry(option);
    return text + ".SH \"EXIT STATUS\"\n" + list(k_exit_codes) + ".SH ENVIRONMENT\n" +
           list(k_environment) + files() +
           ".SH \"SEE ALSO\"\n\\fI/usr/share/doc/smtpaudit/README.md\\fR and the pages that it "
           "names.\n";
}

}  // namespace smtpaudit
