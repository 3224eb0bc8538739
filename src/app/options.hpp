// What the user typed. Absent: not given, so that environment, config and defaults can follow.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace smtpaudit {

// Where to and as whom; what is absent comes from the environment (cli.md, "Signing in"). Secrets
// are no options.
struct SignInOptions {
    std::optional<std::string> tenant, client_id, cloud, auth;
    std::optional<std::string> certificate, client_secret_file, federated_token_file;
    std::optional<std::string> proxy, ca_bundle;
};

// [tenant.NAME] of the settings file: what one would type to scan that tenant alone.
struct TenantTable {
    std::string name;
    std::string place;  // "config.toml:3:1"
    SignInOptions sign_in;  // with its `tenant`
};

// Of request-report.
struct RequestOptions {
    std::optional<int> days, every, max_wait;
    std::optional<std::string> from, to, slice, watch;
    std::vector<std::string> notify, jobs;
    bool no_wait = false, again = false, dry_run = false;
};

struct Options {
    std::string command;  // empty: none given
    std::vector<std::string> files;
    std::optional<std::string> subject;  // of explain

    // Evidence
    std::optional<int> window, period;
    std::optional<std::string> date_format, columns, inventory, products, now, time_zone;
    // Ranking
    std::optional<std::string> cutoff, timeline, weights;
    // Output
    std::optional<std::string> format, output;
    std::vector<std::string> out;  // FORMAT=FILE
    std::optional<std::string> only, min_band;
    std::optional<int> top;
    bool csv_raw = false, csv_bom = false;
    bool redact = false;
    std::optional<std::string> redact_key;
    // Gate
    std::optional<std::string> fail_on, accept, baseline;
    bool fail_on_new = false;
    // explain
    std::optional<std::string> from, error_text;
    // Commands that use the network
    RequestOptions request;
    SignInOptions sign_in;
    SignInOptions configured_sign_in;  // of the settings file: the environment comes before it
    std::vector<TenantTable> tenants;  // of the settings file, by name
    std::optional<std::string> tenant_name;  // of the table that `sign_in` was filled from
    bool all_tenants = false;
    std::optional<int> jobs;
    std::vector<std::string> eml;  // messages whose headers are read
    std::optional<int> trace_budget;
    std::vector<std::string> sources;  // live sources by id; empty: not chosen by name
    std::optional<std::string> sign_ins_from;  // graph, hunting, log-analytics:WORKSPACE
    bool show_query = false;
    // history
    std::optional<std::string> action;  // export, prune, check (absent: show); a shell
    std::optional<std::string> account, by, before;
    std::optional<int> keep, last;
    // General
    std::optional<std::string> config, store;
    int verbose = 0;
    bool quiet = false, log_json = false, no_color = false;
};

// The text of --help or --version: to be printed, exit 0.
struct HelpText {
    std::string text;
};

// A bad option or value is Errc::usage, in one line that says which and where the help is.
Result<std::variant<Options, HelpText>> parse_options(const std::vector<std::string>& args);

}  // namespace smtpaudit
