#include "ledger/text_sets.hpp"

#include <algorithm>
#include <utility>

namespace smtpaudit {

std::uint32_t TextSets::keep(Members members) {
    const auto number = static_cast<std::uint32_t>(sets_.size());
    const auto [entry, is_new] = numbers_.try_emplace(std::move(members), number);
    if (is_new) sets_.push_back(&entry->first);
    return entry->second;
}

std::uint32_t TextSets::with(std::uint32_t set, std::string_view text, Interner& texts) {
    if (text.empty()) return set;
    for (const std::uint32_t member : *sets_[set])
        if (texts.text(member) == text) return set;
    const std::uint32_t added = texts.intern(text);
    const auto [entry, is_new] = next_.try_emplace(std::uint64_t{set} << 32U | added, set);
    if (!is_new) return entry->second;
    Members members = *sets_[set];
    members.insert(std::lower_bound(members.begin(), members.end(), text,
                                    [&](std::uint32_t member, std::string_view other) {
                                        return texts.text(member) < other;
                                    }),
                   added);
    if (members.size() > k_most) members.pop_back();
    return entry->second = keep(std::move(members));
}

}  // namespace smtpaudit
