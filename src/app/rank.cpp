// smtpaudit rank: exported evidence in, ranking out. Never touches the network.
#include "app/commands.hpp"
#include "app/evidence.hpp"
#include "app/make_report.hpp"
#include "app/output.hpp"
#include "app/settings.hpp"
#include "report/run_document.hpp"

#include <utility>

namespace smtpaudit {

Result<int> run_rank(CommandContext& context) {
    if (context.options.files.empty())
        return fail(Errc::usage,
                    "rank: no FILE given; type \"smtpaudit\" alone to see where to "
                    "get one");
    SA_TRY(const OutputSettings output, output_settings(context));
    SA_TRY(Report report, report_from_files(context, context.options.files));
    set_gate(report, output.fail_on);
    SA_CHECK(write_report(context, report, output.targets));
    return conclude(context, report);
}

}  // namespace smtpaudit
