#include "analysis/switches.hpp"
#include "base/text.hpp"
#include "support/catch.hpp"

#include <initializer_list>

using namespace smtpaudit;

namespace {

using Flag = Setting<bool>;

const std::vector<Flag> k_flags = {Flag{}, Flag::null(), Flag::of(false), Flag::of(true)};

// A lock is open, shut, or one of both: the set of worlds that the reading leaves possible.
struct Worlds {
    bool may_be_open = false, may_be_shut = false;
};
constexpr Worlds k_open{true, false}, k_shut{false, true}, k_either{true, true};

Worlds worlds_of_flags(const Flag& tenant, const Flag& mailbox) {
    Worlds result;
    // Every value that the two flags may have in truth.
    for (const bool tenant_off : {false, true}) {
        if (tenant.value && *tenant.value != tenant_off) continue;
        for (const int mailbox_state : {0, 1, 2}) {  // null, on, off
            if (mailbox.is_read && !mailbox.value && mailbox_state != 0) continue;
            if (mailbox.value && mailbox_state != (*mailbox.value ? 2 : 1)) continue;
            const bool off = mailbox_state == 0 ? tenant_off : mailbox_state == 2;
            (off ? result.may_be_shut : result.may_be_open) = true;
        }
    }
    return result;
}

Worlds worlds_of(PolicyVerdict verdict) {
    if (verdict == PolicyVerdict::blocks) return k_shut;
    if (verdict == PolicyVerdict::allows || verdict == PolicyVerdict::no_policy) return k_open;
    return k_either;
}

Worlds worlds_of(const Flag& security_defaults) {
    if (!security_defaults.value) return k_either;
    return *security_defaults.value ? k_shut : k_open;
}

Worlds worlds_of(CaVerdict verdict) {
    if (verdict == CaVerdict::blocks) return k_shut;
    return verdict == CaVerdict::allows ? k_open : k_either;
}

// Basic works in a world where every lock is open.
Ternary expected(const std::vector<Worlds>& locks) {
    bool works_in_some = true, fails_in_some = false;
    for (const Worlds& lock : locks) {
        works_in_some &= lock.may_be_open;
        fails_in_some |= lock.may_be_shut;
    }
    if (works_in_some && fails_in_some) return Ternary::unknown;
    return works_in_some ? Ternary::yes : Ternary::no;
}

SwitchInput input(const Flag& tenant, const Flag& mailbox, PolicyVerdict policy,
                  const Flag& defaults, CaVerdict ca, bool seen = false) {
    return {tenant, mailbox, policy, defaults, ca, seen};
}

template <typename Check>
void for_every_combination(Check check) {
    for (const Flag& tenant : k_flags)
        for (const Flag& mailbox : k_flags)
            for (std::size_t p = 0; p < k_policy_verdicts; ++p)
                for (const Flag& defaults : k_flags)
                    for (std::size_t c = 0; c < k_ca_verdicts; ++c)
                        for (const bool seen : {false, true})
                            check(input(tenant, mailbox, static_cast<PolicyVerdict>(p), defaults,
                                        static_cast<CaVerdict>(c), seen));
}

struct Tenant {
    TenantFacts facts;
    AccountFacts account;

    Tenant() {
        facts.smtp_auth_disabled = Flag::of(false);
        facts.default_authentication_policy = Setting<std::string>::null();
        facts.authentication_policies.emplace();
        facts.authentication_policies->push_back({"Block Basic", "Block Basic",
                                                  "CN=Block Basic,CN=Auth Policies,DC=contoso",
                                                  Flag::of(false)});
        facts.authentication_policies->push_back({"Printers", "", "", Flag::of(true)});
        facts.security_defaults = Flag::of(false);
        facts.conditional_access.emplace();
        facts.origin = "tenant.json";
        account.user_id = "id-1";
        account.user_principal_name = "scan@contoso.com";
        account.smtp_auth_disabled = Flag::null();
        account.authentication_policy = Setting<std::string>::null();
        account.origin = "accounts.csv";
        account.line = 3;
    }
    Switches switches(bool seen = false) const {
        FactBook book;
        book.add(facts);
        book.add(account);
        const SwitchBoard board(book);
        const std::uint32_t entry = 0;
        const AccountFacts read = book.read({&entry, 1});
        const SwitchInput in = board.input(read, seen);
        return board.chain(read, {&entry, 1}, in, solve_switches(in));
    }
    const SwitchState& policy() {
        last = switches();
        return last.chain.at(2);
    }
    Switches last;
};

}  // namespace

