#include "analysis/marks.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

constexpr double k_together = 0.3;  // of the active days: several devices are in use side by side
constexpr double k_apart = 0.1;
constexpr double k_seldom = 0.4;  // of the active days begin at another address than the last ended
constexpr double k_often = 0.25;  // of the active days
constexpr std::size_t k_roaming_clients = 5;
constexpr int k_least_days_on_road = 10;  // active days: in a week every place is a new one
constexpr std::size_t k_least_changes = 3;  // addresses

std::vector<const LinkedUse*> basic_links(const UseProfile& profile) {
    std::vector<const LinkedUse*> links;
    for (const LinkedUse& use : profile.linked)
        if (use.uses_basic() && use.basic_days > 0) links.push_back(&use);
    return links;
}

std::size_t with_days(const std::vector<const LinkedUse*>& links, int days) {
    return static_cast<std::size_t>(
        std::count_if(links.begin(), links.end(),
                      [days](const LinkedUse* link) { return link->basic_days >= days; }));
}

// Devices have their own days, each about as many as the next. A person has a home, an office and
// many places of a day or two; with as many days at each, only what the account is can tell.
std::vector<std::string> account_marks(const UseProfile& profile, Business business) {
    const auto links = basic_links(profile);
    const MeasureUse& use = profile.basic();
    if (links.size() < k_least_changes || use.active_days == 0) return {};
    const double crowded = static_cast<double>(use.crowded_days) / use.active_days;
    // A lease is kept for some days, then another one follows; it may come back one day.
    if (crowded <= k_apart && use.moves <= k_seldom * use.active_days) return {"changing_address"};
    const bool is_device = business != Business::person && business != Business::unknown;
    const int stable = std::clamp(use.active_days / 3, 2, k_stable_client_days);
    const int often = std::max(stable, is_device ? 0 : static_cast<int>(k_often * use.active_days));
    const std::size_t steady = with_days(links, often);
    if (crowded >= k_together && steady >= k_shared_password_clients) return {"shared_password"};
    if (!is_device && use.active_days >= k_least_days_on_road &&
        links.size() >= k_roaming_clients && steady < k_shared_password_clients)
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

std::vector<std::string> link_marks(const UseProfile& profile, bool is_device, Business business) {
    return is_device ? device_marks(profile) : account_marks(profile, business);
}

}  // namespace smtpaudit
