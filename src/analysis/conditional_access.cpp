#include "analysis/conditional_access.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::string_view k_exchange_online = "00000002-0000-0ff1-ce00-000000000000";

bool has(const std::vector<std::string>& folded, std::string_view wanted) {
    return std::find(folded.begin(), folded.end(), wanted) != folded.end();
}

bool names_exchange(const std::vector<std::string>& applications) {
    return has(applications, "all") || has(applications, "office365") ||
           has(applications, k_exchange_online);
}

// A policy that cannot touch a legacy client of Exchange Online is of no interest. A legacy client
// can satisfy no grant control, so any of them refuses it; session controls alone do not.
bool concerns_legacy(const ConditionalAccessPolicy& policy) {
    if (policy.state == PolicyState::disabled || policy.grant_controls.empty()) return false;
    const bool legacy = policy.client_app_types.empty() || has(policy.client_app_types, "all") ||
                        has(policy.client_app_types, "other");
    return legacy && names_exchange(policy.include_applications) &&
           !names_exchange(policy.exclude_applications);
}

Ternary either(Ternary a, Ternary b) {
    if (a == Ternary::yes || b == Ternary::yes) return Ternary::yes;
    return a == Ternary::unknown || b == Ternary::unknown ? Ternary::unknown : Ternary::no;
}

Ternary both(Ternary a, Ternary b) {
    if (a == Ternary::no || b == Ternary::no) return Ternary::no;
    return a == Ternary::unknown || b == Ternary::unknown ? Ternary::unknown : Ternary::yes;
}

Ternary opposite(Ternary a) {
    if (a == Ternary::unknown) return a;
    return a == Ternary::yes ? Ternary::no : Ternary::yes;
}

Ternary is_guest(const AccountFacts& facts) {
    if (!facts.user_type) return Ternary::unknown;
    return equals_ignoring_case(*facts.user_type, "guest") ? Ternary::yes : Ternary::no;
}

// The ids of a list; words such as "None" and "GuestsOrExternalUsers" are no ids.
Ternary named(const std::vector<std::string>& users, const AccountFacts& facts) {
    if (!facts.user_id.empty()) return has(users, facts.user_id) ? Ternary::yes : Ternary::no;
    const bool has_id = std::any_of(users.begin(), users.end(), [](const std::string& user) {
        return user.find('-') != std::string::npos;
    });
    return has_id ? Ternary::unknown : Ternary::no;
}

}  // namespace

