// Exchange's answers: whatever comes back, only Exchange is asked, and rows are rows of the answer.
#include "fuzz/fuzz.hpp"
#include "fuzz/other_json.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sources/exchange_command.hpp"
#include "sources/report_job.hpp"
#include "sources/settings_row.hpp"
#include "support/fakes.hpp"
#include "support/recording_sink.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit::fuzz {
namespace {

using nlohmann::json;

// Gives the same answer to a few requests, then an empty list.
class OneAnswer final : public HttpClient {
public:
    OneAnswer(int status, std::string_view body) : status_(status), body_(body) {}
    std::size_t asked = 0;

    HttpResult send(const HttpRequest& request, std::stop_token) override {
        const auto url = parse_url(request.url);
        require(url.has_value(), "only a readable URL is asked", request.url);
        require(url->scheme == "https" && !url->userinfo && url->port_or_default() == 443,
                "only https without a user name is asked", request.url);
        require(
            url->host == "outlook.office365.com" || url->host.ends_with(".outlook.office365.com"),
            "only Exchange is asked", request.url);
        // follow_link: the first part of the path stays.
        require(url->path == "/adminapi" || url->path.starts_with("/adminapi/"),
                "only its own service is asked", request.url);
        HttpResponse answer{200, {}, R"({"value":[]})"};
        if (++asked <= 3) answer = {status_, {{"request-id", "8f1c"}}, std::string(body_)};
        return check_body(request, std::move(answer), "outlook.office365.com");
    }

private:
    int status_;
    std::string_view body_;
};

constexpr int k_statuses[] = {200, 200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 503};

void require_problem(const GraphProblem& problem) { require_message(problem.reason); }

void read_settings(SettingsKind kind, const std::vector<std::string>& rows) {
    test::RecordingSink sink;
    SettingsReader reader(kind, "Get-CASMailbox", sink);
    SettingsRow row;
    for (const std::string& text : rows) {
        if (const auto problem = parse_settings_row(text, row)) {
            require_message(problem->what);
            continue;
        }
        if (const auto taken = reader.take(row, 1); !taken) require_message(taken.error().what);
    }
    reader.finish();
    for (const std::string& note : reader.tally().notes()) require_message(note);
}

void check_jobs(const PullContext& context) {
    const auto jobs = list_report_jobs(context);
    if (!jobs) return require_problem(jobs.error());
    for (const ReportJob& job : *jobs) {
        require(!job.is_cut() || job.rows >= k_report_row_limit, "a cut job has the rows for it");
        for (const std::string& text : {job.id, job.title, job.state_text, job.file_url, job.error})
            if (!text.empty()) require_message(text);
        const std::string url = report_download_url(context.exchange_url, job.id);
        require(url.empty() || parse_url(url), "a job's file has a readable URL", url);
    }
}

}  // namespace

void invoke_command(std::string_view bytes) {
    const unsigned status = take_choice(bytes);
    const unsigned choice = take_choice(bytes);
    OneAnswer http(k_statuses[status % std::size(k_statuses)], bytes);
    test::FakeClock clock("2026-11-22T12:00:00Z");
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = "https://graph.microsoft.com",
                        .from = {},
                        .to = {},
                        .progress = {},
                        .stop = {},
                        .exchange_url = "https://outlook.office365.com",
                        .tenant = "contoso.onmicrosoft.com"};
    std::vector<std::string> rows;
    const ExchangeAnswer answer =
        run_exchange_command(context, {ExchangeCmdlet::get_cas_mailbox},
                             [&](std::string_view row) { rows.emplace_back(row); });
    require(answer.rows == rows.size(), "rows are counted");
    require(http.asked <= 4, "an answer that repeats itself ends the walk");
    // A row is cut out by its braces; what is in them is judged by its reader.
    SettingsRow settings;
    for (const std::string& row : rows)
        require(is_json_elsewhere(row).value_or(true) || parse_settings_row(row, settings),
                "what is no object tells no setting", row);
    for (const std::string& warning : answer.warnings) require_message(warning);
    if (answer.problem) {
        require_problem(*answer.problem);
    } else {
        const json body = json::parse(bytes, nullptr, false);
        require(body.is_object(), "an answer is an object");
        require(k_statuses[status % std::size(k_statuses)] == 200, "only a 200 is an answer");
        // Its list has one of two names, in whatever letters (JsonSplitter).
        std::size_t listed = 0;
        for (const auto& [name, list] : body.items())
            if ((equals_ignoring_case(name, "value") || equals_ignoring_case(name, "records")) &&
                list.is_array())
                listed += list.size();
        if (answer.pages == 1) require(rows.size() >= listed, "every row of the list is handed on");
    }
    const Coverage coverage = exchange_coverage("mailboxes", answer, choice % 2 == 0);
    require((coverage.state == CoverageState::complete) == (!answer.problem && !answer.more_rows),
            "only a whole answer is complete");
    read_settings(static_cast<SettingsKind>(choice / 2 % k_settings_kinds), rows);
    check_jobs(context);
}

}  // namespace smtpaudit::fuzz
