// smtpaudit request-report: Exchange's own report as a job: started, waited for, ranked as its files
// arrive. The one command that leaves something behind in a tenant.
#include "app/commands.hpp"
#include "app/make_report.hpp"
#include "app/output.hpp"
#include "app/report_days.hpp"
#include "app/report_jobs.hpp"
#include "app/session.hpp"
#include "app/settings.hpp"
#include "app/watched_folder.hpp"
#include "base/text.hpp"
#include "sources/exchange_settings.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace smtpaudit {
namespace {

using std::chrono::seconds;
using Instant = std::chrono::steady_clock::time_point;

constexpr seconds k_first_looks{60}, k_later_looks{300};
constexpr std::chrono::minutes k_first_looks_for{10};
constexpr seconds k_folder_looks{5};
constexpr int k_failed_looks = 5;  // in a row

// All that can be wrong before anything is asked for.
struct Plan {
    std::vector<TimeSpan> slices;  // empty: --job
    Slicing slicing = Slicing::automatic;
    std::optional<OutputSettings> output;  // of --watch
    std::optional<seconds> every;
    std::chrono::hours max_wait{24};
};

Result<int> number(std::optional<int> given, const char* option, int least, int most,
                   int fallback) {
    const int value = given.value_or(fallback);
    if (value >= least && value <= most) return value;
    return fail(Errc::usage, fmt::format("{} {}: a number from {} to {} is expected", option, value,
                                         least, most));
}

bool is_guid(std::string_view text) {
    constexpr std::string_view k_shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    constexpr std::string_view k_hex = "0123456789abcdefABCDEF";
    return std::equal(text.begin(), text.end(), k_shape.begin(), k_shape.end(),
                      [&](char c, char shape) {
                          return shape == 'x' ? k_hex.find(c) != std::string_view::npos : c == '-';
                      });
}

Result<void> check_jobs(const RequestOptions& request) {
    for (const std::string& id : request.jobs)
        if (!is_guid(id))
            return fail(Errc::usage,
                        fmt::format("--job \"{}\" is not the id of a job (a GUID)", printable(id)));
    if (!request.days && !request.from && !request.to && !request.slice && !request.again &&
        !request.dry_run)
        return {};
    return fail(Errc::usage, "--job starts nothing: drop the days, --slice, --again and --dry-run");
}

Result<void> check_notify(const RequestOptions& request) {
    if (request.notify.empty())
        return fail(Errc::usage,
                    "request-report: add --notify ADDRESS: whom Exchange mails when a file is "
                    "ready, in one of the tenant's accepted domains");
    for (const std::string& address : request.notify) {
        const auto at = address.find('@');
        if (at == 0 || at == std::string::npos || at + 1 == address.size() ||
            address.find('@', at + 1) != std::string::npos || printable(address) != address ||
            address.find_first_of(" ,;") != std::string::npos)
            return fail(Errc::usage, fmt::format("--notify \"{}\" is not an address; give one each "
                                                 "time",
                                                 printable(address)));
    }
    return {};
}

Result<void> check_watch(const CommandContext& context) {
    const Options& o = context.options;
    if (!o.request.watch) {
        if (o.format || o.output || !o.out.empty() || o.fail_on)
            return fail(Errc::usage,
                        "--format, --output, --out and --fail-on are for the ranking of --watch "
                        "DIR; add it");
        return {};
    }
    if (o.request.no_wait)
        return fail(Errc::usage, "--watch waits and --no-wait does not; drop one of them");
    const PathKind kind = context.world.files.kind(*o.request.watch);
    if (kind == PathKind::folder) return {};
    return fail(
        Errc::usage,
        fmt::format("--watch {}: {}; name the folder into which you download", *o.request.watch,
                    kind == PathKind::absent ? "there is no such folder" : "it is not a folder"));
}

Result<Plan> make_plan(const CommandContext& context) {
    const RequestOptions& request = context.options.request;
    Plan plan;
    if (request.every) {
        SA_TRY(const int every, number(request.every, "--every", 5, 3600, 60));
        plan.every = seconds(every);
    }
    SA_TRY(const int hours, number(request.max_wait, "--max-wait", 1, 240, 24));
    plan.max_wait = std::chrono::hours(hours);
    SA_CHECK(check_watch(context));
    if (request.watch) {
        SA_TRY(plan.output, output_settings(context));
    }
    if (!request.jobs.empty()) {
        SA_CHECK(check_jobs(request));
        return plan;
    }
    SA_CHECK(check_notify(request));
    SA_TRY(plan.slicing, report_slicing(request));
    SA_TRY(const TimeSpan span, report_span(request, context.world.clock.now()));
    plan.slices = slices_of(span, plan.slicing);
    return plan;
}

class Request {
public:
    Request(CommandContext& context, Plan plan, Session& session)
        : context_(context),
          plan_(std::move(plan)),
          jobs_(context, session.pull_context(k_exchange_settings.front())) {
        if (const auto& folder = context.options.request.watch)
            folder_.emplace(context.world.files, *folder);
    }

