#include "app/packed_accounts.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace smtpaudit;

namespace {

AccountFacts full() {
    AccountFacts facts;
    facts.user_id = "id-1";
    facts.user_principal_name = "Erp@contoso.com";
    facts.mail = "erp@contoso.com";
    facts.addresses = {"erp@contoso.com", "sales@contoso.com"};
    facts.is_mailbox = true;
    facts.enabled = false;
    facts.user_type = "Member";
    facts.password_changed = UtcTime(std::chrono::seconds(-5));  // before 1970
    facts.mailbox_type = "SharedMailbox";
    facts.smtp_auth_disabled = Setting<bool>::of(true);
    facts.authentication_policy = Setting<std::string>::of("Block Basic");
    facts.mfa_registered = true;
    facts.roles = {{"r-1", "Global Reader", true, false}, {"r-2", "", false, true}};
    facts.risk = RiskState::at_risk;
    facts.origin = "Get-Mailbox";
    facts.line = 70'000;
    return facts;
}

std::vector<AccountFacts> unpacked(const PackedAccounts& packed) {
    std::vector<AccountFacts> all;
    packed.each([&](const AccountFacts& facts) { all.push_back(facts); });
    return all;
}

void check_same(const AccountFacts& a, const AccountFacts& b) {
    CHECK(a.user_id == b.user_id);
    CHECK(a.user_principal_name == b.user_principal_name);
    CHECK(a.mail == b.mail);
    CHECK(a.addresses == b.addresses);
    CHECK(a.is_mailbox == b.is_mailbox);
    CHECK(a.enabled == b.enabled);
    CHECK(a.user_type == b.user_type);
    CHECK(a.password_changed == b.password_changed);
    CHECK(a.mailbox_type == b.mailbox_type);
    CHECK(a.smtp_auth_disabled == b.smtp_auth_disabled);
    CHECK(a.authentication_policy == b.authentication_policy);
    CHECK(a.mfa_registered == b.mfa_registered);
    CHECK(a.roles == b.roles);
    CHECK(a.risk == b.risk);
    CHECK(a.origin == b.origin);
    CHECK(a.line == b.line);
}

}  // namespace

TEST_CASE("packed records come out as they went in") {
    AccountFacts nulls;
    nulls.smtp_auth_disabled = Setting<bool>::null();
    nulls.authentication_policy = Setting<std::string>::null();
    nulls.mail = std::string(300, 'x');
    nulls.origin = "Get-User";
    AccountFacts no;
    no.smtp_auth_disabled = Setting<bool>::of(false);
    no.mfa_registered = false;
    no.enabled = true;
    no.origin = "Get-Mailbox";
    no.risk = RiskState::none;
    const std::vector<AccountFacts> given = {full(), nulls, no, AccountFacts(), full()};
    PackedAccounts packed;
    for (const AccountFacts& facts : given) packed.add(facts);
    CHECK(packed.size() == given.size());
    const auto got = unpacked(packed);
    REQUIRE(got.size() == given.size());
    for (std::size_t i = 0; i < given.size(); ++i) check_same(got[i], given[i]);
}

TEST_CASE("a mailbox is packed into less than two hundred bytes") {
    AccountFacts facts = full();
    facts.roles.clear();
    facts.user_id = "11111111-2222-3333-4444-555555555555";
    PackedAccounts packed;
    for (int i = 0; i < 1000; ++i) packed.add(facts);
    CHECK(packed.bytes() < 200'000);
}
