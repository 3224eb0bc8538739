#include "analysis/account_settings.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

AccountFacts with_role(const char* id, const char* name, bool eligible = false) {
    AccountFacts facts;
    facts.user_id = "id-1";
    facts.roles = {{id, name, false, eligible}};
    return facts;
}

TenantFacts all_read() {
    TenantFacts tenant;
    tenant.roles_complete = true;
    tenant.risk_complete = true;
    return tenant;
}

}  // namespace

TEST_CASE("the strongest role decides the privilege") {
    const TenantFacts tenant = all_read();
    CHECK(privilege_of(with_role("62e90394-69f5-4237-9190-012177145e10", ""), tenant) ==
          Privilege::global);
    CHECK(privilege_of(with_role("x", "Exchange Administrator"), tenant) == Privilege::global);
    CHECK(privilege_of(with_role("x", "Helpdesk Administrator"), tenant) == Privilege::admin);
    CHECK(privilege_of(with_role("x", "Exchange Administrator", true), tenant) == Privilege::admin);
    CHECK(privilege_of(with_role("x", "Directory Readers"), tenant) == Privilege::none);
    CHECK(privilege_of(with_role("x", ""), tenant) == Privilege::admin);
}

TEST_CASE("no role is known only where all were read") {
    AccountFacts facts;
    facts.user_id = "id-1";
    CHECK(privilege_of(facts, all_read()) == Privilege::none);
    CHECK_FALSE(privilege_of(facts, TenantFacts()));
    facts.user_id.clear();  // nobody can tell whose roles these would be
    CHECK_FALSE(privilege_of(facts, all_read()));
    CHECK(privilege_of(with_role("x", "User Administrator"), TenantFacts()) == Privilege::admin);
}

TEST_CASE("a shared mailbox that can sign in needs both facts") {
    AccountFacts facts;
    CHECK_FALSE(shared_with_sign_in(facts));
    facts.mailbox_type = "UserMailbox";
    CHECK(shared_with_sign_in(facts) == false);
    facts.mailbox_type = "SharedMailbox";
    CHECK_FALSE(shared_with_sign_in(facts));
    facts.enabled = true;
    CHECK(shared_with_sign_in(facts) == true);
    facts.enabled = false;
    CHECK(shared_with_sign_in(facts) == false);
}

TEST_CASE("a user that is not listed is at no risk only where all were listed") {
    AccountFacts facts;
    facts.user_id = "id-1";
    CHECK(risk_of(facts, all_read()) == RiskState::none);
    CHECK_FALSE(risk_of(facts, TenantFacts()));
    facts.risk = RiskState::at_risk;
    CHECK(risk_of(facts, TenantFacts()) == RiskState::at_risk);
}

TEST_CASE("roles are named with how they are held") {
    AccountFacts facts;
    facts.roles = {{"x", "User Administrator", true, false},
                   {"y", "Billing Administrator", false, true}};
    CHECK(role_words(facts) == "Billing Administrator (eligible), User Administrator (by group)");
}