    Result<int> run() {
        const RequestOptions& request = context_.options.request;
        SA_CHECK(jobs_.look_around());
        if (!request.jobs.empty()) {
            SA_CHECK(jobs_.adopt(request.jobs));
        } else {
            SA_CHECK(jobs_.check_domains(request.notify));
            SA_CHECK(jobs_.start(plan_.slices, request.notify, request.again));
        }
        if (!request.no_wait) {
            if (auto waited = wait(); !waited) {
                context_.log.note(jobs_.how_to_resume());
                return tl::unexpected(waited.error());
            }
        }
        return finish();
    }

private:
    Result<void> wait() {
        World& world = context_.world;
        const Instant begun = world.clock.steady_now();
        const Instant deadline = begun + plan_.max_wait;
        Instant next_look = begun;
        while (!is_done()) {
            if (world.clock.steady_now() >= deadline) {
                gave_up_ = true;
                return {};
            }
            if (world.clock.steady_now() >= next_look && !jobs_.all_over()) {
                if (next_look > begun) SA_CHECK(look_at_jobs());
                const bool is_early = world.clock.steady_now() - begun < k_first_looks_for;
                next_look = world.clock.steady_now() +
                            plan_.every.value_or(is_early ? k_first_looks : k_later_looks);
                continue;
            }
            SA_CHECK(pause(next_look));
        }
        return {};
    }

    bool is_done() const {
        if (!jobs_.all_over()) return false;
        return !folder_ || reports_.size() >= jobs_.files_to_come();
    }

    Result<void> look_at_jobs() {
        const auto problem = jobs_.look();
        if (!problem) {
            failed_looks_ = 0;
            if (plan_.slicing == Slicing::automatic && context_.options.request.jobs.empty())
                SA_CHECK(jobs_.ask_finer(context_.options.request.notify));
            return {};
        }
        const Error error = jobs_.error_of(*problem);
        if (error.code != Errc::service || ++failed_looks_ >= k_failed_looks)
            return tl::unexpected(error);
        context_.log.warning(fmt::format("{}; looking again later", error.message));
        return {};
    }

    Result<void> pause(Instant next_look) {
        World& world = context_.world;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(next_look - world.clock.steady_now());
        const bool waits_for_files = jobs_.all_over();
        auto step = waits_for_files ? k_folder_looks : std::chrono::milliseconds(left);
        if (folder_) step = std::min<std::chrono::milliseconds>(step, k_folder_looks);
        context_.status.show(jobs_.progress() +
                             (folder_ ? fmt::format(" · {} of {} files in {}", reports_.size(),
                                                    jobs_.files_to_come(), folder_->folder())
                                      : std::string()));
        const bool slept =
            world.clock.sleep_for(std::max(step, std::chrono::milliseconds(1)), world.stop);
        context_.status.clear();
        if (!slept) return fail(Errc::interrupted, "interrupted");
        if (jobs_.all_over() && !links_told_) {
            links_told_ = true;
            for (const std::string& line : jobs_.lines()) context_.log.note(line);
        }
        return folder_ ? look_at_folder() : Result<void>();
    }

