#include "analysis/actions.hpp"

#include "base/powershell.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

namespace smtpaudit {
namespace {

using Subjects = std::vector<const ActionSubject*>;

constexpr std::string_view k_policy = "Block Basic SMTP AUTH";

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", group_thousands(count), count == 1 ? one : many);
}

std::string accounts(std::size_t count) { return counted(count, "account", "accounts"); }

bool is_quiet_by_nature(Business business) {
    return business == Business::alert || business == Business::backup;
}

// Those whose mail stops when Basic does.
bool sends_basic(const ActionSubject& one) {
    return one.status == Status::active_basic || one.status == Status::mixed ||
           one.status == Status::dormant_basic;
}

template <typename Test>
Subjects pick(const ActionInput& input, Test test) {
    Subjects picked;
    for (const ActionSubject& one : input.subjects)
        if (test(one)) picked.push_back(&one);
    return picked;
}

std::vector<std::string> ids_of(const Subjects& subjects) {
    std::vector<std::string> ids;
    for (const ActionSubject* one : subjects) ids.push_back(one->id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

// A policy of that name that does block, as it should; absent: it must be made.
bool has_policy(const TenantFacts& tenant) {
    if (!tenant.authentication_policies) return false;
    return std::any_of(tenant.authentication_policies->begin(),
                       tenant.authentication_policies->end(), [](const AuthenticationPolicy& p) {
                           return equals_ignoring_case(p.name, k_policy) &&
                                  p.allow_basic_smtp.value == std::optional(false);
                       });
}

// So many accounts get a line each; of more, a line is for this many, so that a large tenant's
// actions do not fill the memory.
constexpr std::size_t k_most_single = 500;
constexpr std::size_t k_accounts_a_line = 100;

// Of the accounts from `first` on: 'a', 'b' | ForEach-Object { Set-User … }.
std::string line_of_many(const Subjects& subjects, std::size_t first, const std::string& policy) {
    std::string line;
    const std::size_t end = std::min(subjects.size(), first + k_accounts_a_line);
    for (std::size_t i = first; i < end; ++i)
        line += (i > first ? ", " : "") + powershell_quoted(subjects[i]->id);
    return line + " | ForEach-Object { Set-User -Identity $_ -AuthenticationPolicy " + policy +
           " }";
}

std::string policy_before(const ActionSubject& one) {
    return one.policy.value ? powershell_quoted(*one.policy.value) : std::string("$null");
}

void add_lines_of_many(Subjects subjects, const std::string& policy, Action& action) {
    for (std::size_t i = 0; i < subjects.size(); i += k_accounts_a_line)
        action.commands.push_back(line_of_many(subjects, i, policy));
    std::stable_sort(subjects.begin(), subjects.end(),
                     [](const ActionSubject* a, const ActionSubject* b) {
                         return policy_before(*a) < policy_before(*b);
                     });
    for (auto first = subjects.begin(); first != subjects.end();) {
        const std::string before = policy_before(**first);
        const auto last = std::find_if(first, subjects.end(), [&](const ActionSubject* one) {
            return policy_before(*one) != before;
        });
        const Subjects same(first, last);
        for (std::size_t i = 0; i < same.size(); i += k_accounts_a_line)
            action.undo.push_back(line_of_many(same, i, before));
        first = last;
    }
}

// Commands that give the policy to each, in the order of their ids, and that take it away again.
void add_policy_commands(const TenantFacts& tenant, Subjects subjects, Action& action) {
    std::sort(subjects.begin(), subjects.end(),
              [](const ActionSubject* a, const ActionSubject* b) { return a->id < b->id; });
    const std::string policy = powershell_quoted(k_policy);
    if (!has_policy(tenant)) action.commands.push_back("New-AuthenticationPolicy -Name " + policy);
    if (subjects.size() > k_most_single) return add_lines_of_many(subjects, policy, action);
    for (const ActionSubject* one : subjects) {
        const std::string who = powershell_quoted(one->id);
        action.commands.push_back(
            fmt::format("Set-User -Identity {} -AuthenticationPolicy {}", who, policy));
        const std::string before = policy_before(*one);
        action.undo.push_back(
            fmt::format("Set-User -Identity {} -AuthenticationPolicy {}", who, before));
    }
}

std::string policy_note(const Subjects& subjects) {
    const bool all_read = std::all_of(subjects.begin(), subjects.end(),
                                      [](const ActionSubject* one) { return one->policy.is_read; });
    return all_read ? ""
                    : " Which policy they have now was not read: look (Get-User) before undoing.";
}

void add_lock_down(const ActionInput& input, std::vector<Action>& actions) {
    const auto is_unused = [](const ActionSubject& one) {
        return one.is_known && (one.status == Status::enabled_unused ||
                                (one.status == Status::attempted && !one.uses_oauth &&
                                 one.basic_usable != Ternary::no));
    };
    const Subjects all = pick(input, is_unused);
    const Subjects picked = pick(input, [&](const ActionSubject& one) {
        return is_unused(one) && !is_quiet_by_nature(one.business);
    });
    if (picked.empty()) return;
    Action action;
    action.id = "lock-down-unused";
    action.title =
        fmt::format("Block Basic for {} that nobody sends with", accounts(picked.size()));
    action.why = fmt::format(
        "A password is enough to send as them, and no use was seen in {}. An authentication policy "
        "refuses Basic alone and leaves OAuth as it is; it takes up to 24 hours.{}",
        counted(static_cast<std::size_t>(std::max(0, input.covered_days)), "day", "days"),
        policy_note(picked));
    if (const std::size_t left = all.size() - picked.size(); left > 0)
        action.why += fmt::format(
            " {} left out: by name they send alerts or backup reports, which are rare; ask first.",
            group_thousands(left));
    action.affects = ids_of(picked);
    add_policy_commands(*input.tenant, picked, action);
    actions.push_back(std::move(action));
}

void add_close_migrated(const ActionInput& input, std::vector<Action>& actions) {
    const Subjects picked = pick(input, [](const ActionSubject& one) {
        return one.is_known && one.status == Status::migrated && one.basic_usable != Ternary::no;
    });
    if (picked.empty()) return;
    Action action;
    action.id = "close-migrated";
    action.title = fmt::format("Block Basic for {} that moved to OAuth", accounts(picked.size()));
    action.why =
        "Their last Basic submission is more than 30 days old. Blocking it keeps an old setting "
        "from coming back; leave SMTP AUTH itself on, OAuth needs it." +
        policy_note(picked);
    action.affects = ids_of(picked);
    add_policy_commands(*input.tenant, picked, action);
    actions.push_back(std::move(action));
}

void add_spray(const ActionInput& input, std::vector<Action>& actions) {
    if (input.spray_addresses.empty()) return;
    Action action;
    action.id = "spray";
    action.title = fmt::format("Answer one spray over {}", accounts(input.spray_accounts));
    std::vector<std::string> shown(
        input.spray_addresses.begin(),
        input.spray_addresses.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, input.spray_addresses.size())));
    if (input.spray_addresses.size() > shown.size())
        shown.push_back(fmt::format("{} more", input.spray_addresses.size() - shown.size()));
    action.why = fmt::format(
        "The same {} ({}) failed at {} by Basic. It is one attack and not that many: block Basic "
        "for those among them that do not send with it, and look at the sign-ins of those "
        "addresses "
        "for a success.",
        input.spray_addresses.size() == 1 ? "address" : "addresses", join(shown, ", "),
        accounts(input.spray_accounts));
    const Subjects hit = pick(input, [](const ActionSubject& one) { return one.in_spray; });
    const Subjects idle = pick(input, [](const ActionSubject& one) {
        return one.in_spray && one.is_known && !sends_basic(one) && one.status != Status::unknown &&
               one.basic_usable != Ternary::no;
    });
    action.affects = ids_of(hit);
    if (!idle.empty()) add_policy_commands(*input.tenant, idle, action);
    actions.push_back(std::move(action));
}

// What the tenant's switch would stop: senders whose mailbox leaves it to the tenant. A mailbox
// that was not read may be one of them.
void add_tenant_switch(const ActionInput& input, std::vector<Action>& actions) {
    const Setting<bool>& disabled = input.tenant->smtp_auth_disabled;
    if (disabled.value == std::optional(true)) return;
    const auto stops_basic = [](const ActionSubject& one) {
        return !one.mailbox_disabled.value && (sends_basic(one) || one.status == Status::unknown);
    };
    const auto stops_oauth = [](const ActionSubject& one) {
        return !one.mailbox_disabled.value && one.uses_oauth;
    };
    const Subjects basic = pick(input, stops_basic);
    const Subjects oauth = pick(input, stops_oauth);
    const Subjects both =
        pick(input, [&](const auto& one) { return stops_basic(one) || stops_oauth(one); });
    if (both.empty()) return;
    Action action;
    action.id = "tenant-switch";
    action.title = fmt::format("Leave the tenant's SMTP AUTH switch on: off today, {} would stop",
                               accounts(both.size()));
    action.why = fmt::format(
        "SmtpClientAuthenticationDisabled stops OAuth too: {} with Basic (or a protocol that is "
        "not "
        "told), and these {} OAuth {} would stop as well.",
        counted(basic.size(), "sender", "senders"), group_thousands(oauth.size()),
        oauth.size() == 1 ? "sender" : "senders");
    const Subjects own = pick(
        input, [](const ActionSubject& one) { return one.mailbox_disabled.value.has_value(); });
    const bool any_read =
        std::any_of(input.subjects.begin(), input.subjects.end(),
                    [](const ActionSubject& one) { return one.mailbox_disabled.is_read; });
    if (!own.empty())
        action.why += fmt::format(" {} not affected: the mailbox has a value of its own.",
                                  group_thousands(own.size()));
    if (!any_read)
        action.why += " Which mailboxes have a value of their own was not read; those would go on.";
    if (!disabled.is_read) action.why += " Whether it is on today was not read.";
    action.why += " To stop Basic alone, use an authentication policy.";
    action.affects = ids_of(both);
    actions.push_back(std::move(action));
}

// The switch that an administrator will use to turn Basic back on has no name yet, so there is no
// command for it: only what can be looked at today.
void add_default_off(const ActionInput& input, std::vector<Action>& actions) {
    if (!input.next) return;
    const Subjects picked = pick(input, [](const ActionSubject& one) { return sends_basic(one); });
    if (picked.empty()) return;
    Action action;
    action.id = "after-" + input.next->id;
    const std::string& what = input.next->what;
    action.title = fmt::format(
        "Have {} ready in {}: {}", accounts(picked.size()),
        counted(static_cast<std::size_t>(std::max(0, input.next->days_left)), "day", "days"),
        what.substr(0, what.find(';')));
    action.why =
        "They still send with Basic. Those that are not ready then must be let in again by an "
        "administrator; Microsoft has said that this will be possible and has not named the "
        "switch. "
        "The flags and policies below decide today; after the date paste what the device gets into "
        "\"smtpaudit explain --error\".";
    action.affects = ids_of(picked);
    action.commands = {"Get-TransportConfig | Format-List SmtpClientAuthenticationDisabled",
                       "Get-OrganizationConfig | Format-List DefaultAuthenticationPolicy",
                       "Get-CASMailbox -ResultSize Unlimited | "
                       "Format-Table PrimarySmtpAddress, SmtpClientAuthenticationDisabled"};
    actions.push_back(std::move(action));
}

// Small and harmless first: a mistake in the first wave is a lesson, in the last one an outage.
enum class Wave : std::uint8_t { pilot, small, broad, critical };
constexpr std::size_t k_waves = 4;
constexpr std::size_t k_pilot_accounts = 5;
constexpr std::uint64_t k_small_monthly = 100;

bool is_critical(Business business) {
    return business == Business::critical || business == Business::finance ||
           is_quiet_by_nature(business);
}

void add_waves(const ActionInput& input, std::vector<Action>& actions) {
    constexpr std::array<std::string_view, k_waves> what = {
        "a few quiet senders, to learn from",
        "the other senders of under 100 messages a month",
        "the louder ones",
        "what hurts most: finance, critical, alerts and backup reports",
    };
    Subjects senders =
        pick(input, [](const ActionSubject& one) { return one.is_known && sends_basic(one); });
    if (senders.empty()) return;
    std::sort(senders.begin(), senders.end(), [](const ActionSubject* a, const ActionSubject* b) {
        return std::tie(a->monthly_messages, a->id) < std::tie(b->monthly_messages, b->id);
    });
    std::array<Subjects, k_waves> waves;
    for (const ActionSubject* one : senders) {
        Wave wave = Wave::broad;
        if (is_critical(one->business))
            wave = Wave::critical;
        else if (waves[0].size() < k_pilot_accounts && one->monthly_messages < k_small_monthly)
            wave = Wave::pilot;
        else if (one->monthly_messages < k_small_monthly)
            wave = Wave::small;
        waves[static_cast<std::size_t>(wave)].push_back(one);
    }
    std::size_t number = 0;
    for (std::size_t i = 0; i < k_waves; ++i) {
        if (waves[i].empty()) continue;
        Action action;
        action.id = fmt::format("wave-{}", ++number);
        action.title = fmt::format("Wave {}: {}, {}", number, accounts(waves[i].size()), what[i]);
        action.why =
            "Move each sender first (its own row says how), then block Basic for the wave, and "
            "wait "
            "a day for complaints before the next. If one breaks, undo it alone." +
            policy_note(waves[i]);
        action.affects = ids_of(waves[i]);
        add_policy_commands(*input.tenant, waves[i], action);
        actions.push_back(std::move(action));
    }
}

}  // namespace

ActionSubject action_subject(const SubjectView& view) {
    ActionSubject one;
    one.id = view.id;
    one.status = view.risk.status;
    one.basic_usable = view.risk.basic_usable;
    one.uses_oauth = view.risk.oauth_window > 0;
    one.is_known = !view.has_mark("sender_only");
    if (view.facts) {
        one.mailbox_disabled = view.facts->smtp_auth_disabled;
        one.policy = view.facts->authentication_policy;
    }
    one.business = view.class_.business;
    one.monthly_messages = static_cast<std::uint64_t>(monthly_messages(view.risk, 0));
    one.in_spray = view.in_spray;
    return one;
}

std::vector<Action> make_actions(const ActionInput& input) {
    std::vector<Action> actions;
    add_spray(input, actions);
    add_lock_down(input, actions);
    add_close_migrated(input, actions);
    add_waves(input, actions);
    add_tenant_switch(input, actions);
    add_default_off(input, actions);
    return actions;
}

}  // namespace smtpaudit
