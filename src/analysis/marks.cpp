#include "analysis/marks.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

constexpr double k_together = 0.3;  // of the active days: several devices are in use side by side
constexpr double k_apart = 0.1;
constexpr std::size_t k_least_changes = 3;  // addresses

std::vector<const LinkedUse*> basic_links(const UseProfile& profile) {
    std::vector<const LinkedUse*> links;
    for (const LinkedUse& use : profile.linked)
        if (use.uses_basic() && use.first_basic) links.push_back(&use);
    std::sort(links.begin(), links.end(), [](const LinkedUse* a, const LinkedUse* b) {
        if (a->first_basic != b->first_basic) return a->first_basic < b->first_basic;
        return a->last_basic < b->last_basic;
    });
    return links;
}

// Each address begins where the one before ends, and none comes back: a lease that was renewed.
bool one_after_the_other(const std::vector<const LinkedUse*>& links) {
    for (std::size_t i = 1; i < links.size(); ++i)
        if (*links[i]->first_basic < *links[i - 1]->last_basic) return false;
    return true;
}

std::vector<std::string> account_marks(const UseProfile& profile) {
    const auto links = basic_links(profile);
    const MeasureUse& use = profile.basic();
    if (links.size() < k_least_changes || use.active_days == 0) return {};
    const auto stable = static_cast<std::size_t>(std::count_if(
        links.begin(), links.end(),
        [](const LinkedUse* link) { return link->basic_days >= k_stable_client_days; }));
    const double crowded = static_cast<double>(use.crowded_days) / use.active_days;
    if (stable >= k_shared_password_clients && crowded >= k_together) return {"shared_password"};
    if (crowded <= k_apart && one_after_the_other(links)) return {"changing_address"};
    if (links.size() >= k_shared_password_clients && 2 * stable < links.size() &&
        crowded < k_together)
        return {"roaming_suspected"};
    return {};
}

std::vector<std::string> device_marks(const UseProfile& profile) {
    const std::size_t accounts = basic_links(profile).size();
    if (tls_stacks(profile) > 1) return {"nat_suspected"};
    if (accounts >= k_relay_accounts) return {"relay_suspected"};
    return {};
}

}  // namespace

std::size_t tls_stacks(const UseProfile& device) {
    std::vector<std::uint16_t> apart;  // sets of which no two share a cipher
    for (const LinkedUse* link : basic_links(device)) {
        if (link->stacks == 0) continue;
        std::uint16_t joined = link->stacks;
        std::erase_if(apart, [&](std::uint16_t other) {
            if ((other & joined) == 0) return false;
            joined = static_cast<std::uint16_t>(joined | other);
            return true;
        });
        apart.push_back(joined);
    }
    return apart.size();
}

std::vector<std::string> link_marks(const UseProfile& profile, bool is_device) {
    return is_device ? device_marks(profile) : account_marks(profile);
}

}  // namespace smtpaudit
