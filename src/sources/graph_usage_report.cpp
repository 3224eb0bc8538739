#include "sources/graph_usage_report.hpp"

#include "base/secret.hpp"
#include "base/text.hpp"
#include "model/facts.hpp"
#include "net/url.hpp"
#include "sources/csv.hpp"
#include "sources/graph_object.hpp"
#include "sources/view_source.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

constexpr std::array<Permission, 1> k_permissions = {
    {{"Reports.Read.All", "230c1aed-a721-4c5d-9cb4-a90514e508ef",
      "02e97553-ed7b-43d0-ab3c-f8bace0d040c"}}};

constexpr int k_days = 180;
constexpr std::string_view k_call = "/reports/getEmailAppUsageUserDetail(period='D180')";
constexpr std::size_t k_largest_report = std::size_t{256} * 1024 * 1024;
constexpr int k_tries = 3;
constexpr std::chrono::seconds k_pause{5};

using Body = tl::expected<std::string, GraphProblem>;

// The address that the report waits at. It lets in whoever knows it, for a few minutes, so it is
// neither logged nor part of any message (facts/graph.md 2.2).
tl::expected<Secret, GraphProblem> report_address(const HttpResponse& answer) {
    const auto location = answer.header("Location");
    const auto url = location ? parse_url(*location) : std::nullopt;
    if (!url || url->scheme != "https" || url->userinfo)
        return tl::unexpected(GraphProblem{
            GraphProblemKind::refused_link,
            fmt::format("the report lies at no https address ({}); nothing was sent there",
                        describe_failure(answer))});
    return Secret(std::string(*location));
}

// Through a client that adds no token: the address is not Graph's.
Body download(PullContext& context, const Secret& address) {
    std::string reason = "this program has no way to fetch it";
    for (int tries = 1; context.bare_http != nullptr; ++tries) {
        HttpRequest request;
        request.url = std::string(address.reveal());
        request.headers = {{"Accept", "text/csv"}};
        request.max_body = k_largest_report;
        HttpResult answer = context.bare_http->send(request, context.stop);
        wipe(request.url);
        if (answer && answer->status == 200) return std::move(answer->body);
        if (!answer && answer.error().kind == HttpFailureKind::interrupted)
            return tl::unexpected(GraphProblem{GraphProblemKind::interrupted, "interrupted"});
        reason = answer ? describe_failure(*answer) : "no answer";
        if (tries == k_tries || !context.clock.sleep_for(k_pause, context.stop)) break;
    }
    return tl::unexpected(
        GraphProblem{GraphProblemKind::network,
                     fmt::format("the report could not be fetched ({}); run again later", reason)});
}

Body fetch_from(PullContext& context, std::string_view version) {
    const std::string url = fmt::format("{}/{}{}", context.graph_url, version, k_call);
    HttpResult answer = context.http.send(graph_get(url), context.stop);
    if (answer && answer->status == 200) return std::move(answer->body);
    if (!answer || answer->status != 302)
        return tl::unexpected(graph_problem(answer, PageOrder::first, k_graph_usage_report));
    auto address = report_address(*answer);
    if (!address) return tl::unexpected(std::move(address).error());
    return download(context, *address);
}

// National clouds have the call in beta alone, if at all.
Body fetch_report(PullContext& context) {
    Body body = fetch_from(context, "v1.0");
    if (!body && body.error().kind == GraphProblemKind::no_such_api)
        return fetch_from(context, "beta");
    return body;
}

// Columns have been inserted over the years, so they are found by name.
struct Columns {
    std::size_t user = 0, smtp = 0, refreshed = 0, last_activity = 0;
};
std::optional<std::size_t> column(const std::vector<std::string>& header, std::string_view name) {
    const auto found = std::find_if(header.begin(), header.end(), [&](const std::string& cell) {
        return equals_ignoring_case(cell, name);
    });
    if (found == header.end()) return std::nullopt;
    return static_cast<std::size_t>(found - header.begin());
}

