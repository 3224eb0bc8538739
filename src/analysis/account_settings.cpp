#include "analysis/account_settings.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace smtpaudit {
namespace {

struct TopRole {
    std::string_view template_id, name;
};
// The first id is in facts/graph.md 4; the others are those of Microsoft's list of built-in roles,
// and the name decides where an id should ever differ.
constexpr std::array<TopRole, 4> k_top_roles = {{
    {"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
    {"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"},
    {"e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"},
    {"c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"},
}};

bool is_top(const DirectoryRole& role) {
    return std::any_of(k_top_roles.begin(), k_top_roles.end(), [&](const TopRole& top) {
        return equals_ignoring_case(role.template_id, top.template_id) ||
               equals_ignoring_case(role.name, top.name);
    });
}

// Readers and inviters administer nothing. A role without a name may be any.
bool is_admin(const DirectoryRole& role) {
    return role.name.empty() || fold_case(role.name).find("admin") != std::string::npos;
}

}  // namespace

std::optional<Privilege> privilege_of(const AccountFacts& facts, const TenantFacts& tenant) {
    Privilege privilege = Privilege::none;
    for (const DirectoryRole& role : facts.roles) {
        if (is_top(role) && !role.eligible) return Privilege::global;
        if (is_top(role) || is_admin(role)) privilege = Privilege::admin;
    }
    if (privilege != Privilege::none) return privilege;
    const bool all_read = tenant.roles_complete.value_or(false) && !facts.user_id.empty();
    return all_read ? std::optional(Privilege::none) : std::nullopt;
}

std::string role_words(const AccountFacts& facts) {
    constexpr std::size_t k_most = 4;
    std::vector<std::string> roles;
    for (const DirectoryRole& role : facts.roles) {
        std::string text = role.name.empty() ? "role " + role.template_id : role.name;
        if (role.eligible) text += " (eligible)";
        if (role.by_group) text += " (by group)";
        roles.push_back(std::move(text));
    }
    std::sort(roles.begin(), roles.end());
    const std::size_t more = roles.size() > k_most ? roles.size() - k_most : 0;
    if (more > 0) {
        roles.resize(k_most);
        roles.push_back("and " + std::to_string(more) + " more");
    }
    return join(roles, ", ");
}

std::optional<bool> shared_with_sign_in(const AccountFacts& facts) {
    if (!facts.mailbox_type) return std::nullopt;
    if (!equals_ignoring_case(*facts.mailbox_type, "SharedMailbox")) return false;
    return facts.enabled;
}

std::optional<RiskState> risk_of(const AccountFacts& facts, const TenantFacts& tenant) {
    if (facts.risk) return facts.risk;
    if (tenant.risk_complete.value_or(false) && !facts.user_id.empty()) return RiskState::none;
    return std::nullopt;
}

}  // namespace smtpaudit