TEST_CASE("every combination of switches is answered as the worlds behind it are") {
    std::size_t count = 0;
    for_every_combination([&](const SwitchInput& in) {
        ++count;
        const Worlds flags = worlds_of_flags(in.tenant_disabled, in.mailbox_disabled);
        const Ternary by_settings =
            expected({flags, worlds_of(in.policy), worlds_of(in.security_defaults),
                      worlds_of(in.conditional_access)});
        const SwitchAnswer answer = solve_switches(in);
        if (answer.by_settings != by_settings || answer.oauth_usable != expected({flags}) ||
            answer.basic_usable != (in.basic_seen ? Ternary::yes : by_settings) ||
            answer.is_contradicted != (in.basic_seen && by_settings == Ternary::no))
            FAIL_CHECK("combination " << count);
    });
    CHECK(count == 4 * 4 * 5 * 4 * 5 * 2);
}

TEST_CASE("in every combination the deciding switch is one that decides") {
    std::size_t count = 0;
    for_every_combination([&](const SwitchInput& in) {
        ++count;
        const SwitchAnswer answer = solve_switches(in);
        bool holds = answer.decided_by.has_value() == (answer.by_settings != Ternary::unknown);
        if (answer.decided_by) {
            const Effect effect = answer.basic[static_cast<std::size_t>(*answer.decided_by)];
            holds &=
                effect == (answer.by_settings == Ternary::no ? Effect::blocks : Effect::allows);
        }
        if (!holds) FAIL_CHECK("combination " << count);
    });
}

TEST_CASE("the first switch that blocks is named") {
    const Flag on = Flag::of(false), off = Flag::of(true), null = Flag::null();
    struct Row {
        SwitchInput in;
        std::string_view decides;  // empty: unknown
        Ternary works;
    };
    const auto pass = PolicyVerdict::no_policy;
    const auto ca = CaVerdict::allows;
    const Row rows[] = {
        {input(off, null, pass, on, ca), "tenant_flag", Ternary::no},
        {input(on, off, pass, on, ca), "mailbox_flag", Ternary::no},
        {input(off, on, pass, on, ca), "mailbox_flag", Ternary::yes},
        {input(on, null, pass, on, ca), "tenant_flag", Ternary::yes},
        {input(on, null, PolicyVerdict::blocks, on, ca), "authentication_policy", Ternary::no},
        {input(on, null, pass, off, ca), "security_defaults", Ternary::no},
        {input(on, null, pass, on, CaVerdict::blocks), "conditional_access", Ternary::no},
        {input(off, null, PolicyVerdict::blocks, off, CaVerdict::blocks), "tenant_flag",
         Ternary::no},
        {input(on, Flag{}, PolicyVerdict::blocks, on, ca), "authentication_policy", Ternary::no},
        {input(off, Flag{}, pass, on, ca), "", Ternary::unknown},
        {input(on, Flag{}, pass, on, ca), "", Ternary::unknown},
        {input(Flag{}, null, pass, on, ca), "", Ternary::unknown},
        {input(on, null, pass, on, CaVerdict::blocks_unless), "", Ternary::unknown},
        {input(on, null, pass, on, CaVerdict::not_read), "", Ternary::unknown},
        {input(on, null, PolicyVerdict::unknown, on, ca), "", Ternary::unknown},
    };
    for (const Row& row : rows) {
        const SwitchAnswer answer = solve_switches(row.in);
        CHECK(answer.by_settings == row.works);
        CHECK((answer.decided_by ? to_string(*answer.decided_by) : "") == row.decides);
    }
}

TEST_CASE("only the two flags stop OAuth") {
    const SwitchAnswer policy = solve_switches(input(
        Flag::of(false), Flag::null(), PolicyVerdict::blocks, Flag::of(true), CaVerdict::blocks));
    CHECK(policy.by_settings == Ternary::no);
    CHECK(policy.oauth_usable == Ternary::yes);
    const SwitchAnswer tenant = solve_switches(input(
        Flag::of(true), Flag::null(), PolicyVerdict::allows, Flag::of(false), CaVerdict::allows));
    CHECK(tenant.oauth_usable == Ternary::no);
}

