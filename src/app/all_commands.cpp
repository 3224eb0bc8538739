#include "app/commands.hpp"
#include "app/completion.hpp"

#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

constexpr std::array k_commands = {
    Command{"rank", "Rank accounts and devices from exported files (no network)",
            R"(Examples:
  smtpaudit rank SmtpCSReport.csv                      the ranking on the terminal
  smtpaudit rank reports/ --inventory devices.csv      a folder means all its files
  smtpaudit rank *.csv --format csv -o worklist.csv
  smtpaudit rank *.csv --out json=run.json --out html=report.html
  smtpaudit rank *.csv --redact --format html -o for-the-vendor.html
  smtpaudit rank *.csv --fail-on high                  exit 1 if a row is high or critical
  zcat report.csv.gz | smtpaudit rank -
  smtpaudit rank run.json --format csv                 an earlier result in another format)",
            run_rank},
    Command{"scan", "Sign in to the tenant, pull the evidence, and rank it",
            R"(Examples:
  export AZURE_CLIENT_SECRET=…
  smtpaudit scan --tenant contoso.onmicrosoft.com --client-id ID
  smtpaudit scan --tenant contoso.onmicrosoft.com --client-id ID --certificate key.pem
  smtpaudit scan … SmtpCSReport.csv                    with the report: messages and sign-ins
  smtpaudit scan … --sources sign_ins --window 7
  smtpaudit scan --all-tenants --out html=all.html --out json=runs/{tenant}.json
Nothing in the tenant is changed. What the app needs: smtpaudit doctor; docs/setup.md.)",
            run_scan},
    Command{"doctor", "Who am I, what may I read, and how to grant what is missing",
            R"(Examples:
  smtpaudit doctor --tenant contoso.onmicrosoft.com --client-id ID
  smtpaudit doctor … --sources sign_ins,users
Exit codes: 0 all there, 3 some missing, 4 nothing works.)",
            run_doctor},
    Command{"request-report", "Start Exchange's own report, wait for it, say where to fetch it",
            R"(Examples:
  smtpaudit request-report --notify mailops@contoso.com        90 days; links when it is done
  smtpaudit request-report --notify mailops@contoso.com --days 7 --slice day
  smtpaudit request-report --job 0c3f… --watch ~/Downloads     rank the files as they arrive
It starts jobs in Exchange (Start-HistoricalSearch), the one thing smtpaudit does that is not
read-only: each mails the addresses and counts towards 250 a day. See docs/request-report.md.)",
            run_request_report},
    Command{"explain", "One account or device: every point with its evidence, and the remedy",
            R"(Examples:
  smtpaudit explain scan@contoso.com --from run.json
  smtpaudit explain 203.0.113.7 SmtpCSReport.csv)",
            run_explain},
    Command{"diff", "What changed between two runs: new, gone, migrated, relapsed, louder, quieter",
            R"(Examples:
  smtpaudit diff monday.json today.json
  smtpaudit diff baseline.json run.json --fail-on-new   exit 1 if something new uses Basic
  smtpaudit diff baseline.json run.json --format markdown)",
            run_diff},
    Command{"history", "Trend and burn-down from the local history; export, prune, check",
            R"(Examples:
  smtpaudit history                                the last weeks, the burn-down, the forecast
  smtpaudit history --by day --last 60
  smtpaudit history --account scan@contoso.com
  smtpaudit history export --format csv -o history.csv
  smtpaudit history prune --keep 400               forget what is older than 400 days
  smtpaudit history check)",
            run_history},
    Command{"timeline", "Microsoft's dates: what was superseded, what comes next, days left",
            R"(Examples:
  smtpaudit timeline
  smtpaudit timeline --cutoff next)",
            run_timeline},
    Command{"schema", "JSON Schema (2020-12) of the run document",
            R"(Example:
  smtpaudit schema > run-document.schema.json)",
            run_schema},
    Command{"completion", "A script that completes commands, options and values in your shell",
            R"(Examples:
  source <(smtpaudit completion bash)                  in ~/.bashrc
  smtpaudit completion zsh > ~/.zfunc/_smtpaudit       a folder of $fpath
  smtpaudit completion fish > ~/.config/fish/completions/smtpaudit.fish
The Debian package brings all three.)",
            run_completion},
    Command{"man", "This program's manual page, for man",
            R"(Example:
  smtpaudit man > smtpaudit.1 && man -l smtpaudit.1)",
            run_man},
};

}  // namespace

std::span<const Command> all_commands() { return k_commands; }

const Command* find_command(std::string_view name) {
    const auto* const found =
        std::find_if(k_commands.begin(), k_commands.end(),
                     [&](const Command& command) { return command.name == name; });
    return found == k_commands.end() ? nullptr : found;
}

}  // namespace smtpaudit
