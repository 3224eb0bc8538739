#include "analysis/inventory.hpp"

#include "analysis/machine_address.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

bool has_star(std::string_view match) { return match.find('*') != std::string_view::npos; }

// `*` stands for any characters, also none; no other character is special.
bool fits_pattern(std::string_view pattern, std::string_view text) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    const auto rest = pattern.substr(star + 1);
    for (std::size_t at = star; at <= text.size(); ++at)
        if (fits_pattern(rest, text.substr(at))) return true;
    return false;
}

}  // namespace

void Inventory::add(InventoryEntry entry) {
    const auto range = parse_ip_range(entry.match);
    entry.match = fold_case(trim(entry.match));
    const std::size_t number = entries_.size();
    if (range) {
        const auto wider = [](const Ranged& a, const Ranged& b) {
            return a.range.prefix_bits > b.range.prefix_bits;
        };
        const Ranged made{*range, number};
        ranges_.insert(std::upper_bound(ranges_.begin(), ranges_.end(), made, wider), made);
    } else if (has_star(entry.match)) {
        addresses_.push_back(number);
    } else {
        const auto first_star =
            std::find_if(addresses_.begin(), addresses_.end(),
                         [&](std::size_t i) { return has_star(entries_[i].match); });
        addresses_.insert(first_star, number);
    }
    entries_.push_back(std::move(entry));
}

const InventoryEntry* Inventory::find_account(std::string_view folded_address) const {
    for (const std::size_t i : addresses_)
        if (fits_pattern(entries_[i].match, folded_address)) return &entries_[i];
    return nullptr;
}

const InventoryEntry* Inventory::find_device(const DeviceKey& key) const {
    for (const Ranged& ranged : ranges_)
        if (ranged.range.prefix_bits <= key.prefix_bits && ranged.range.contains(key.first))
            return &entries_[ranged.entry];
    return nullptr;
}

std::optional<DeviceKey> Inventory::device_key(const IpAddress& address) const {
    for (const Ranged& ranged : ranges_) {
        if (!ranged.range.contains(address)) continue;
        if (ranged.range.prefix_bits == 128) return DeviceKey{address, 128};
        if (entries_[ranged.entry].name.empty()) continue;
        IpAddress first = ranged.range.first;
        for (unsigned bit = ranged.range.prefix_bits; bit < 128; ++bit)
            first.bytes[bit / 8] =
                static_cast<std::uint8_t>(first.bytes[bit / 8] & ~(0x80U >> (bit % 8)));
        return DeviceKey{first, ranged.range.prefix_bits};
    }
    if (!names_a_machine(address)) return std::nullopt;
    return default_device_key(address);
}

std::string Inventory::because(const InventoryEntry& entry) const {
    return fmt::format("{}:{}", source, entry.line);
}

}  // namespace smtpaudit
