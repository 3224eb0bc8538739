// Exchange's own report of SMTP AUTH submissions as a job: started, looked after, fetched by hand
// (facts/exchange.md 1.4, 2.1, 2.2). The type is not documented: Exchange may refuse it.
#pragma once

#include "sources/exchange_command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

constexpr std::string_view k_report_type = "SmtpCSReport";
constexpr std::uint64_t k_report_row_limit = 100'000;  // a file with as many is cut
constexpr std::size_t k_report_jobs_a_day = 250;  // cancelled ones count
constexpr int k_report_days = 90;  // how far back the service goes

enum class JobState : std::uint8_t { waiting, running, done, failed, unknown };

struct ReportJob {
    std::string id;  // a GUID
    std::string title, type;
    JobState state = JobState::unknown;
    std::string state_text;  // Exchange's own word
    std::optional<std::uint64_t> rows;  // of the file; absent: not told
    std::optional<UtcTime> submitted, from, to;  // [from, to)
    std::string file_url;  // empty: not told
    std::string error;  // of a failed job; safe to print

    bool is_over() const { return state == JobState::done || state == JobState::failed; }
    bool is_cut() const { return state == JobState::done && rows && *rows >= k_report_row_limit; }
};

struct ReportJobRequest {
    std::string title;
    UtcTime from, to;  // [from, to)
    std::vector<std::string> notify;  // addresses in accepted domains
};

template <typename T>
using ExchangeResult = tl::expected<T, GraphProblem>;

// Starts one job. The one thing in this program that leaves something behind in a tenant.
ExchangeResult<ReportJob> start_report_job(const PullContext& context,
                                           const ReportJobRequest& request);
// The report jobs of the last ten days, of every type and person.
ExchangeResult<std::vector<ReportJob>> list_report_jobs(const PullContext& context);
// The accepted domains in lower case.
ExchangeResult<std::vector<std::string>> list_accepted_domains(const PullContext& context);

// Where a browser fetches the file of a job; empty: not known for this Exchange host.
std::string report_download_url(std::string_view exchange_url, std::string_view job_id);
// The page with the button that starts the same job by hand; empty: not known.
std::string report_page_url(std::string_view exchange_url);

}  // namespace smtpaudit
