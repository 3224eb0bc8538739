// One counted fact from one source, and the sink that takes such facts one by one.
#pragma once

#include "base/ip.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

enum class Protocol : std::uint8_t { basic, oauth, unknown };
constexpr std::size_t k_protocols = 3;

enum class TlsVersion : std::uint8_t { tls10, tls11, tls12, tls13, unknown };
constexpr std::size_t k_tls_versions = 5;

enum class Outcome : std::uint8_t { success, failure };

// What Entra ID Protection says of one sign-in, its state and levels in one (facts/graph.md 1.1).
// Unknown: not told, or "hidden", as in every tenant without Entra ID P2. Remediated, dismissed and
// confirmed safe are none. Ordered: the later one is the worse one.
enum class SignInRisk : std::uint8_t { unknown, none, at_risk, low, medium, high, compromised };
std::string_view to_string(SignInRisk risk);  // "none", "at risk", "low" … "confirmed compromised"

std::string_view to_string(Protocol protocol);  // "basic"
std::string_view to_string(TlsVersion version);  // "1.0" … "unknown"

// One row of a report, or one sign-in. The texts live only while the sink is called.
// Messages and sign-ins are different things: an observation carries one of them, never both.
struct Observation {
    std::string_view account;  // an address or UPN as the source writes it; the ledger folds case
    std::string_view user_id;  // Entra object id in sign-ins; empty: not told
    std::optional<UtcTime> at;  // absent: the source has no dates
    bool has_time = false;  // false: `at` tells the day alone
    Protocol protocol = Protocol::unknown;
    // OAuth sign-ins do not say which protocol the token was for (facts/graph.md 1.4): a note only.
    bool possible_smtp = false;
    Outcome outcome = Outcome::success;
    int error_code = 0;  // Entra's, of a failed sign-in
    std::optional<IpAddress> client;
    SignInRisk risk = SignInRisk::unknown;  // of a sign-in
    std::string_view tls_cipher;
    std::string_view user_agent;
    std::string_view app;
    std::string_view country;  // ISO 3166 alpha-2, upper case; empty: not told
    std::uint64_t messages = 0;
    std::uint64_t sign_ins = 0;
    // How the messages divide by TLS version, by TlsVersion; sums to `messages`.
    std::uint64_t tls[k_tls_versions] = {};
    // The message id or sign-in id, where the source has one: what "counted twice" is decided by.
    std::string_view record_id;
    std::uint64_t line = 0;  // line of a file, row number of a request; from 1
};

// One recipient of one message of a message trace (facts/exchange.md 2.5, 4.4). A trace never says
// how a message was submitted, so it counts nothing that is ranked: it tells who received mail of a
// sender, and hints at an address.
struct TracedMessage {
    std::string_view sender;  // as asked for
    std::string_view recipient;
    UtcTime at;
    std::optional<IpAddress> from;
};

// What a machine calls itself, read from the headers of a message that it submitted.
struct MachineName {
    IpAddress client;
    std::string_view name;  // EHLO
    std::string_view origin;  // the message's file
};

struct AccountFacts;
struct TenantFacts;

// What sources push into.
class EvidenceSink {
public:
    virtual ~EvidenceSink() = default;
    virtual void observe(const Observation& observation) = 0;
    virtual void account(const AccountFacts& facts) = 0;
    virtual void tenant(const TenantFacts& facts) = 0;
    // Few sources tell these, and few sinks want them.
    virtual void traced(const TracedMessage&) {}
    virtual void machine(const MachineName&) {}
};

}  // namespace smtpaudit
