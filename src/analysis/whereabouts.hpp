// What is known of addresses and recipients beside the counters: the tenant's own names for its
// networks, what machines call themselves, and where a sender's mail goes.
#pragma once

#include "base/ip.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit {

// Who received mail of a sender, by message trace: a row for each recipient of each message.
struct Recipients {
    std::uint64_t all = 0;  // 0: not traced
    std::uint64_t internal = 0;  // in the tenant's own domains
    bool domains_known = false;  // false: nobody can tell which are internal
    int days = 0;  // from the first to the last of them

    std::optional<double> internal_share() const;  // nullopt: not known
    bool are_all_internal() const { return domains_known && all > 0 && internal == all; }
};

class Whereabouts {
public:
    explicit Whereabouts(const Ledger& ledger);

    // The narrowest named location that holds the device; nullptr: none.
    const std::string* site_of(const DeviceKey& device) const;
    // What the machine at an address of this device called itself; nullptr: nobody read it.
    const MachineNames::Entry* name_of(const DeviceKey& device) const;
    // Of mail of these folded addresses.
    Recipients recipients(std::span<const std::string> senders) const;
    // "message trace: 120 recipients in 10 days, 95 % of them internal; from 203.0.113.7"; empty: not
    // traced.
    std::string trace_note(std::span<const std::string> senders) const;

private:
    std::vector<const TraceBook::Sender*> traced(std::span<const std::string> senders) const;

    const Ledger& ledger_;
    std::vector<std::pair<IpRange, std::string>> sites_;  // narrow first
    std::set<std::string, std::less<>> own_domains_;  // folded
};

}  // namespace smtpaudit
