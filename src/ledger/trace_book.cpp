#include "ledger/trace_book.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

std::string_view domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

}  // namespace

void TraceBook::add(const TracedMessage& message) {
    Sender& sender = senders_[fold_case(trim(message.sender))];
    ++sender.recipients;
    const std::string domain = fold_case(trim(domain_of(message.recipient)));
    const auto known = sender.domains.find(domain);
    if (known != sender.domains.end())
        ++known->second;
    else if (domain.empty() || sender.domains.size() >= k_most)
        ++sender.elsewhere;
    else
        sender.domains.emplace(domain, 1);
    if (message.from) {
        const auto at = sender.addresses.find(*message.from);
        if (at != sender.addresses.end())
            ++at->second;
        else if (sender.addresses.size() < k_most)
            sender.addresses.emplace(*message.from, 1);
    }
    if (!sender.first || message.at < *sender.first) sender.first = message.at;
    if (!sender.last || message.at > *sender.last) sender.last = message.at;
}

const TraceBook::Sender* TraceBook::find(std::string_view sender) const {
    const auto found = senders_.find(sender);
    return found == senders_.end() ? nullptr : &found->second;
}

std::uint64_t internal_recipients(const TraceBook::Sender& sender,
                                  const std::set<std::string, std::less<>>& own_domains) {
    std::uint64_t inside = 0;
    for (const auto& [domain, count] : sender.domains)
        if (own_domains.contains(domain)) inside += count;
    return inside;
}

void MachineNames::add(const MachineName& machine) {
    names_.try_emplace(machine.client,
                       Entry{std::string(machine.name), std::string(machine.origin)});
}

const MachineNames::Entry* MachineNames::find(const IpAddress& client) const {
    const auto found = names_.find(client);
    return found == names_.end() ? nullptr : &found->second;
}

}  // namespace smtpaudit
