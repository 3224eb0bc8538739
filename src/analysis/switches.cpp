#include "analysis/switches.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

std::size_t index(Switch name) { return static_cast<std::size_t>(name); }

Effect of_flag(const Setting<bool>& disabled) {
    if (!disabled.value) return Effect::unknown;
    return *disabled.value ? Effect::blocks : Effect::allows;
}

Effect of_policy(PolicyVerdict verdict) {
    switch (verdict) {
        case PolicyVerdict::no_policy:
        case PolicyVerdict::allows: return Effect::allows;
        case PolicyVerdict::blocks: return Effect::blocks;
        case PolicyVerdict::not_read:
        case PolicyVerdict::unknown: break;
    }
    return Effect::unknown;
}

Effect of_conditional_access(CaVerdict verdict) {
    switch (verdict) {
        case CaVerdict::allows: return Effect::allows;
        case CaVerdict::blocks: return Effect::blocks;
        case CaVerdict::blocks_unless: return Effect::blocks_unless;
        case CaVerdict::not_read:
        case CaVerdict::unknown: break;
    }
    return Effect::unknown;
}

// The two flags are one lock: the mailbox's own value wins, and null hands it to the tenant.
void solve_flags(const SwitchInput& input, SwitchAnswer& answer) {
    Effect& tenant = answer.basic[index(Switch::tenant_flag)];
    Effect& mailbox = answer.basic[index(Switch::mailbox_flag)];
    if (input.mailbox_disabled.value) {
        tenant = Effect::overridden;
        mailbox = of_flag(input.mailbox_disabled);
    } else if (input.mailbox_disabled.is_null()) {
        tenant = of_flag(input.tenant_disabled);
        mailbox = Effect::inherits;
    } else {
        // A mailbox that was not read may have a value of its own, either way.
        tenant = of_flag(input.tenant_disabled) == Effect::blocks ? Effect::blocks_unless
                                                                  : Effect::unknown;
        mailbox = Effect::unknown;
    }
    answer.oauth[index(Switch::tenant_flag)] = tenant;
    answer.oauth[index(Switch::mailbox_flag)] = mailbox;
}

bool is_open(Effect effect) { return effect == Effect::unknown || effect == Effect::blocks_unless; }

std::string flag_words(const Setting<bool>& disabled, std::string_view null_words) {
    if (!disabled.is_read) return "not read";
    if (!disabled.value) return std::string(null_words);
    return *disabled.value ? "SMTP AUTH off" : "SMTP AUTH on";
}

// "CN=Block Basic,CN=Auth Policies,…" and "contoso.onmicrosoft.com/…/Block Basic": the leaf.
std::string leaf_of(std::string_view written) {
    if (equals_ignoring_case(written.substr(0, 3), "cn=")) {
        std::string leaf;
        for (std::size_t i = 3; i < written.size() && written[i] != ','; ++i) {
            if (written[i] == '\\' && i + 1 < written.size()) ++i;
            leaf += written[i];
        }
        return leaf;
    }
    const std::size_t slash = written.rfind('/');
    return std::string(slash == std::string_view::npos ? written : written.substr(slash + 1));
}

}  // namespace

std::string_view to_string(Switch name) {
    constexpr std::array<std::string_view, k_switches> names = {
        "tenant_flag", "mailbox_flag", "authentication_policy", "security_defaults",
        "conditional_access"};
    return names[index(name)];
}

std::string_view switch_words(Switch name) {
    constexpr std::array<std::string_view, k_switches> words = {
        "the tenant's SMTP AUTH switch", "the mailbox's SMTP AUTH switch",
        "the authentication policy", "security defaults", "Conditional Access"};
    return words[index(name)];
}

std::string_view to_string(Effect effect) {
    constexpr std::array<std::string_view, 7> names = {"allows",
                                                       "blocks",
                                                       "left to the tenant",
                                                       "overridden by the mailbox",
                                                       "not affected",
                                                       "would block unless",
                                                       "unknown"};
    return names[static_cast<std::size_t>(effect)];
}

SwitchAnswer solve_switches(const SwitchInput& input) {
    SwitchAnswer answer;
    solve_flags(input, answer);
    answer.basic[index(Switch::authentication_policy)] = of_policy(input.policy);
    answer.basic[index(Switch::security_defaults)] = of_flag(input.security_defaults);
    answer.basic[index(Switch::conditional_access)] =
        of_conditional_access(input.conditional_access);
    answer.oauth[index(Switch::authentication_policy)] = Effect::no_effect;
    answer.oauth[index(Switch::security_defaults)] = Effect::no_effect;
    answer.oauth[index(Switch::conditional_access)] = Effect::no_effect;

    bool is_unknown = false;
    answer.by_settings = Ternary::yes;
    for (std::size_t i = 0; i < k_switches; ++i) {
        is_unknown |= is_open(answer.basic[i]);
        if (answer.basic[i] != Effect::blocks || answer.by_settings == Ternary::no) continue;
        answer.by_settings = Ternary::no;
        answer.decided_by = static_cast<Switch>(i);
    }
    if (answer.by_settings == Ternary::yes) {
        if (is_unknown)
            answer.by_settings = Ternary::unknown;
        else
            answer.decided_by =
                input.mailbox_disabled.value ? Switch::mailbox_flag : Switch::tenant_flag;
    }
    const Effect flags = input.mailbox_disabled.value ? answer.basic[index(Switch::mailbox_flag)]
                                                      : answer.basic[index(Switch::tenant_flag)];
    answer.oauth_usable = flags == Effect::blocks   ? Ternary::no
                          : flags == Effect::allows ? Ternary::yes
                                                    : Ternary::unknown;
    answer.basic_usable = input.basic_seen ? Ternary::yes : answer.by_settings;
    answer.is_contradicted = input.basic_seen && answer.by_settings == Ternary::no;
    return answer;
}

