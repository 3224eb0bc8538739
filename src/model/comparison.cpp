#include "model/comparison.hpp"

namespace smtpaudit {

std::string_view to_string(ChangeKind kind) {
    constexpr std::array<std::string_view, k_change_kinds> names = {
        "broken",    "relapsed", "new",       "louder",   "band_up", "not_compared",
        "migrating", "quieter",  "band_down", "migrated", "gone"};
    return names[static_cast<std::size_t>(kind)];
}

std::array<std::uint64_t, k_change_kinds> Comparison::count_by_kind() const {
    std::array<std::uint64_t, k_change_kinds> counts{};
    for (const Change& change : changes) ++counts[static_cast<std::size_t>(change.kind)];
    return counts;
}

}  // namespace smtpaudit
