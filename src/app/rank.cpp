// smtpaudit rank: exported evidence in, ranking out. Never touches the network.
#include "app/commands.hpp"
#include "app/finish.hpp"
#include "app/make_report.hpp"

#include <utility>

namespace smtpaudit {

Result<int> run_rank(CommandContext& context) {
    if (context.options.files.empty())
        return fail(Errc::usage,
                    "rank: no FILE given; type \"smtpaudit\" alone to see where to "
                    "get one");
    SA_TRY(const FinishSettings settings, finish_settings(context));
    SA_TRY(MadeRun run, run_from_files(context, context.options.files));
    return finish_run(context, std::move(run), settings);
}

}  // namespace smtpaudit