bool is_concealed(std::string_view name) {
    constexpr std::size_t k_length = 32;
    return name.size() == k_length && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

// "2026-11-22" and "2026-11-22T00:00:00Z" are both seen.
std::optional<Day> day_in(std::string_view cell) {
    const auto read = parse_iso_instant(trim(cell));
    if (!read) return std::nullopt;
    return day_of(read->at);
}

struct ReportRows {
    std::vector<MailboxSmtpUse> used;
    std::uint64_t rows = 0, concealed = 0;
    std::optional<Day> refreshed;
};

Result<ReportRows> read_report(std::string_view body, const std::stop_token& stop) {
    CsvOptions options;
    options.stop = stop;
    SA_TRY(CsvReader csv,
           CsvReader::open(std::make_unique<ViewSource>(body), "usage report", options));
    const auto user = column(csv.header(), "User Principal Name");
    const auto smtp = column(csv.header(), "SMTP App");
    const auto refreshed = column(csv.header(), "Report Refresh Date");
    const auto last = column(csv.header(), "Last Activity Date");
    if (!user || !smtp)
        return fail(Errc::input,
                    "usage report: has no column \"User Principal Name\" or \"SMTP App\"");
    ReportRows report;
    for (;;) {
        SA_TRY(const bool more, csv.next());
        if (!more) return report;
        ++report.rows;
        if (refreshed)
            if (const auto day = day_in(csv.field(*refreshed)))
                report.refreshed = report.refreshed ? std::max(*report.refreshed, *day) : *day;
        const std::string_view name = trim(csv.field(*user));
        if (is_concealed(name)) ++report.concealed;
        if (name.empty() || is_concealed(name) || trim(csv.field(*smtp)).empty()) continue;
        MailboxSmtpUse use;
        use.user_principal_name = std::string(name);
        use.days = k_days;
        if (last) use.last_activity = day_in(csv.field(*last));
        report.used.push_back(std::move(use));
    }
}

void conceal(Coverage& coverage, const ReportRows& report, bool chosen_by_name) {
    if (report.concealed == 0) return;
    const bool all = report.concealed == report.rows;
    coverage.reason = fmt::format(
        "{} of its names are concealed, so they cannot be joined with accounts; an administrator "
        "can show them: Microsoft 365 admin center, Settings, Org settings, Reports",
        all ? "all" : group_thousands(report.concealed));
    coverage.state = all && !chosen_by_name ? CoverageState::unavailable : CoverageState::partial;
}

Coverage pull_usage(PullContext& context, EvidenceSink& sink) {
    Coverage coverage;
    coverage.source = k_graph_usage_report.id;
    coverage.state = CoverageState::complete;
    const Body body = fetch_report(context);
    if (!body) {
        end_with(coverage, body.error(), context.chosen_by_name);
        return coverage;
    }
    coverage.files = 1;
    auto report = read_report(*body, context.stop);
    if (!report) {
        end_with(coverage, {GraphProblemKind::bad_answer, report.error().message},
                 context.chosen_by_name);
        return coverage;
    }
    coverage.rows = report->rows;
    if (report->refreshed) {
        coverage.to = UtcTime(*report->refreshed) + std::chrono::days(1);
        coverage.from = *coverage.to - std::chrono::days(k_days);
    }
    conceal(coverage, *report, context.chosen_by_name);
    if (report->rows == 0) coverage.notes.emplace_back("the report has no rows yet");
    coverage.notes.emplace_back(
        "it tells that a mailbox used SMTP, not how often, from where, or whether by Basic or "
        "OAuth; it lags one to two days");
    if (context.progress)
        context.progress({k_graph_usage_report.id, coverage.files, coverage.rows});
    TenantFacts facts;
    for (MailboxSmtpUse& use : report->used) {
        use.refreshed = report->refreshed;
        facts.smtp_used.push_back(std::move(use));
    }
    facts.origin = "Microsoft Graph usage report";
    sink.tenant(facts);
    return coverage;
}

// The 302 alone shows whether the report may be had; it is not fetched.
Coverage probe_usage(PullContext& context) {
    Coverage coverage;
    coverage.source = k_graph_usage_report.id;
    coverage.state = CoverageState::complete;
    for (const std::string_view version : {"v1.0", "beta"}) {
        const HttpResult answer = context.http.send(
            graph_get(fmt::format("{}/{}{}", context.graph_url, version, k_call)), context.stop);
        if (answer && (answer->status == 200 || answer->status == 302)) {
            coverage.state = CoverageState::complete;
            coverage.reason.clear();
            return coverage;
        }
        const GraphProblem problem = graph_problem(answer, PageOrder::first, k_graph_usage_report);
        end_with(coverage, problem, context.chosen_by_name);
        if (problem.kind != GraphProblemKind::no_such_api) return coverage;
    }
    return coverage;
}

}  // namespace

constinit const LiveSource k_graph_usage_report = {
    .id = "usage_report",
    .title = "Email app usage report (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = "Reports Reader or Global Reader",
    .licence = {},
    .retention = "180 days",
    .budget = "graph-reports",
    .pull = pull_usage,
    .probe = probe_usage,
    .tier = "oauth",
};

}  // namespace smtpaudit
