// The five switches that decide whether Basic works for a mailbox, and which of them decides
// (facts/exchange.md 4, graph.md 4). The first two switch the whole of SMTP AUTH, OAuth too.
#pragma once

#include "analysis/conditional_access.hpp"
#include "ledger/fact_book.hpp"
#include "model/facts.hpp"
#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace smtpaudit {

enum class Switch : std::uint8_t {
    tenant_flag,
    mailbox_flag,
    authentication_policy,
    security_defaults,
    conditional_access,
};
constexpr std::size_t k_switches = 5;
std::string_view to_string(Switch name);  // "tenant_flag", as in the run document
std::string_view switch_words(Switch name);  // "the tenant's SMTP AUTH switch"

// What the policy that applies says of Basic for SMTP.
enum class PolicyVerdict : std::uint8_t {
    not_read,
    no_policy,  // none is assigned, and the organisation has no default
    allows,
    blocks,
    unknown,  // its name is in no list, or the list does not tell
};
constexpr std::size_t k_policy_verdicts = 5;

struct SwitchInput {
    Setting<bool> tenant_disabled, mailbox_disabled;
    PolicyVerdict policy = PolicyVerdict::not_read;
    Setting<bool> security_defaults;
    CaVerdict conditional_access = CaVerdict::not_read;
    bool basic_seen = false;  // Basic succeeded in the last 7 days of the evidence
};

enum class Effect : std::uint8_t {
    allows,
    blocks,
    inherits,  // the mailbox leaves it to the tenant
    overridden,  // the mailbox has a value of its own
    no_effect,  // it does not touch this kind of authentication
    blocks_unless,  // neither yes nor no
    unknown,
};
std::string_view to_string(Effect effect);

struct SwitchAnswer {
    Ternary by_settings = Ternary::unknown;  // whether Basic works, by the switches alone
    Ternary basic_usable = Ternary::unknown;  // with what was seen: use beats settings
    Ternary oauth_usable = Ternary::unknown;  // by the two flags
    // The switch that decides by_settings: of several that block, the first; where it works, the
    // flag that lets it in. Absent: unknown.
    std::optional<Switch> decided_by;
    bool is_contradicted = false;  // the settings refuse what was seen to succeed
    std::array<Effect, k_switches> basic{}, oauth{};
};
SwitchAnswer solve_switches(const SwitchInput& input);

// The switches of one tenant, ready to be asked for each of its accounts.
class SwitchBoard {
public:
    explicit SwitchBoard(const FactBook& book);
    // False: no switch of anybody was read, so there is nothing to show.
    bool any() const { return any_; }
    // `facts`: as FactBook::read() gives them; those of an unknown account are empty.
    SwitchInput input(const AccountFacts& facts, bool basic_seen) const;
    // The chain with values in words and origins.
    Switches chain(const AccountFacts& facts, std::span<const std::uint32_t> entries,
                   const SwitchInput& input, const SwitchAnswer& answer) const;
    const ConditionalAccess& conditional_access() const { return conditional_access_; }
    const TenantFacts& tenant() const { return book_.tenant(); }

private:
    PolicyVerdict policy_of(const AccountFacts& facts) const;
    PolicyVerdict verdict_of(std::string_view written) const;
    std::string policy_words(const AccountFacts& facts) const;

    const FactBook& book_;
    ConditionalAccess conditional_access_;
    std::unordered_map<std::string, PolicyVerdict> policies_;  // by every folded name
    bool no_policy_blocks_ = false;  // all were read, and each allows Basic
    bool any_ = false;
};

}  // namespace smtpaudit
