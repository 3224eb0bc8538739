// The jobs of one request-report run: started, found again, looked after.
#pragma once

#include "app/commands.hpp"
#include "app/report_days.hpp"
#include "sources/report_job.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

class ReportJobs {
public:
    // `context` outlives it.
    ReportJobs(CommandContext& context, PullContext pull)
        : context_(context), pull_(std::move(pull)) {}

    // What jobs there are already: shows that the role is there, and what of the day's quota is
    // left. A refusal ends here, before anything is started.
    Result<void> look_around();
    // Addresses outside the accepted domains are Errc::usage; where the domains may not be read,
    // Exchange will say it.
    Result<void> check_domains(const std::vector<std::string>& notify);
    // Takes these jobs over; Errc::usage for one that Exchange does not list.
    Result<void> adopt(const std::vector<std::string>& ids);
    // Starts one job for each slice, unless Exchange has one for the same days that did not fail
    // (`again`: also then). The first that is refused is an Error; a later one is a warning.
    Result<void> start(const std::vector<TimeSpan>& slices, const std::vector<std::string>& notify,
                       bool again);
    // Asks again in parts for jobs whose file was cut.
    Result<void> ask_finer(const std::vector<std::string>& notify);
    // The states now; a problem leaves them as they were.
    std::optional<GraphProblem> look();

    bool all_over() const;
    // How many files are still to be downloaded in all: one for each job that is done with rows.
    std::size_t files_to_come() const;
    std::string progress() const;  // "2 of 5 jobs done"
    // Id, state, rows, days and link of each job, under a line of headings.
    std::vector<std::string> lines() const;
    // What makes the outcome incomplete: failed jobs, cut files, days that nobody asked for.
    std::vector<std::string> warnings() const;
    // "look again with: smtpaudit request-report --job …"
    std::string how_to_resume() const;
    // In one line, with the button that does the same by hand.
    Error error_of(const GraphProblem& problem) const;

private:
    struct Tracked {
        ReportJob job;
        TimeSpan span;
        bool is_replaced = false;  // its file was cut; finer jobs were started
    };
    const ReportJob* find_same(TimeSpan span) const;
    bool quota_is_spent() const;
    Result<void> start_one(TimeSpan slice, const std::vector<std::string>& notify);
    void track(ReportJob job);

    CommandContext& context_;
    const PullContext pull_;
    std::vector<ReportJob> known_;  // all that Exchange listed at the last look
    std::vector<Tracked> tracked_;
    std::size_t started_ = 0;
    std::vector<std::string> trouble_;
};

}  // namespace smtpaudit
