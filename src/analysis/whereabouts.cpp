#include "analysis/whereabouts.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_named = 5;  // addresses in one note

}  // namespace

std::optional<double> Recipients::internal_share() const {
    if (!domains_known || all == 0) return std::nullopt;
    return static_cast<double>(internal) / static_cast<double>(all);
}

Whereabouts::Whereabouts(const Ledger& ledger) : ledger_(ledger) {
    const TenantFacts& tenant = ledger.facts().tenant();
    if (tenant.named_locations)
        for (const NamedLocation& location : *tenant.named_locations)
            for (const std::string& text : location.ranges)
                if (const auto range = parse_ip_range(text))
                    sites_.emplace_back(*range, location.name);
    std::sort(sites_.begin(), sites_.end(), [](const auto& a, const auto& b) {
        if (a.first.prefix_bits != b.first.prefix_bits)
            return a.first.prefix_bits > b.first.prefix_bits;
        return std::pair(a.first.first, a.second) < std::pair(b.first.first, b.second);
    });
    if (tenant.accepted_domains)
        for (const AcceptedDomain& domain : *tenant.accepted_domains)
            own_domains_.insert(fold_case(domain.name));
    else
        for (const std::string& domain : tenant.domains) own_domains_.insert(fold_case(domain));
}

const std::string* Whereabouts::site_of(const DeviceKey& device) const {
    for (const auto& [range, name] : sites_)
        if (range.prefix_bits <= device.prefix_bits && range.contains(device.first)) return &name;
    return nullptr;
}

const MachineNames::Entry* Whereabouts::name_of(const DeviceKey& device) const {
    const IpRange range{device.first, device.prefix_bits};
    for (const auto& [address, entry] : ledger_.machine_names().all())
        if (range.contains(address)) return &entry;
    return nullptr;
}

std::vector<const TraceBook::Sender*> Whereabouts::traced(
    std::span<const std::string> senders) const {
    std::vector<const TraceBook::Sender*> found;
    for (const std::string& sender : senders)
        if (const auto* one = ledger_.traces().find(sender)) found.push_back(one);
    return found;
}

Recipients Whereabouts::recipients(std::span<const std::string> senders) const {
    Recipients found;
    found.domains_known = !own_domains_.empty();
    std::optional<UtcTime> first, last;
    for (const TraceBook::Sender* sender : traced(senders)) {
        found.all += sender->recipients;
        found.internal += internal_recipients(*sender, own_domains_);
        if (sender->first && (!first || *sender->first < *first)) first = sender->first;
        if (sender->last && (!last || *sender->last > *last)) last = sender->last;
    }
    if (first && last) found.days = days_between(day_of(*first), day_of(*last)) + 1;
    return found;
}

std::string Whereabouts::trace_note(std::span<const std::string> senders) const {
    std::uint64_t recipients = 0;
    std::map<IpAddress, std::uint64_t> addresses;
    for (const TraceBook::Sender* sender : traced(senders)) {
        recipients += sender->recipients;
        for (const auto& [address, count] : sender->addresses) addresses[address] += count;
    }
    if (recipients == 0) return {};
    std::string note = fmt::format("message trace of the last 10 days: {} recipients",
                                   group_thousands(recipients));
    if (const auto share = this->recipients(senders).internal_share())
        note += fmt::format(", {} % of them internal", round_half_up(100 * *share));
    std::vector<std::pair<std::uint64_t, std::string>> named;
    for (const auto& [address, count] : addresses) named.emplace_back(count, format_ip(address));
    std::stable_sort(named.begin(), named.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (named.size() > k_most_named) named.resize(k_most_named);
    std::vector<std::string> texts;
    for (const auto& entry : named) texts.push_back(entry.second);
    if (!texts.empty()) note += "; from " + join(texts, ", ");
    return note + " (a trace does not say whether a message came by SMTP AUTH)";
}

}  // namespace smtpaudit