ConditionalAccess::ConditionalAccess(const TenantFacts& tenant)
    : is_read_(tenant.conditional_access.has_value()),
      roles_complete_(tenant.roles_complete.value_or(false)) {
    if (!is_read_) return;
    std::unordered_set<std::string> seen;  // a file and a live pull may both tell a policy
    for (ConditionalAccessPolicy policy : *tenant.conditional_access) {
        if (!policy.id.empty() && !seen.insert(fold_case(policy.id) + '\n' + policy.name).second)
            continue;
        for (auto* list :
             {&policy.client_app_types, &policy.include_applications, &policy.exclude_applications,
              &policy.include_users, &policy.exclude_users, &policy.include_groups,
              &policy.exclude_groups, &policy.include_roles, &policy.exclude_roles})
            for (std::string& text : *list) text = fold_case(text);
        if (concerns_legacy(policy)) policies_.push_back(std::move(policy));
    }
    std::sort(policies_.begin(), policies_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
    for (const GroupFacts& group : tenant.groups) {
        Group& kept = groups_[fold_case(group.id)];
        for (const std::string& member : group.members) kept.members.insert(fold_case(member));
        kept.is_complete |= group.is_complete;
    }
}

Ternary ConditionalAccess::member_of(const std::vector<std::string>& groups,
                                     const AccountFacts& facts) const {
    Ternary result = Ternary::no;
    for (const std::string& id : groups) {
        const auto found = groups_.find(id);
        Ternary is_member = Ternary::unknown;
        if (found != groups_.end() && !facts.user_id.empty()) {
            if (found->second.members.contains(facts.user_id))
                is_member = Ternary::yes;
            else if (found->second.is_complete)
                is_member = Ternary::no;
        }
        result = either(result, is_member);
    }
    return result;
}

// Only active roles count: an eligible one is not held until it is activated.
Ternary ConditionalAccess::holds_role(const std::vector<std::string>& roles,
                                      const AccountFacts& facts) const {
    if (roles.empty()) return Ternary::no;
    const bool holds = std::any_of(
        facts.roles.begin(), facts.roles.end(),
        [&](const DirectoryRole& role) { return !role.eligible && has(roles, role.template_id); });
    if (holds) return Ternary::yes;
    return roles_complete_ && !facts.user_id.empty() ? Ternary::no : Ternary::unknown;
}

Ternary ConditionalAccess::included(const ConditionalAccessPolicy& policy,
                                    const AccountFacts& facts) const {
    if (has(policy.include_users, "all")) return Ternary::yes;
    Ternary result =
        either(named(policy.include_users, facts), member_of(policy.include_groups, facts));
    if (policy.include_guests || has(policy.include_users, "guestsorexternalusers"))
        result = either(result, is_guest(facts));
    return either(result, holds_role(policy.include_roles, facts));
}

Ternary ConditionalAccess::excluded(const ConditionalAccessPolicy& policy,
                                    const AccountFacts& facts) const {
    Ternary result =
        either(named(policy.exclude_users, facts), member_of(policy.exclude_groups, facts));
    if (policy.exclude_guests || has(policy.exclude_users, "guestsorexternalusers"))
        result = either(result, is_guest(facts));
    return either(result, holds_role(policy.exclude_roles, facts));
}

CaFinding ConditionalAccess::evaluate(const AccountFacts& facts) const {
    CaFinding finding;
    if (!is_read_) return finding;
    finding.verdict = CaVerdict::allows;
    const auto raise = [&](CaVerdict verdict, std::size_t policy) {
        // What is sure outweighs what is not.
        const auto weight = [](CaVerdict v) {
            return v == CaVerdict::blocks          ? 3
                   : v == CaVerdict::blocks_unless ? 2
                   : v == CaVerdict::unknown       ? 1
                                                   : 0;
        };
        if (weight(verdict) <= weight(finding.verdict)) return;
        finding.verdict = verdict;
        finding.policy = policy;
    };
    for (std::size_t i = 0; i < policies_.size(); ++i) {
        const ConditionalAccessPolicy& policy = policies_[i];
        const Ternary is_in = included(policy, facts);
        const Ternary is_out = excluded(policy, facts);
        if (is_in != Ternary::no && is_out == Ternary::yes && policy.state == PolicyState::enabled)
            finding.excluded_from.push_back(i);
        Ternary applies = both(is_in, opposite(is_out));
        if (applies == Ternary::no) continue;
        if (policy.state == PolicyState::report_only) {
            if (applies == Ternary::yes) finding.report_only.push_back(i);
            continue;
        }
        if (policy.state == PolicyState::unknown || policy.client_app_types.empty())
            applies = Ternary::unknown;
        if (applies == Ternary::unknown)
            raise(CaVerdict::unknown, i);
        else
            raise(policy.conditions_not_evaluated.empty() ? CaVerdict::blocks
                                                          : CaVerdict::blocks_unless,
                  i);
    }
    return finding;
}

std::string ConditionalAccess::names(const std::vector<std::size_t>& policies) const {
    constexpr std::size_t k_most = 3;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < std::min(policies.size(), k_most); ++i)
        out.push_back(fmt::format("\"{}\"", policies_[policies[i]].name));
    std::string text = join(out, ", ");
    if (policies.size() > k_most) text += fmt::format(" and {} more", policies.size() - k_most);
    return text;
}

std::string ConditionalAccess::words(const CaFinding& finding) const {
    std::string text;
    const ConditionalAccessPolicy* policy = finding.policy ? &policies_[*finding.policy] : nullptr;
    switch (finding.verdict) {
        case CaVerdict::not_read: return "not read";
        case CaVerdict::allows: text = "no policy applies"; break;
        case CaVerdict::blocks: text = fmt::format("\"{}\" applies", policy->name); break;
        case CaVerdict::blocks_unless:
            text = fmt::format("\"{}\" applies, with conditions that were not evaluated: {}",
                               policy->name, join(policy->conditions_not_evaluated, ", "));
            break;
        case CaVerdict::unknown:
            text = fmt::format("whether \"{}\" applies is not known", policy->name);
            break;
    }
    if (!finding.excluded_from.empty()) text += "; excluded from " + names(finding.excluded_from);
    if (!finding.report_only.empty()) text += "; only reported by " + names(finding.report_only);
    return text;
}

}  // namespace smtpaudit
