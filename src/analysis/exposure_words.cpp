#include "analysis/exposure_words.hpp"

#include "analysis/account_settings.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", group_thousands(count), count == 1 ? one : many);
}

int percent(double share) { return round_half_up(100 * share); }

// The switches that leave the answer open.
std::string open_switches(const SwitchAnswer& answer) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < k_switches; ++i) {
        const Effect effect = answer.basic[i];
        const std::string words(switch_words(static_cast<Switch>(i)));
        if (effect == Effect::blocks_unless)
            open.push_back(words + " would block unless");
        else if (effect == Effect::unknown)
            open.push_back(words + " is unknown");
    }
    return join(open, ", ");
}

std::string usable_words(const SubjectView& view) {
    const bool seen = view.switch_input.basic_seen;
    if (view.switches.is_contradicted)
        return fmt::format(
            "Basic succeeded in the last 7 days of the evidence, though {} refuses it",
            switch_words(*view.switches.decided_by));
    if (seen) return "Basic succeeded in the last 7 days of the evidence";
    if (view.board == nullptr || !view.board->any())
        return "settings not read, and no dated success in the last 7 days";
    switch (view.switches.by_settings) {
        case Ternary::no:
            return fmt::format("{} refuses Basic", switch_words(*view.switches.decided_by));
        case Ternary::yes:
            return fmt::format("{} lets it in, and nothing else refuses Basic",
                               switch_words(*view.switches.decided_by));
        case Ternary::unknown: break;
    }
    return open_switches(view.switches);
}

std::string privilege_words(const SubjectView& view) {
    if (!view.risk.privilege)
        return view.facts && !view.facts->roles.empty()
                   ? fmt::format("{}; the list of roles was not read whole",
                                 role_words(*view.facts))
                   : "directory roles not read";
    std::string words = *view.risk.privilege == Privilege::none ? "no administrator's role"
                                                                : role_words(*view.facts);
    if (!view.board->tenant().eligible_roles_complete.value_or(false))
        words += "; eligible roles (PIM) were not read";
    return words;
}

std::string mfa_words(const SubjectView& view) {
    if (!view.risk.mfa_registered) return "MFA registration not read";
    return *view.risk.mfa_registered ? "a method for MFA is registered; Basic never asks for it"
                                     : "no method for MFA is registered";
}

std::string password_words(const SubjectView& view) {
    if (!view.risk.password_years) return "password age not read";
    return fmt::format("password changed on {}",
                       format_day_long(day_of(*view.facts->password_changed)));
}

std::string shared_words(const SubjectView& view) {
    if (!view.facts || !view.facts->mailbox_type) return "mailbox type not read";
    if (!view.risk.shared_with_sign_in)
        return "a shared mailbox; whether it can sign in was not read";
    if (*view.risk.shared_with_sign_in)
        return "a shared mailbox that can sign in: block its sign-in";
    if (equals_ignoring_case(*view.facts->mailbox_type, "SharedMailbox"))
        return "a shared mailbox that cannot sign in";
    return fmt::format("no shared mailbox ({})", *view.facts->mailbox_type);
}

std::string success_words(const SubjectView& view) {
    const SuccessAfterFailures& success = *view.attack.success;
    return fmt::format("success from {} on {} after failures: check whose it is",
                       success.new_country ? fmt::format("a new country ({})", view.attack_place)
                                           : view.attack_place,
                       format_day_long(success.day));
}

// Told beside the points: the model has points for a user at risk, and this is of a sign-in.
std::string risk_words(const SubjectView& view) {
    const RiskTally& risk = view.sign_in_risk;
    if (risk.at_risk > 0)
        return fmt::format("; Entra ID Protection: {} at risk",
                           plural(risk.at_risk, "sign-in", "sign-ins"));
    const bool has_sign_ins = view.profile[Measure::sign_in_ok].window > 0 ||
                              view.profile[Measure::sign_in_failed].window > 0;
    if (risk.told > 0) return "; no sign-in at risk";
    return has_sign_ins ? "; whether a sign-in was at risk is not told (hidden without Entra ID P2)"
                        : "";
}

std::string attack_words(const SubjectView& view) {
    if (view.risk_state && *view.risk_state != RiskState::none)
        return fmt::format("Entra ID Protection: the user is {}", to_string(*view.risk_state));
    if (!view.risk.attack) return "sign-ins not read";
    if (view.attack.success) return success_words(view);
    const std::uint64_t failed = view.profile[Measure::sign_in_failed].window;
    if (failed == 0) return "no failed Basic sign-in" + risk_words(view);
    const auto sources =
        std::count_if(view.profile.linked.begin(), view.profile.linked.end(),
                      [](const LinkedUse& use) { return use.sign_ins_failed > 0; });
    std::string words =
        fmt::format("{} from {}", plural(failed, "failed Basic sign-in", "failed Basic sign-ins"),
                    plural(static_cast<std::uint64_t>(sources), "address", "addresses"));
    if (view.in_spray) words += ", part of a spray over many accounts";
    return words + risk_words(view);
}

std::string spread_words(const SubjectView& view) {
    if (!view.risk.spread) return "no source tells its addresses";
    const auto clients = std::count_if(view.profile.linked.begin(), view.profile.linked.end(),
                                       [](const LinkedUse& use) { return use.succeeds(); });
    std::string words = fmt::format(
        "sends from {}", plural(static_cast<std::uint64_t>(clients), "address", "addresses"));
    if (!view.countries.empty()) words += " in " + join(view.countries, ", ");
    return words;
}

std::string old_tls_words(const SubjectView& view) {
    if (!view.risk.old_tls_share) return "no source tells its TLS version";
    if (*view.risk.old_tls_share == 0) return "TLS 1.2 or newer only";
    return fmt::format(
        "{} of its messages with TLS 1.0 or 1.1, probably by "
        "smtp-legacy.office365.com: mend TLS too",
        *view.risk.old_tls_share < 0.005 ? "under 1 %"
                                         : fmt::format("{} %", percent(*view.risk.old_tls_share)));
}

}  // namespace

std::string exposure_words(ExposureFactor factor, const SubjectView& view) {
    switch (factor) {
        case ExposureFactor::basic_usable: return usable_words(view);
        case ExposureFactor::privilege: return privilege_words(view);
        case ExposureFactor::mfa: return mfa_words(view);
        case ExposureFactor::password_age: return password_words(view);
        case ExposureFactor::shared_sign_in: return shared_words(view);
        case ExposureFactor::attack: return attack_words(view);
        case ExposureFactor::spread: return spread_words(view);
        case ExposureFactor::old_tls: return old_tls_words(view);
    }
    return {};
}

}  // namespace smtpaudit
