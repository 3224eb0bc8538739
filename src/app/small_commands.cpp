// The commands that need no evidence: timeline, schema, and the screen without arguments.
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/settings.hpp"
#include "report/explain_text.hpp"
#include "report/run_document.hpp"

namespace smtpaudit {
namespace {

constexpr std::string_view k_welcome =
    R"(smtpaudit ranks the accounts and devices that still send mail through SMTP AUTH with Basic
authentication, says why, and says what to do about each.

1. Get the evidence from the Exchange admin center (Reports, Mail flow, SMTP AUTH clients):
     https://admin.exchange.microsoft.com/#/reports/smtpauthmailflowdetails
   Export           now: the accounts, without devices and days
   Request report   in hours, by mail: the accounts and the devices, day by day (SmtpCSReport)
2. Rank it:
     smtpaudit rank FILE...

Or live, from the Entra sign-in logs:  smtpaudit scan --help
See a result first:  smtpaudit rank sample-reports/contoso
All commands:        smtpaudit --help
)";

}  // namespace

Result<int> run_welcome(CommandContext& context) {
    SA_CHECK(print(context, k_welcome));
    return 0;
}

Result<int> run_schema(CommandContext& context) {
    SA_CHECK(print(context, run_document_schema()));
    return 0;
}

Result<int> run_timeline(CommandContext& context) {
    SA_TRY(const RankingOptions options, ranking_options(context, std::make_shared<Inventory>()));
    Report report;
    report.generated_at = options.now;
    report.cutoff = options.cutoff;
    report.timeline = options.timeline.milestones;
    SA_CHECK(
        end_screen(context, write_timeline(report, screen_options(context), context.world.out)));
    return 0;
}

}  // namespace smtpaudit
