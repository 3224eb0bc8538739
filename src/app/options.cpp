#include "app/options.hpp"

#include "app/commands.hpp"
#include "app/option_table.hpp"
#include "auth/all_credentials.hpp"
#include "auth/clouds.hpp"
#include "base/text.hpp"
#include "report/writer.hpp"
#include "sources/graph_message_trace.hpp"
#include "sources/live_source.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>

namespace smtpaudit {
namespace {

std::string format_names() {
    std::string names;
    for (const Writer& writer : all_writers())
        names += fmt::format("{}{}", names.empty() ? "" : "|", writer.name);
    return names;
}

constexpr const char* k_bands = "info|low|medium|high|critical";

// What every command that takes evidence knows. Values are checked in settings.cpp, where files
// and defaults are known too.
void add_evidence_options(CLI::App& app, Options& o) {
    app.add_option("--window", o.window, "Days to look back from the end of the evidence (90)")
        ->type_name("DAYS")
        ->group("Evidence");
    app.add_option("--period", o.period, "Days that a table without dates covers (7)")
        ->type_name("DAYS")
        ->group("Evidence");
    app.add_option("--date-format", o.date_format, "How dates like 03/04/2026 are read")
        ->type_name("iso|dmy|mdy")
        ->group("Evidence");
    app.add_option("--columns", o.columns, "More column captions (CSV: column,caption,…)")
        ->type_name("FILE")
        ->group("Evidence");
    app.add_option("--inventory", o.inventory,
                   "What you know: CSV with match,name,class,owner,site")
        ->type_name("FILE")
        ->group("Evidence");
    app.add_option("--products", o.products,
                   "More products that can or cannot do OAuth: CSV with "
                   "name,words,oauth,note,evidence,as_of")
        ->type_name("FILE")
        ->group("Evidence");
    app.add_option("--time-zone", o.time_zone,
                   "Whose office hours and nights: Europe/Paris, or +02:00 (UTC)")
        ->type_name("ZONE")
        ->group("Evidence");
    app.add_option("--now", o.now, "The instant to count days from (default: the clock)")
        ->type_name("INSTANT")
        ->group("Evidence");
}

void add_cutoff_options(CLI::App& app, Options& o) {
    app.add_option("--cutoff", o.cutoff,
                   "The cut-off to rank against: an id of \"smtpaudit timeline\", next, or a date "
                   "(2025-09)")
        ->type_name("ID|next|DATE")
        ->group("Ranking");
    app.add_option("--timeline", o.timeline, "Other milestones than the built-in ones (JSON)")
        ->type_name("FILE")
        ->group("Ranking");
}

void add_ranking_options(CLI::App& app, Options& o) {
    add_cutoff_options(app, o);
    app.add_option("--weights", o.weights, "Other weights than risk-model/1 (TOML)")
        ->type_name("FILE")
        ->group("Ranking");
}

void add_csv_options(CLI::App& app, Options& o) {
    app.add_flag("--csv-raw", o.csv_raw, "No apostrophe before cells that begin with = + - @")
        ->group("Output");
    app.add_flag("--csv-bom", o.csv_bom, "Begin CSV with a UTF-8 mark, for Excel")->group("Output");
}

void add_output_options(CLI::App& app, Options& o) {
    app.add_option("--format", o.format, "What to print (table)")
        ->type_name(format_names())
        ->group("Output");
    app.add_option("-o,--output", o.output, "Write there instead of standard output")
        ->type_name("FILE")
        ->group("Output");
    app.add_option("--out", o.out, "One more output; may be given several times")
        ->type_name("FORMAT=FILE")
        ->group("Output")
        ->allow_extra_args(false);
    app.add_option("--only", o.only, "One section of table, markdown and csv")
        ->type_name("accounts|devices")
        ->group("Output");
    app.add_option("--top", o.top, "Rows of each section; 0 is all (15 on a terminal)")
        ->type_name("N")
        ->group("Output");
    app.add_option("--min-band", o.min_band, "Leave out rows below this band")
        ->type_name(k_bands)
        ->group("Output");
    app.add_flag("--redact", o.redact, "Pseudonyms instead of names, in every format")
        ->group("Output");
    app.add_option("--redact-key", o.redact_key,
                   "The key of the pseudonyms, so that runs have the same ones")
        ->type_name("FILE")
        ->group("Output");
    add_csv_options(app, o);
}

void add_general_options(CLI::App& app, Options& o) {
    app.add_option("--config", o.config, "Settings file (TOML)")
        ->type_name("FILE")
        ->group("General");
    app.add_flag("-q,--quiet", o.quiet, "Only errors and warnings on standard error")
        ->group("General");
    app.add_flag("-v,--verbose", o.verbose, "Say more on standard error")->group("General");
    app.add_flag("--log-json", o.log_json, "Standard error as JSON lines")->group("General");
    app.add_flag("--no-color", o.no_color, "No colours")->group("General");
}

void add_store_option(CLI::App& app, Options& o) {
    app.add_option("--store", o.store,
                   "The local history ($XDG_STATE_HOME/smtpaudit/history.sqlite)")
        ->type_name("FILE|none")
        ->group("General");
}

void add_files(CLI::App& app, Options& o) {
    app.add_option("FILE", o.files, "Exported evidence, folders of it, or - for standard input")
        ->type_name("");
}

void add_accept_option(CLI::App& app, Options& o) {
    app.add_option("--accept", o.accept, "Findings that are accepted for a time (TOML)")
        ->type_name("FILE")
        ->group("Gate");
}

void add_gate_options(CLI::App& app, Options& o) {
    app.add_option("--fail-on", o.fail_on, "Exit 1 if a row is at or above this band")
        ->type_name(k_bands)
        ->group("Gate");
    add_accept_option(app, o);
    app.add_option("--baseline", o.baseline, "An earlier run to compare with (run document)")
        ->type_name("RUN.json")
        ->group("Gate");
    app.add_flag("--fail-on-new", o.fail_on_new,
                 "Exit 1 if something uses Basic that did not in the baseline")
        ->group("Gate");
}

std::string join_names(const std::vector<std::string_view>& names, std::string_view between) {
    std::string text;
    for (const std::string_view name : names)
        text += fmt::format("{}{}", text.empty() ? "" : between, name);
    return text;
}

std::string cloud_choices() {
    std::vector<std::string_view> names;
    for (const Cloud& cloud : all_clouds()) names.push_back(cloud.name);
    return join_names(names, "|");
}

// Of every command that uses the network.
void add_sign_in_options(CLI::App& app, Options& o) {
    const auto add = [&](const char* name, std::optional<std::string>& place, const char* help,
                         const std::string& type) {
        app.add_option(name, place, help)->type_name(type)->group("Signing in");
    };
    SignInOptions& s = o.sign_in;
    add("--tenant", s.tenant,
        "The tenant: its domain, id (AZURE_TENANT_ID) or [tenant.NAME] of the settings file",
        "DOMAIN|ID|NAME");
    add("--client-id", s.client_id, "The app registration: its client id (AZURE_CLIENT_ID)", "ID");
    add("--cloud", s.cloud, "Which Microsoft cloud (global)", cloud_choices());
    add("--auth", s.auth, "How to sign in (auto: what is configured)",
        join_names(auth_choices(), "|"));
    add("--certificate", s.certificate,
        "PEM or PFX with the private key (AZURE_CLIENT_CERTIFICATE_PATH)", "FILE");
    add("--client-secret-file", s.client_secret_file,
        "A file that holds the secret (or AZURE_CLIENT_SECRET)", "FILE");
    add("--federated-token-file", s.federated_token_file,
        "A file that holds a workload's token (AZURE_FEDERATED_TOKEN_FILE)", "FILE");
    add("--proxy", s.proxy, "The proxy (HTTPS_PROXY; its password only there)", "URL");
    add("--ca-bundle", s.ca_bundle, "PEM file in place of the system's authorities (SSL_CERT_FILE)",
        "FILE");
}

void add_all_tenants(CLI::App& app, Options& o) {
    app.add_flag("--all-tenants", o.all_tenants,
                 "Every [tenant.NAME] of the settings file; {tenant} in a path is its name")
        ->group("Signing in");
    app.add_option("--jobs", o.jobs, "Tenants at a time (8)")->type_name("N")->group("Signing in");
}

// Of the commands that make a report from evidence.
void add_message_files(CLI::App& app, Options& o) {
    app.add_option(
           "--eml", o.eml,
           "A message that a device has sent: its headers tell what it calls itself; may be "
           "given several times")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->group("Evidence");
}

void add_rank(CLI::App& app, Options& o) {
    add_files(app, o);
    add_evidence_options(app, o);
    add_message_files(app, o);
    add_ranking_options(app, o);
    add_output_options(app, o);
    add_gate_options(app, o);
    add_store_option(app, o);
}

void add_sources(CLI::App& app, Options& o) {
    std::vector<std::string_view> ids;
    for (const LiveSource& source : all_live_sources()) ids.push_back(source.id);
    app.add_option("--sources", o.sources,
                   fmt::format("Only these, with commas between: {}", join_names(ids, ", ")))
        ->type_name("LIST")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->group("Evidence");
    app.add_option("--sign-ins-from", o.sign_ins_from,
                   "Who counts the sign-ins: Graph row by row (graph), or a service that keeps "
                   "them and sends counts")
        ->type_name("graph|log-analytics:WORKSPACE|hunting")
        ->group("Evidence");
}

void add_scan(CLI::App& app, Options& o) {
    add_rank(app, o);
    add_sources(app, o);
    app.add_flag("--show-query", o.show_query,
                 "Print the queries that --sign-ins-from would send, and end; no network")
        ->group("Evidence");
    app.add_option("--trace-budget", o.trace_budget,
                   fmt::format("Requests that the message trace may send, one or more for each "
                               "sender; 0: none ({})",
                               k_default_trace_budget))
        ->type_name("N")
        ->group("Evidence");
    add_sign_in_options(app, o);
    add_all_tenants(app, o);
}

void add_doctor(CLI::App& app, Options& o) {
    add_sources(app, o);
    add_sign_in_options(app, o);
    add_all_tenants(app, o);
}

void add_explain(CLI::App& app, Options& o) {
    app.add_option("SUBJECT", o.subject, "An account's or device's address")->type_name("");
    add_files(app, o);
    app.add_option("--from", o.from, "The run document of an earlier run")->type_name("RUN.json");
    app.add_option("--tenant", o.sign_in.tenant, "Whose, in a ranking of several tenants")
        ->type_name("NAME");
    app.add_option("--error", o.error_text,
                   "What a reply of the server means: paste the line that the device shows")
        ->type_name("TEXT");
    add_evidence_options(app, o);
    add_ranking_options(app, o);
}

void add_diff(CLI::App& app, Options& o) {
    app.add_option("FILE", o.files, "Two run documents (--format json), the older one first")
        ->type_name("OLD.json NEW.json");
    const auto output = [&](CLI::Option* option) { option->group("Output"); };
    output(app.add_option("--format", o.format, "What to print (table)")
               ->type_name("table|csv|json|markdown"));
    output(app.add_option("-o,--output", o.output, "Write there instead of standard output")
               ->type_name("FILE"));
    output(app.add_option("--top", o.top, "Rows of each section; 0 is all (15 on a terminal)")
               ->type_name("N"));
    add_csv_options(app, o);
    add_accept_option(app, o);
    app.add_flag("--fail-on-new", o.fail_on_new,
                 "Exit 1 if something uses Basic that did not in the old run")
        ->group("Gate");
}

void add_history(CLI::App& app, Options& o) {
    app.add_option("ACTION", o.action, "What to do (show: the trend)")
        ->type_name("show|export|prune|check");
    const auto add = [&](const char* name, auto& place, const char* help, const char* type,
                         const char* group) {
        app.add_option(name, place, help)->type_name(type)->group(group);
    };
    add("--by", o.by, "Lines of the table (week)", "day|week", "Trend");
    add("--last", o.last, "Lines of the table (13 weeks or 30 days); 0 is all", "N", "Trend");
    add("--account", o.account, "One account alone", "ADDRESS", "Trend");
    add("--tenant", o.sign_in.tenant, "Which tenant, where there are several", "NAME|ID", "Trend");
    add("--now", o.now, "The instant to count days from (default: the clock)", "INSTANT", "Trend");
    add_cutoff_options(app, o);
    add("--format", o.format, "What to print (table; of export: csv)", "table|csv|json", "Output");
    add("-o,--output", o.output, "Write there instead of standard output", "FILE", "Output");
    add_csv_options(app, o);
    add("--before", o.before, "Forget the days before this one", "DATE", "Prune");
    add("--keep", o.keep, "Forget all but the last days", "DAYS", "Prune");
    add_store_option(app, o);
}

void add_timeline(CLI::App& app, Options& o) {
    app.add_option("--now", o.now, "The instant to count days from (default: the clock)")
        ->type_name("INSTANT");
    add_cutoff_options(app, o);
}

void add_request_options(CLI::App& app, RequestOptions& r) {
    const auto add = [&](const char* name, auto& place, const char* help, const char* type) {
        auto* option = app.add_option(name, place, help)->type_name(type)->group("Report");
        option->allow_extra_args(false);  // one value each time
    };
    add("--notify", r.notify, "Whom Exchange mails when a file is ready; in an accepted domain",
        "ADDRESS");
    add("--days", r.days, "How many days, up to yesterday or --to (90)", "N");
    add("--from", r.from, "The first day", "DAY");
    add("--to", r.to, "The last day (yesterday)", "DAY");
    add("--slice", r.slice,
        "One job for each day, or one for all; auto: one, and finer ones where it has 100,000 rows",
        "auto|day|whole");
    add("--job", r.jobs, "Look after a job that was started before; starts nothing", "ID");
    app.add_flag("--again", r.again, "Start it although Exchange has a job for the same days")
        ->group("Report");
    app.add_flag("--dry-run", r.dry_run, "Say which jobs would be started; no network")
        ->group("Report");
    app.add_flag("--no-wait", r.no_wait, "Start the jobs and end")->group("Report");
    add("--every", r.every, "Seconds between two looks (60, after ten minutes 300)", "SECONDS");
    add("--max-wait", r.max_wait, "Give up waiting after so many hours (24)", "HOURS");
    add("--watch", r.watch, "Rank the files as they arrive there; the options below are for that",
        "DIR");
}

void add_request_report(CLI::App& app, Options& o) {
    add_request_options(app, o.request);
    add_sign_in_options(app, o);
    add_evidence_options(app, o);
    add_ranking_options(app, o);
    add_output_options(app, o);
    add_gate_options(app, o);
}

void add_completion(CLI::App& app, Options& o) {
    app.add_option("SHELL", o.action, "The shell that the script is for")
        ->type_name("bash|zsh|fish");
}

// The options of each command, besides the general ones; a command without any has no line.
struct CommandOptions {
    std::string_view command;
    void (*add)(CLI::App& app, Options& o);
};
constexpr CommandOptions k_command_options[] = {
    {"rank", add_rank},
    {"scan", add_scan},
    {"doctor", add_doctor},
    {"explain", add_explain},
    {"diff", add_diff},
    {"history", add_history},
    {"timeline", add_timeline},
    {"request-report", add_request_report},
    {"completion", add_completion},
};

void add_command_options(CLI::App& app, std::string_view name, Options& o) {
    for (const CommandOptions& options : k_command_options)
        if (options.command == name) options.add(app, o);
    add_general_options(app, o);
}

// CLI11 puts two empty lines between groups.
std::string tidy_help(std::string text) {
    for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
        text.erase(at, 1);
    return text;
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void add_everything(CLI::App& app, Options& options) {
    app.set_version_flag("--version", "smtpaudit " SMTPAUDIT_VERSION, "Print the version");
    app.require_subcommand(0, 1);
    app.footer(
        "Exit codes: 0 done, 1 findings at or above --fail-on, 2 bad option or input, 3 done "
        "but\nevidence is incomplete, 4 sign-in, 5 service, 6 output or store, 70 a bug.\n"
        "Help on a command: smtpaudit COMMAND --help");
    for (const Command& command : all_commands()) {
        CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.help));
        sub->footer(std::string(command.examples));
        add_command_options(*sub, command.name, options);
    }
}

constexpr const char* k_description =
    "Which accounts and devices still send mail through SMTP AUTH with Basic authentication,\n"
    "ranked by risk against Microsoft's cut-off, with the reason for every point.";

// A word in small letters is a value as it stands; one in capitals stands for a value.
bool is_literal(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool names_file(std::string_view word) {
    return word == "FILE" || word == "FORMAT=FILE" || word.find(".json") != std::string_view::npos;
}

ValueShape value_shape(const CLI::Option& option) {
    ValueShape value;
    value.text = option.get_type_name();
    value.repeatable = option.get_expected_max() > 1;
    for (const std::string_view word : split(value.text, '|')) {
        if (is_literal(word)) value.choices.emplace_back(word);
        if (word == "DIR") value.place = ValuePlace::folder;
        if (names_file(word)) value.place = ValuePlace::file;
    }
    if (value.text == "LIST") {
        value.comma_list = true;
        for (const LiveSource& source : all_live_sources()) value.choices.emplace_back(source.id);
    }
    if (value.text == "FORMAT=FILE") {
        value.before_file = true;
        for (const Writer& writer : all_writers()) value.choices.emplace_back(writer.name);
    }
    return value;
}

OptionShape option_shape(const CLI::Option& option) {
    OptionShape shape;
    for (const std::string& name : option.get_lnames()) shape.long_name = "--" + name;
    for (const std::string& name : option.get_snames()) shape.short_name = "-" + name;
    shape.help = option.get_description();
    shape.group = option.get_group();
    if (option.get_items_expected_max() > 0) shape.value = value_shape(option);
    return shape;
}

CommandShape command_shape(const CLI::App& app) {
    CommandShape shape;
    shape.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) {
            shape.options.push_back(option_shape(*option));
            continue;
        }
        ArgumentShape argument{option->get_name(true), option->get_description(),
                               value_shape(*option)};
        if (argument.name == "FILE") argument.value.place = ValuePlace::file;
        shape.arguments.push_back(std::move(argument));
    }
    return shape;
}

}  // namespace

std::vector<CommandShape> option_table() {
    Options unused;
    CLI::App app(k_description, "smtpaudit");
    add_everything(app, unused);
    std::vector<CommandShape> table{command_shape(app)};
    for (const Command& command : all_commands()) {
        table.push_back(command_shape(*app.get_subcommand(std::string(command.name))));
        table.back().name = command.name;
        table.back().examples = command.examples;
    }
    return table;
}

Result<std::variant<Options, HelpText>> parse_options(const std::vector<std::string>& args) {
    Options options;
    CLI::App app(k_description, "smtpaudit");
    add_everything(app, options);
    // CLI11 takes the last argument first.
    std::vector<std::string> reversed(args.rbegin(), args.rend());
    try {
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        return HelpText{tidy_help(app.help())};  // of the command that was chosen
    } catch (const CLI::CallForVersion& version) {
        return HelpText{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        const std::string command =
            chosen.empty() ? "" : fmt::format(" {}", chosen.front()->get_name());
        return fail(Errc::usage,
                    fmt::format("{}; see \"smtpaudit{} --help\"", one_line(error.what()), command));
    }
    const auto chosen = app.get_subcommands();
    if (!chosen.empty()) options.command = chosen.front()->get_name();
    return options;
}

}  // namespace smtpaudit