SwitchBoard::SwitchBoard(const FactBook& book) : book_(book), conditional_access_(book.tenant()) {
    const TenantFacts& tenant = book.tenant();
    any_ = tenant.smtp_auth_disabled.is_read || tenant.default_authentication_policy.is_read ||
           tenant.authentication_policies || tenant.security_defaults.is_read ||
           tenant.conditional_access || book.told(AccountField::smtp_auth_disabled) > 0 ||
           book.told(AccountField::authentication_policy) > 0;
    if (!tenant.authentication_policies) return;
    no_policy_blocks_ = true;
    for (const AuthenticationPolicy& policy : *tenant.authentication_policies) {
        const auto& allows = policy.allow_basic_smtp.value;
        const PolicyVerdict verdict = !allows   ? PolicyVerdict::unknown
                                      : *allows ? PolicyVerdict::allows
                                                : PolicyVerdict::blocks;
        no_policy_blocks_ &= verdict == PolicyVerdict::allows;
        for (const std::string& name :
             {policy.name, policy.identity, policy.distinguished_name, leaf_of(policy.identity)})
            if (!name.empty()) policies_.emplace(fold_case(name), verdict);
    }
}

PolicyVerdict SwitchBoard::verdict_of(std::string_view written) const {
    if (!tenant().authentication_policies) return PolicyVerdict::unknown;
    auto found = policies_.find(fold_case(written));
    if (found == policies_.end()) found = policies_.find(fold_case(leaf_of(written)));
    return found == policies_.end() ? PolicyVerdict::unknown : found->second;
}

PolicyVerdict SwitchBoard::policy_of(const AccountFacts& facts) const {
    // Whichever applies: where no policy blocks, it need not be known.
    const PolicyVerdict not_told = !no_policy_blocks_  ? PolicyVerdict::not_read
                                   : policies_.empty() ? PolicyVerdict::no_policy
                                                       : PolicyVerdict::allows;
    const Setting<std::string>& own = facts.authentication_policy;
    if (own.value) return verdict_of(*own.value);
    if (!own.is_read) return not_told;
    const Setting<std::string>& standard = tenant().default_authentication_policy;
    if (standard.value) return verdict_of(*standard.value);
    return standard.is_read ? PolicyVerdict::no_policy : not_told;
}

SwitchInput SwitchBoard::input(const AccountFacts& facts, bool basic_seen) const {
    return {tenant().smtp_auth_disabled,
            facts.smtp_auth_disabled,
            policy_of(facts),
            tenant().security_defaults,
            conditional_access_.evaluate(facts).verdict,
            basic_seen};
}

std::string SwitchBoard::policy_words(const AccountFacts& facts) const {
    const auto named = [&](const std::string& written, std::string_view whose) {
        std::string text = fmt::format("\"{}\"{}", leaf_of(written), whose);
        if (!tenant().authentication_policies)
            text += ", what it allows was not read";
        else if (verdict_of(written) == PolicyVerdict::unknown)
            text += ", which is in no list of policies";
        return text;
    };
    const Setting<std::string>& own = facts.authentication_policy;
    if (own.value) return named(*own.value, "");
    if (!own.is_read)
        return no_policy_blocks_ ? "not read; no policy of the tenant blocks Basic" : "not read";
    const Setting<std::string>& standard = tenant().default_authentication_policy;
    if (standard.value) return named(*standard.value, ", the organisation's default");
    return standard.is_read ? "none, and no default" : "none of its own; the default was not read";
}

Switches SwitchBoard::chain(const AccountFacts& facts, std::span<const std::uint32_t> entries,
                            const SwitchInput& input, const SwitchAnswer& answer) const {
    Switches switches;
    switches.basic_usable = answer.basic_usable;
    if (answer.by_settings == answer.basic_usable && answer.decided_by)
        switches.decided_by = to_string(*answer.decided_by);
    else if (input.basic_seen)
        switches.decided_by = "observed use";
    if (!any_) return switches;
    const bool own_policy =
        facts.authentication_policy.value || !facts.authentication_policy.is_read;
    const std::array<std::string, k_switches> values = {
        flag_words(input.tenant_disabled, "not set"),
        flag_words(input.mailbox_disabled, "not set: as the tenant"),
        policy_words(facts),
        !input.security_defaults.is_read ? "not read"
        : !input.security_defaults.value ? "not set"
        : *input.security_defaults.value ? "on"
                                         : "off",
        conditional_access_.words(conditional_access_.evaluate(facts)),
    };
    const std::array<std::string, k_switches> origins = {
        book_.origin(TenantField::smtp_auth_disabled),
        book_.origin(entries, AccountField::smtp_auth_disabled),
        own_policy ? book_.origin(entries, AccountField::authentication_policy)
                   : book_.origin(TenantField::default_authentication_policy),
        book_.origin(TenantField::security_defaults),
        book_.origin(TenantField::conditional_access),
    };
    for (std::size_t i = 0; i < k_switches; ++i)
        switches.chain.push_back({std::string(to_string(static_cast<Switch>(i))), values[i],
                                  std::string(to_string(answer.basic[i])),
                                  std::string(to_string(answer.oauth[i])), origins[i]});
    return switches;
}

}  // namespace smtpaudit
