// What the administrator knows: names, classes, owners and sites of accounts and devices.
#pragma once

#include "analysis/risk_model.hpp"
#include "base/ip.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct InventoryEntry {
    std::string match;  // an address, a pattern with *, an IP, a CIDR
    std::string name;  // empty: none
    std::optional<Business> business;
    std::string owner, site;
    std::uint64_t line = 0;
    bool is_script = false;  // the class was written as "script": code of one's own
};

// Exact matches win over ranges and patterns, narrow ranges over wide ones, then the first line.
class Inventory {
public:
    void add(InventoryEntry entry);
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    // The file, for "because" sentences.
    std::string source;

    const InventoryEntry* find_account(std::string_view folded_address) const;
    const InventoryEntry* find_device(const DeviceKey& key) const;
    // A named range is one device (a machine behind DHCP); a range without a name only labels the
    // devices inside it; a single IPv6 address is split from its /64. nullopt: the address names no
    // machine (machine_address.hpp) and no entry says otherwise.
    std::optional<DeviceKey> device_key(const IpAddress& address) const;
    std::string because(const InventoryEntry& entry) const;  // "inventory.csv:12"

private:
    struct Ranged {
        IpRange range;
        std::size_t entry = 0;
    };
    std::vector<InventoryEntry> entries_;
    std::vector<Ranged> ranges_;  // narrow first
    std::vector<std::size_t> addresses_;  // entries that match accounts, exact ones first
};

}  // namespace smtpaudit
