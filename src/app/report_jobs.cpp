#include "app/report_jobs.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

TimeSpan span_of(const ReportJob& job) {
    return {job.from.value_or(UtcTime{}), job.to.value_or(UtcTime{})};
}

std::string state_words(const ReportJob& job) {
    switch (job.state) {
        case JobState::waiting: return "waiting";
        case JobState::running: return "running";
        case JobState::done: return "done";
        case JobState::failed: return "failed";
        case JobState::unknown: break;
    }
    constexpr std::size_t k_columns = 12;
    return job.state_text.empty() ? "unknown" : cut_to_width(job.state_text, k_columns);
}

// Nobody knows whether the job was started: no answer, or one that cannot be read.
bool is_unclear(GraphProblemKind kind) {
    return kind == GraphProblemKind::slow || kind == GraphProblemKind::network ||
           kind == GraphProblemKind::bad_answer || kind == GraphProblemKind::service;
}

}  // namespace

Error ReportJobs::error_of(const GraphProblem& problem) const {
    using enum GraphProblemKind;
    if (problem.kind == interrupted) return {Errc::interrupted, problem.reason};
    const std::string page = report_page_url(pull_.exchange_url);
    const std::string button =
        page.empty()
            ? "or use \"Request report\" in the Exchange admin center (Reports, Mail flow, "
              "SMTP AUTH clients)"
            : fmt::format("or use the button \"Request report\" at {}", page);
    if (problem.kind == permission || problem.kind == sign_in) {
        // Global Reader starts no job: another way out than for settings.
        const std::string what =
            problem.reason.substr(0, problem.reason.find("; grant the app an"));
        const bool lacks_role = what.size() < problem.reason.size();
        return {
            Errc::sign_in,
            fmt::format("{}{}; {}", what,
                        lacks_role ? "; grant the app an Exchange role group that holds it (see "
                                     "docs/request-report.md)"
                                   : "",
                        button)};
    }
    if (problem.kind == refused)
        return {Errc::service,
                fmt::format("{}; the report type {} is not documented and Exchange "
                            "may not take it: {}",
                            problem.reason, k_report_type, button.substr(button.find("use ")))};
    return {Errc::service, fmt::format("{}; {}", problem.reason, button)};
}

Result<void> ReportJobs::look_around() {
    auto jobs = list_report_jobs(pull_);
    if (!jobs) return tl::unexpected(error_of(jobs.error()));
    known_ = std::move(*jobs);
    return {};
}

Result<void> ReportJobs::check_domains(const std::vector<std::string>& notify) {
    const auto domains = list_accepted_domains(pull_);
    if (!domains) {
        if (domains.error().kind == GraphProblemKind::interrupted)
            return tl::unexpected(error_of(domains.error()));
        context_.log.detail(
            fmt::format("the accepted domains were not read: {}", domains.error().reason));
        return {};
    }
    for (const std::string& address : notify) {
        const std::string domain = fold_case(address.substr(address.find('@') + 1));
        if (std::ranges::find(*domains, domain) == domains->end())
            return fail(Errc::usage,
                        fmt::format("--notify {}: {} is not an accepted domain of the tenant; take "
                                    "an address in one of {}",
                                    address, domain, join(*domains, ", ")));
    }
    return {};
}

void ReportJobs::track(ReportJob job) {
    const TimeSpan span = span_of(job);
    tracked_.push_back({std::move(job), span, false});
}

Result<void> ReportJobs::adopt(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        const auto found = std::ranges::find(known_, ascii_lower(id), &ReportJob::id);
        if (found == known_.end())
            return fail(Errc::usage,
                        fmt::format("--job {}: Exchange knows no such job; it lists jobs for ten "
                                    "days",
                                    id));
        if (found->type != k_report_type)
            return fail(Errc::usage, fmt::format("--job {}: it is a {} job, not a {}", id,
                                                 found->type, k_report_type));
        track(*found);
    }
    return {};
}

const ReportJob* ReportJobs::find_same(TimeSpan span) const {
    const auto found = std::ranges::find_if(known_, [&](const ReportJob& job) {
        return job.type == k_report_type && job.state != JobState::failed && job.from && job.to &&
               span_of(job) == span;
    });
    return found == known_.end() ? nullptr : &*found;
}

bool ReportJobs::quota_is_spent() const {
    const UtcTime since = context_.world.clock.now() - std::chrono::hours(24);
    const auto today = std::ranges::count_if(
        known_, [&](const ReportJob& job) { return job.submitted && *job.submitted > since; });
    return static_cast<std::size_t>(today) + started_ >= k_report_jobs_a_day;
}

Result<void> ReportJobs::start_one(TimeSpan slice, const std::vector<std::string>& notify) {
    const ReportJobRequest request{fmt::format("smtpaudit {}", span_text(slice)), slice.from,
                                   slice.to, notify};
    auto job = start_report_job(pull_, request);
    if (job) {
        ++started_;
        context_.log.note(fmt::format("started job {} for {}", job->id, span_text(slice)));
        track(std::move(*job));
        return {};
    }
    if (!is_unclear(job.error().kind)) return tl::unexpected(error_of(job.error()));
    // It may run all the same; a second one would cost quota and mails.
    if (auto jobs = list_report_jobs(pull_)) known_ = std::move(*jobs);
    const ReportJob* same = find_same(slice);
    if (same == nullptr) return tl::unexpected(error_of(job.error()));
    context_.log.note(
        fmt::format("started job {} for {} (the answer was lost)", same->id, span_text(slice)));
    track(*same);
    return {};
}

