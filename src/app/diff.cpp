// smtpaudit diff: what changed between two run documents.
#include "analysis/acceptance.hpp"
#include "analysis/compare.hpp"
#include "app/accept_file.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/run_file.hpp"
#include "app/settings.hpp"
#include "report/comparison_formats.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

Result<const ComparisonWriter*> writer_of(const CommandContext& context) {
    const std::string name = context.options.format.value_or("table");
    if (const ComparisonWriter* found = find_comparison_writer(name)) return found;
    std::string names;
    for (const ComparisonWriter& known : all_comparison_writers())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    return fail(Errc::usage, fmt::format("--format: \"{}\" is none of {}", name, names));
}

}  // namespace

Result<int> run_diff(CommandContext& context) {
    const Options& o = context.options;
    if (o.files.size() != 2)
        return fail(Errc::usage,
                    "diff: give two run documents, the older one first: smtpaudit diff OLD.json "
                    "NEW.json");
    SA_TRY(const ComparisonWriter* writer, writer_of(context));
    SA_TRY(const WriteOptions options, write_options(context, o.output.value_or("-") == "-"));
    std::optional<AcceptList> accept;
    if (o.accept) {
        SA_TRY(accept, read_accept_file(context.world.files, *o.accept));
    }
    if (o.files[0] == "-" && o.files[1] == "-")
        return fail(Errc::usage, "-: standard input can be read only once");
    SA_TRY(Report before, read_run_file(context, o.files[0]));
    SA_TRY(Report after, read_run_file(context, o.files[1]));
    if (are_of_two_tenants(before, after))
        return fail(Errc::input,
                    fmt::format("{} and {} are of two tenants", o.files[0], o.files[1]));
    if (accept) apply_acceptance(after, *accept, day_of(after.generated_at));
    const Comparison comparison = compare_reports(before, after);
    SA_CHECK(write_output(
        context, [&](ByteSink& sink) { return writer->write(comparison, options, sink); }));
    if (!o.fail_on_new || comparison.new_findings == 0) return 0;
    context.log.warning(fmt::format("gate: {} new under --fail-on-new", comparison.new_findings));
    return 1;
}

}  // namespace smtpaudit