TEST_CASE("a chain shows each switch with value and effect and origin") {
    const Switches switches = Tenant().switches();
    CHECK(switches.basic_usable == Ternary::yes);
    CHECK(switches.decided_by == "tenant_flag");
    REQUIRE(switches.chain.size() == 5);
    CHECK(switches.chain[0].value == "SMTP AUTH on");
    CHECK(switches.chain[0].origin == "tenant.json");
    CHECK(switches.chain[1].value == "not set: as the tenant");
    CHECK(switches.chain[1].effect_basic == "left to the tenant");
    CHECK(switches.chain[1].origin == "accounts.csv:3");
    CHECK(switches.chain[2].value == "none, and no default");
    CHECK(switches.chain[3].value == "off");
    CHECK(switches.chain[3].effect_oauth == "not affected");
    CHECK(switches.chain[4].value == "no policy applies");
}

TEST_CASE("a policy is found by name and identity and distinguished name") {
    for (const char* written :
         {"Block Basic", "block basic", "CN=Block Basic,CN=Auth Policies,DC=contoso",
          "CN=Block Basic,CN=Elsewhere", "contoso.onmicrosoft.com/Configuration/Block Basic"}) {
        Tenant tenant;
        tenant.account.authentication_policy = Setting<std::string>::of(written);
        CHECK(tenant.policy().effect_basic == "blocks");
        CHECK(equals_ignoring_case(tenant.policy().value, "\"Block Basic\""));
    }
}

TEST_CASE("an unknown policy name stays visible and decides nothing") {
    Tenant tenant;
    tenant.account.authentication_policy = Setting<std::string>::of("Gone");
    CHECK(tenant.policy().value == "\"Gone\", which is in no list of policies");
    CHECK(tenant.policy().effect_basic == "unknown");
    CHECK(tenant.switches().basic_usable == Ternary::unknown);
    CHECK_FALSE(tenant.switches().decided_by);
}

TEST_CASE("an account without a policy has the organisation's default") {
    Tenant tenant;
    tenant.facts.default_authentication_policy = Setting<std::string>::of("Block Basic");
    CHECK(tenant.policy().value == "\"Block Basic\", the organisation's default");
    CHECK(tenant.policy().origin == "tenant.json");
    CHECK(tenant.switches().decided_by == "authentication_policy");
    tenant.facts.default_authentication_policy = {};
    CHECK(tenant.policy().effect_basic == "unknown");
}

TEST_CASE("a policy that was not read does not matter where none blocks") {
    Tenant tenant;
    tenant.account.authentication_policy = {};
    CHECK(tenant.switches().basic_usable == Ternary::unknown);
    tenant.facts.authentication_policies->erase(tenant.facts.authentication_policies->begin());
    CHECK(tenant.switches().basic_usable == Ternary::yes);
    tenant.facts.authentication_policies->clear();
    CHECK(tenant.switches().basic_usable == Ternary::yes);
}

TEST_CASE("a permission taken away gives unknown and never no") {
    const Tenant whole;
    for (const auto& take_away : std::initializer_list<void (*)(Tenant&)>{
             [](Tenant& t) { t.facts.smtp_auth_disabled = {}; },
             [](Tenant& t) { t.facts.security_defaults = {}; },
             [](Tenant& t) { t.facts.conditional_access.reset(); },
             [](Tenant& t) { t.facts.default_authentication_policy = {}; },
             [](Tenant& t) { t.account.smtp_auth_disabled = {}; },
             [](Tenant& t) { t.account.authentication_policy = {}; }}) {
        Tenant tenant;
        take_away(tenant);
        CHECK(tenant.switches().basic_usable == Ternary::unknown);
    }
    CHECK(whole.switches().basic_usable == Ternary::yes);
}

TEST_CASE("what was seen beats what the settings say") {
    Tenant tenant;
    tenant.facts.smtp_auth_disabled = Flag::of(true);
    CHECK(tenant.switches(false).basic_usable == Ternary::no);
    const Switches seen = tenant.switches(true);
    CHECK(seen.basic_usable == Ternary::yes);
    CHECK(seen.decided_by == "observed use");
    CHECK(seen.chain[0].effect_basic == "blocks");
}

TEST_CASE("without any setting there is no chain to show") {
    const FactBook book;
    const SwitchBoard board(book);
    const SwitchInput in = board.input({}, true);
    const Switches switches = board.chain({}, {}, in, solve_switches(in));
    CHECK(switches.chain.empty());
    CHECK(switches.basic_usable == Ternary::yes);
    CHECK(switches.decided_by == "observed use");
}
