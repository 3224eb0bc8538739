#include "analysis/row_notes.hpp"

#include "analysis/oauth_senders.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

// Where settings and use disagree, use counts, and both are said.
void add_switch_notes(const SubjectView& view, std::vector<std::string>& notes) {
    const bool oauth_seen = view.profile[Measure::messages_oauth].last_7 > 0;
    if (view.switches.is_contradicted)
        notes.push_back(
            fmt::format("settings and use disagree: {} refuses Basic, and Basic succeeded in the "
                        "last 7 days of "
                        "the evidence; use counts, and the setting may be newer than the evidence",
                        switch_words(*view.switches.decided_by)));
    if (oauth_seen && view.switches.oauth_usable == Ternary::no)
        notes.emplace_back(
            "settings and use disagree: SMTP AUTH is off for it, which stops OAuth too, and OAuth "
            "messages were seen in the last 7 days of the evidence");
    if (view.switch_input.basic_seen && view.risk.mfa_registered.value_or(false))
        notes.emplace_back(
            "MFA is registered and Basic still succeeds: possibly an app password, which stops on "
            "the same day as Basic");
    if (const RiskTally& risk = view.sign_in_risk; risk.at_risk > 0)
        notes.push_back(fmt::format(
            "Entra ID Protection: {} of {} sign-ins at risk{}, the worst {}; no points are given "
            "for a sign-in, look at the user in Entra (Risky users)",
            group_thousands(risk.at_risk), group_thousands(risk.told),
            risk.last ? ", the last on " + format_day_long(day_of(*risk.last)) : "",
            to_string(risk.worst)));
    if (view.refused_sign_ins > 0)
        notes.push_back(fmt::format("{} sign-ins with the right password were refused by a policy",
                                    group_thousands(view.refused_sign_ins)));
}

}  // namespace

std::vector<std::string> row_notes(const SubjectView& view, const EvidenceSpan& span,
                                   const ProductList& products) {
    std::vector<std::string> notes;
    const UseProfile& profile = view.profile;
    const MeasureUse& basic = profile[Measure::messages_basic];
    const MeasureUse& oauth = profile[Measure::messages_oauth];
    const MeasureUse& ok = profile[Measure::sign_in_ok];
    if (view.risk.status == Status::mixed && basic.last_day && oauth.first_day)
        notes.push_back(fmt::format("switching: last Basic {}, OAuth since {}",
                                    format_day(*basic.last_day), format_day(*oauth.first_day)));
    if (profile.basic_from_table())
        notes.push_back(
            fmt::format("its Basic messages are from a table without dates, taken to "
                        "cover {} days",
                        span.table_days));
    if (profile.sign_ins_stand_in())
        notes.emplace_back("no report names it: successful Basic sign-ins stand in for messages");
    if (span.has_report && span.has_sign_ins && !view.is_device) {
        // Only where the silent one could have seen it: sign-ins go back 30 days, a report 90.
        if (profile.messages().basic == 0 && ok.window > 0 && profile.messages().total() > 0 &&
            span.report.may_hold(ok.first_day, ok.last_day))
            notes.emplace_back("the report shows no Basic message, the sign-ins show Basic");
        if (profile.messages().basic > 0 && ok.window == 0 &&
            span.sign_ins.may_hold(basic.first_day, basic.last_day))
            notes.emplace_back("the report shows Basic messages, the sign-ins show no success");
    }
    if (profile[Measure::sign_in_possible].window > 0)
        notes.push_back(fmt::format("{} OAuth sign-ins to Exchange Online, possibly SMTP",
                                    group_thousands(profile[Measure::sign_in_possible].window)));
    if (view.smtp_used != nullptr) notes.push_back(smtp_use_note(*view.smtp_used));
    if (profile.basic_without_client > 0)
        notes.push_back(fmt::format("{} Basic messages have no client address",
                                    group_thousands(profile.basic_without_client)));
    if (profile.outside_window > 0)
        notes.push_back(fmt::format("{} counts before the window of {} days are left out",
                                    group_thousands(profile.outside_window), span.window_days()));
    if (!view.is_device) add_switch_notes(view, notes);
    if (view.inventory != nullptr)
        for (std::string& hint : products.hints(view.inventory->name))
            notes.push_back(std::move(hint));
    return notes;
}

}  // namespace smtpaudit