    Result<void> look_at_folder() {
        SA_TRY(const std::vector<std::string> arrived, folder_->look());
        const std::size_t before = reports_.size();
        SA_TRY(const EvidenceSettings settings, evidence_settings(context_));
        for (const std::string& path : arrived) {
            SA_TRY(auto bytes, context_.world.files.open(path));
            const auto file = EvidenceFile::open(std::move(bytes), path, settings.options);
            if (file && file->kind().id == "smtp_auth_report")
                reports_.push_back(path);
            else
                context_.log.warning(
                    file ? fmt::format("{}: a {}, left out", path, file->kind().title)
                         : file.error().message + "; left out");
        }
        if (reports_.size() == before) return {};
        std::sort(reports_.begin(), reports_.end());
        context_.log.note(
            fmt::format("{} of {} files are here", reports_.size(), jobs_.files_to_come()));
        // On a terminal each ranking is worth seeing; a file or a pipe gets one, the last.
        return is_done() || !context_.world.out_is_terminal ? Result<void>()
                                                            : rank().map([](int) {});
    }

    Result<int> rank() {
        SA_TRY(Report report, report_from_files(context_, reports_));
        set_gate(report, plan_.output->fail_on);
        SA_CHECK(write_report(context_, report, plan_.output->targets));
        return conclude(context_, report);
    }

    Result<int> finish() {
        int code = 0;
        if (folder_ && !reports_.empty()) {
            SA_TRY(code, rank());
        }
        if (folder_) {
            if (!links_told_)
                for (const std::string& line : jobs_.lines()) context_.log.note(line);
        } else {
            SA_CHECK(print(context_, join(jobs_.lines(), "\n") + "\n"));
        }
        for (const std::string& warning : jobs_.warnings()) context_.log.warning(warning);
        if (gave_up_)
            context_.log.warning(fmt::format("gave up waiting after {} hours (--max-wait); {}",
                                             plan_.max_wait.count(), jobs_.how_to_resume()));
        else if (!jobs_.all_over())
            context_.log.note(jobs_.how_to_resume());
        return gave_up_ || !jobs_.warnings().empty() ? 3 : code;
    }

    CommandContext& context_;
    const Plan plan_;
    ReportJobs jobs_;
    std::optional<WatchedFolder> folder_;
    std::vector<std::string> reports_;  // whole files that arrived
    int failed_looks_ = 0;
    bool gave_up_ = false, links_told_ = false;
};

std::string what_it_starts(const Plan& plan, const RequestOptions& request) {
    return fmt::format(
        "{} in Exchange for {} (Start-HistoricalSearch): the one thing smtpaudit does that is not "
        "read-only; each mails {} and counts towards {} a day",
        plan.slices.size() == 1 ? "1 job" : fmt::format("{} jobs", plan.slices.size()),
        span_text({plan.slices.front().from, plan.slices.back().to}), join(request.notify, ", "),
        k_report_jobs_a_day);
}

}  // namespace

Result<int> run_request_report(CommandContext& context) {
    const RequestOptions& request = context.options.request;
    SA_TRY(Plan plan, make_plan(context));
    if (request.dry_run) {
        std::string text = fmt::format("would start {}:\n", what_it_starts(plan, request));
        for (const TimeSpan& slice : plan.slices) text += fmt::format("  {}\n", span_text(slice));
        SA_CHECK(print(context, text));
        return 0;
    }
    SA_TRY(const auto session, Session::open(context));
    context.log.note(session->said());
    if (!plan.slices.empty()) context.log.note("starting " + what_it_starts(plan, request));
    session->watch_waits([&](std::string_view /*budget*/, const WaitNotice& notice) {
        context.log.detail(notice.reason);
    });
    return Request(context, std::move(plan), *session).run();
}

}  // namespace smtpaudit
