#include "app/output.hpp"

#include "app/redaction.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

Result<void> write_screen(const CommandContext& context, const Report& report,
                          const OutputTarget& target) {
    return end_screen(context, target.writer->write(report, target.options, context.world.out));
}

// A log is kept and shown as the report is.
std::string reason_words(const CommandContext& context, const Coverage& row) {
    if (row.reason.empty()) return "no reason known";
    const bool redact = context.options.redact || context.options.redact_key;
    return redact ? "the report says why" : row.reason;
}

}  // namespace

Result<void> end_screen(const CommandContext& context, Result<void> written) {
    if (written) written = context.world.out.flush();
    if (!written && written.error().code == Errc::closed_pipe) return {};
    return written;
}

Result<void> print(const CommandContext& context, std::string_view text) {
    return end_screen(context, context.world.out.write(text));
}

Result<void> write_output(const CommandContext& context,
                          const std::function<Result<void>(ByteSink&)>& write) {
    const std::string path = context.options.output.value_or("-");
    if (path == "-") return end_screen(context, write(context.world.out));
    SA_TRY(const std::unique_ptr<OutputFile> file, context.world.files.create(path));
    SA_CHECK(write(*file));
    SA_CHECK(file->flush());
    return file->commit();
}

Result<void> write_reports(const CommandContext& context, const std::vector<ReportTargets>& all) {
    std::vector<std::string> names;
    if (context.options.redact || context.options.redact_key)
        for (const ReportTargets& one : all)
            for (std::string& name : named_files(one.context)) names.push_back(std::move(name));
    SA_TRY(const Redactor redactor, Redactor::make(context, std::move(names)));
    std::vector<std::unique_ptr<OutputFile>> files;
    for (const ReportTargets& one : all) {
        if (one.targets.empty()) continue;
        const Report report = redactor.report_to_write(one.report);
        for (const OutputTarget& target : one.targets) {
            if (context.world.stop.stop_requested()) return fail(Errc::interrupted, "interrupted");
            if (target.path.empty()) {
                SA_CHECK(write_screen(context, report, target));
                continue;
            }
            SA_TRY(std::unique_ptr<OutputFile> file, context.world.files.create(target.path));
            SA_CHECK(target.writer->write(report, target.options, *file));
            SA_CHECK(file->flush());
            files.push_back(std::move(file));
        }
    }
    if (context.world.stop.stop_requested()) return fail(Errc::interrupted, "interrupted");
    for (const auto& file : files) SA_CHECK(file->commit());
    return {};
}

Result<void> write_report(const CommandContext& context, const Report& report,
                          const std::vector<OutputTarget>& targets) {
    return write_reports(context, {{context, report, targets}});
}

int conclude(const CommandContext& context, const Report& report) {
    const int code = report.gate.tripped ? 1 : 0;
    if (!report.incomplete()) return code;
    for (const Coverage& row : report.coverage)
        if (row.state == CoverageState::partial || row.state == CoverageState::failed)
            context.log.warning(fmt::format("{} is {}: {}", row.source, to_string(row.state),
                                            reason_words(context, row)));
    return 3;
}

}  // namespace smtpaudit