Result<void> ReportJobs::start(const std::vector<TimeSpan>& slices,
                               const std::vector<std::string>& notify, bool again) {
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const TimeSpan slice = slices[i];
        const ReportJob* same = again ? nullptr : find_same(slice);
        if (same != nullptr) {
            context_.log.note(
                fmt::format("job {} covers {} already and is taken ({}; --again "
                            "starts another)",
                            same->id, span_text(slice), state_words(*same)));
            track(*same);
            continue;
        }
        const TimeSpan rest{slice.from, slices.back().to};
        if (quota_is_spent()) {
            const std::string what = fmt::format(
                "{} was not asked for: Exchange takes {} jobs in 24 hours; run again tomorrow",
                span_text(rest), k_report_jobs_a_day);
            if (tracked_.empty()) return fail(Errc::service, what);
            trouble_.push_back(what);
            return {};
        }
        const auto started = start_one(slice, notify);
        if (started) continue;
        if (tracked_.empty() || started.error().code == Errc::interrupted) return started;
        trouble_.push_back(
            fmt::format("{} was not asked for: {}", span_text(rest), started.error().message));
        return {};
    }
    return {};
}

Result<void> ReportJobs::ask_finer(const std::vector<std::string>& notify) {
    for (std::size_t i = 0; i < tracked_.size(); ++i) {
        if (!tracked_[i].job.is_cut() || tracked_[i].is_replaced) continue;
        const std::vector<TimeSpan> parts = finer_slices(tracked_[i].span);
        if (parts.empty()) continue;
        context_.log.note(fmt::format("the file for {} is cut at {} rows: asking again in {} parts",
                                      span_text(tracked_[i].span),
                                      group_thousands(k_report_row_limit), parts.size()));
        tracked_[i].is_replaced = true;
        SA_CHECK(start(parts, notify, false));
    }
    return {};
}

std::optional<GraphProblem> ReportJobs::look() {
    auto jobs = list_report_jobs(pull_);
    if (!jobs) return jobs.error();
    known_ = std::move(*jobs);
    for (Tracked& one : tracked_) {
        const auto found = std::ranges::find(known_, one.job.id, &ReportJob::id);
        if (found != known_.end()) one.job = *found;
    }
    return std::nullopt;
}

bool ReportJobs::all_over() const {
    return std::ranges::all_of(tracked_, [](const Tracked& one) { return one.job.is_over(); });
}

std::size_t ReportJobs::files_to_come() const {
    return static_cast<std::size_t>(std::ranges::count_if(tracked_, [](const Tracked& one) {
        return !one.is_replaced && one.job.state != JobState::failed && one.job.rows != 0U;
    }));
}

std::string ReportJobs::progress() const {
    const auto over =
        std::ranges::count_if(tracked_, [](const Tracked& one) { return one.job.is_over(); });
    return fmt::format("{} of {} jobs done", over, tracked_.size());
}

std::vector<std::string> ReportJobs::lines() const {
    std::vector<std::string> lines = {fmt::format("{:<36}  {:<12}  {:>9}  {:<24}  {}", "JOB",
                                                  "STATE", "ROWS", "DAYS (UTC)", "FILE")};
    for (const Tracked& one : tracked_) {
        std::string link = one.job.file_url;
        if (link.empty()) link = report_download_url(pull_.exchange_url, one.job.id);
        if (link.empty()) link = "admin center: Mail flow, Message trace, Downloadable reports";
        if (one.job.state == JobState::failed)
            link = one.job.error.empty() ? "no reason given" : one.job.error;
        else if (one.is_replaced)
            link = "cut; the jobs below cover the same days";
        else if (one.job.rows == 0U && one.job.state == JobState::done)
            link = "no messages in these days";
        lines.push_back(
            fmt::format("{:<36}  {:<12}  {:>9}  {:<24}  {}", one.job.id, state_words(one.job),
                        one.job.rows && one.job.is_over() ? group_thousands(*one.job.rows) : "-",
                        one.job.from && one.job.to ? span_text(one.span) : "-", link));
    }
    return lines;
}

std::vector<std::string> ReportJobs::warnings() const {
    std::vector<std::string> all = trouble_;
    for (const Tracked& one : tracked_) {
        if (one.job.state == JobState::failed)
            all.push_back(fmt::format("the job for {} failed: {}", span_text(one.span),
                                      one.job.error.empty() ? "no reason given" : one.job.error));
        else if (one.job.is_cut() && !one.is_replaced)
            all.push_back(
                fmt::format("the file for {} has {} rows, the most that Exchange writes: "
                            "more may be missing; add --slice day",
                            span_text(one.span), group_thousands(*one.job.rows)));
    }
    return all;
}

std::string ReportJobs::how_to_resume() const {
    std::string text = "the jobs go on in Exchange; look again with: smtpaudit request-report";
    for (const Tracked& one : tracked_) text += " --job " + one.job.id;
    return text;
}

}  // namespace smtpaudit
