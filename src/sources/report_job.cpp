#include "sources/report_job.hpp"

#include "base/text.hpp"
#include "net/url.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

std::optional<UtcTime> time_of(const json& row, const char* name) {
    const auto read = parse_iso_instant(json_text(row, name));
    return read ? std::optional(read->at) : std::nullopt;
}

std::optional<std::uint64_t> count_of(const json& row, const char* name) {
    const auto found = row.find(name);
    if (found == row.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0)
        return std::nullopt;
    return found->get<std::uint64_t>();
}

// "Done" was seen in code; the other words are common knowledge (facts/exchange.md 2.1).
JobState state_of(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, JobState>, 8> k_states = {{
        {"done", JobState::done},
        {"completed", JobState::done},
        {"notstarted", JobState::waiting},
        {"queued", JobState::waiting},
        {"inprogress", JobState::running},
        {"failed", JobState::failed},
        {"cancelled", JobState::failed},
        {"canceled", JobState::failed},
    }};
    for (const auto& [known, state] : k_states)
        if (equals_ignoring_case(known, word)) return state;
    return JobState::unknown;
}

std::optional<ReportJob> job_of(std::string_view object) {
    constexpr std::size_t k_error_columns = 200;
    const json row = json::parse(object, nullptr, false);
    if (!row.is_object()) return std::nullopt;
    // All of it is shown.
    const auto text = [&](const char* key) { return printable(json_text(row, key)); };
    ReportJob job;
    job.id = ascii_lower(text("JobId"));
    if (job.id.empty()) return std::nullopt;
    job.title = text("ReportTitle");
    job.type = text("ReportType");
    job.state_text = text("Status");
    job.state = state_of(job.state_text);
    job.rows = count_of(row, "Rows");
    if (const auto in_file = count_of(row, "FileRows"); in_file && *in_file > job.rows.value_or(0))
        job.rows = in_file;
    job.submitted = time_of(row, "SubmitDate");
    job.from = time_of(row, "StartDate");
    job.to = time_of(row, "EndDate");
    job.file_url = text("FileUrl");
    job.error = cut_to_width(text("ErrorDescription"), k_error_columns);
    return job;
}

ExchangeResult<std::vector<ReportJob>> run(const PullContext& context,
                                           const ExchangeCommand& command) {
    std::vector<ReportJob> jobs;
    const ExchangeAnswer answer =
        run_exchange_command(context, command, [&](std::string_view object) {
            if (auto job = job_of(object)) jobs.push_back(std::move(*job));
        });
    if (answer.problem) return tl::unexpected(*answer.problem);
    return jobs;
}

struct ReportSite {
    std::string_view exchange_url, download, page;
};
// facts/exchange.md 1.1, 2.2, 2.3.
constexpr std::array<ReportSite, 3> k_sites = {{
    {"https://outlook.office365.com", "https://admin.protection.outlook.com",
     "https://admin.exchange.microsoft.com"},
    {"https://outlook.office365.us", "https://admin.protection.outlook.us",
     "https://admin.exchange.microsoft.us"},
    {"https://outlook-dod.office365.us", "https://admin.protection.outlook.us",
     "https://admin.exchange.microsoft.us"},
}};

const ReportSite* site_of(std::string_view exchange_url) {
    const auto* const found = std::ranges::find(k_sites, exchange_url, &ReportSite::exchange_url);
    return found == k_sites.end() ? nullptr : &*found;
}

}  // namespace

ExchangeResult<ReportJob> start_report_job(const PullContext& context,
                                           const ReportJobRequest& request) {
    const auto jobs = run(context, {ExchangeCmdlet::start_historical_search,
                                    {{"ReportTitle", request.title},
                                     {"ReportType", std::string(k_report_type)},
                                     {"StartDate", format_utc(request.from)},
                                     {"EndDate", format_utc(request.to)},
                                     {"NotifyAddress", request.notify}}});
    if (!jobs) return tl::unexpected(jobs.error());
    if (jobs->size() != 1)
        return tl::unexpected(GraphProblem{GraphProblemKind::bad_answer,
                                           "Exchange did not say which job it started"});
    ReportJob job = jobs->front();
    // What Exchange does not repeat is what was asked for.
    if (!job.from) job.from = request.from;
    if (!job.to) job.to = request.to;
    if (job.title.empty()) job.title = request.title;
    return job;
}

ExchangeResult<std::vector<ReportJob>> list_report_jobs(const PullContext& context) {
    return run(context, {ExchangeCmdlet::get_historical_search});
}

ExchangeResult<std::vector<std::string>> list_accepted_domains(const PullContext& context) {
    std::vector<std::string> domains;
    const ExchangeAnswer answer = run_exchange_command(
        context, {ExchangeCmdlet::get_accepted_domain}, [&](std::string_view object) {
            const json row = json::parse(object, nullptr, false);
            if (!row.is_object()) return;
            if (std::string name = json_text(row, "DomainName"); !name.empty())
                domains.push_back(fold_case(name));
        });
    if (answer.problem) return tl::unexpected(*answer.problem);
    return domains;
}

std::string report_download_url(std::string_view exchange_url, std::string_view job_id) {
    const ReportSite* site = site_of(exchange_url);
    if (site == nullptr) return {};
    return fmt::format("{}/ExtendedReport/Download?Type=OnDemandReport&RequestID={}",
                       site->download, percent_encode(job_id));
}

std::string report_page_url(std::string_view exchange_url) {
    const ReportSite* site = site_of(exchange_url);
    if (site == nullptr) return {};
    return fmt::format("{}/#/reports/smtpauthmailflowdetails", site->page);
}

}  // namespace smtpaudit
