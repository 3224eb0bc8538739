#include "analysis/subject_view.hpp"

#include "analysis/account_settings.hpp"
#include "analysis/marks.hpp"

#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

constexpr double k_days_a_year = 365.25;

std::optional<Spread> spread_of(const SubjectView& view) {
    const auto clients = std::count_if(view.profile.linked.begin(), view.profile.linked.end(),
                                       [](const LinkedUse& use) { return use.succeeds(); });
    if (clients == 0) return std::nullopt;
    if (view.countries.size() >= 3) return Spread::many_countries;
    if (view.countries.size() == 2) return Spread::two_countries;
    return clients == 1 ? Spread::one : clients <= 5 ? Spread::few : Spread::many;
}

// Failures from one or a few addresses are a machine with an old password as often as an attack.
std::optional<Attack> attack_on(const SubjectView& view, const EvidenceSpan& span) {
    if (view.risk_state && *view.risk_state != RiskState::none) return Attack::hit;
    if (!span.has_sign_ins) return std::nullopt;
    if (view.attack.success) return Attack::hit;
    if (view.profile[Measure::sign_in_failed].window == 0) return Attack::none;
    return view.attack.sources >= 5 ? Attack::spray : Attack::some;
}

std::optional<double> password_years(const SubjectView& view, UtcTime now) {
    if (!view.facts || !view.facts->password_changed) return std::nullopt;
    return days_between(day_of(*view.facts->password_changed), day_of(now)) / k_days_a_year;
}

void judge_settings(SubjectView& view, const EvidenceSpan& span, UtcTime now) {
    const AccountFacts nothing;
    const AccountFacts& facts = view.facts ? *view.facts : nothing;
    const TenantFacts& tenant = view.board->tenant();
    RiskInput& risk = view.risk;
    view.risk_state = risk_of(facts, tenant);
    risk.privilege = privilege_of(facts, tenant);
    risk.mfa_registered = facts.mfa_registered;
    risk.shared_with_sign_in = shared_with_sign_in(facts);
    risk.password_years = password_years(view, now);
    risk.attack = attack_on(view, span);
    risk.compromised = view.risk_state == RiskState::confirmed_compromised;
    if (risk.compromised) view.marks.emplace_back("compromised");
}

}  // namespace

bool SubjectView::has_mark(std::string_view mark) const {
    return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

std::optional<double> old_tls_share(const std::array<std::uint64_t, k_tls_versions>& tls) {
    const std::uint64_t known = tls[0] + tls[1] + tls[2] + tls[3];
    if (known == 0) return std::nullopt;
    return static_cast<double>(tls[0] + tls[1]) / static_cast<double>(known);
}

void judge(SubjectView& view, const EvidenceSpan& span, UtcTime now, const SwitchBoard& board) {
    const UseProfile& profile = view.profile;
    Use use = profile.use();
    view.board = &board;
    if (!view.is_device) {
        view.switch_input =
            board.input(view.facts.value_or(AccountFacts()), use.basic_usable == Ternary::yes);
        view.switches = solve_switches(view.switch_input);
        use.basic_usable = view.switches.basic_usable;
        use.basic_refused = view.refused_sign_ins > 0;
    }
    const MeasureUse& basic = profile.basic();
    const MessageCounts messages = profile.messages();
    RiskInput& risk = view.risk;
    risk.status = decide_status(use);
    risk.basic_30d = basic.last_30;
    risk.unknown_30d = profile[Measure::messages_unknown].last_30;
    risk.basic_window = profile.sign_ins_stand_in() ? basic.window : messages.basic;
    risk.oauth_window = messages.oauth;
    risk.unknown_window = messages.unknown;
    const bool from_table = profile.basic_from_table() ||
                            (messages.basic == 0 && profile[Measure::messages_unknown].undated > 0);
    risk.covered_days = std::max(1, from_table ? span.table_days : span.covered_days());
    if (basic.last_day) {
        risk.last_basic_days = days_between(*basic.last_day, *span.to);
        risk.active_day_share = static_cast<double>(basic.active_days) / risk.covered_days;
    }
    risk.business = view.class_.business;
    risk.class_sure = view.class_.sure();
    risk.basic_usable = use.basic_usable;
    risk.old_tls_share = old_tls_share(view.tls);
    if (!view.is_device) {
        risk.spread = spread_of(view);
        judge_settings(view, span, now);
    }
    for (std::string& mark : link_marks(profile, view.is_device, view.class_.business))
        view.marks.push_back(std::move(mark));
}

}  // namespace smtpaudit
