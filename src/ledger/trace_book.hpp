// What message traces tell of each sender: where its mail goes, and from which addresses it came.
// Counted apart from everything else, because a trace does not say how a message was submitted.
#pragma once

#include "base/ip.hpp"
#include "base/time.hpp"
#include "model/observation.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

class TraceBook {
public:
    struct Sender {
        std::uint64_t recipients = 0;  // rows: one for each recipient of each message
        // Folded domains; at most k_most of them, the rest is in `elsewhere`.
        std::map<std::string, std::uint64_t, std::less<>> domains;
        std::uint64_t elsewhere = 0;
        std::map<IpAddress, std::uint64_t> addresses;  // rows; at most k_most
        std::optional<UtcTime> first, last;
    };
    static constexpr std::size_t k_most = 64;

    void add(const TracedMessage& message);
    // Nothing was traced for it: nullptr. `sender` is folded.
    const Sender* find(std::string_view sender) const;
    bool empty() const { return senders_.empty(); }

private:
    std::map<std::string, Sender, std::less<>> senders_;
};

// How many of its recipients are in the tenant's own folded domains. Those in `elsewhere` are taken
// as external: the tenant's own domains come up among the first.
std::uint64_t internal_recipients(const TraceBook::Sender& sender,
                                  const std::set<std::string, std::less<>>& own_domains);

// Names that machines give themselves, by address; the first that was read wins.
class MachineNames {
public:
    struct Entry {
        std::string name, origin;
    };
    void add(const MachineName& machine);
    const Entry* find(const IpAddress& client) const;
    const std::map<IpAddress, Entry>& all() const { return names_; }

private:
    std::map<IpAddress, Entry> names_;
};

}  // namespace smtpaudit
