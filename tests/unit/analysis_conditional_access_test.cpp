#include "analysis/conditional_access.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

constexpr const char* k_user = "11111111-0000-0000-0000-000000000001";
constexpr const char* k_group = "22222222-0000-0000-0000-000000000001";
constexpr const char* k_role = "62e90394-69f5-4237-9190-012177145e10";

// One policy that blocks legacy clients for everybody, one account, one group.
struct Case {
    ConditionalAccessPolicy policy;
    AccountFacts account;
    TenantFacts tenant;

    Case() {
        policy.id = "p1";
        policy.name = "Block legacy";
        policy.state = PolicyState::enabled;
        policy.client_app_types = {"exchangeActiveSync", "other"};
        policy.include_applications = {"All"};
        policy.include_users = {"All"};
        policy.grant_controls = {"block"};
        account.user_id = k_user;
        account.user_type = "Member";
        tenant.groups.push_back({k_group, "Printers", {}, true});
        tenant.roles_complete = true;
    }
    CaFinding find() const {
        TenantFacts facts = tenant;
        facts.conditional_access.emplace();
        facts.conditional_access->push_back(policy);
        return ConditionalAccess(facts).evaluate(account);
    }
    std::string words() const {
        TenantFacts facts = tenant;
        facts.conditional_access.emplace();
        facts.conditional_access->push_back(policy);
        const ConditionalAccess access(facts);
        return access.words(access.evaluate(account));
    }
};

CaVerdict verdict(void (*change)(Case&)) {
    Case one;
    change(one);
    return one.find().verdict;
}

}  // namespace

TEST_CASE("a policy that was not read is not read") {
    CHECK(ConditionalAccess(TenantFacts()).evaluate({}).verdict == CaVerdict::not_read);
}

TEST_CASE("any grant control refuses a legacy client") {
    CHECK(verdict([](Case&) {}) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) { c.policy.grant_controls = {"mfa"}; }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) {
              c.policy.grant_controls = {"mfa", "compliantDevice"};
              c.policy.any_grant_suffices = true;
          }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) { c.policy.grant_controls.clear(); }) == CaVerdict::allows);
}

TEST_CASE("only enabled policies for legacy clients of Exchange apply") {
    CHECK(verdict([](Case& c) { c.policy.state = PolicyState::disabled; }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.state = PolicyState::report_only; }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.state = PolicyState::unknown; }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) { c.policy.client_app_types = {"browser"}; }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.client_app_types = {"all"}; }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) { c.policy.client_app_types.clear(); }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) { c.policy.include_applications = {"Office365"}; }) ==
          CaVerdict::blocks);
    CHECK(verdict([](Case& c) {
              c.policy.include_applications = {"00000002-0000-0ff1-ce00-000000000000"};
          }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) {
              c.policy.include_applications = {"00000003-0000-0000-c000-000000000000"};
          }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.exclude_applications = {"Office365"}; }) ==
          CaVerdict::allows);
}

TEST_CASE("users and groups and roles and guests are included and excluded") {
    CHECK(verdict([](Case& c) { c.policy.include_users = {"None"}; }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.include_users = {k_user}; }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) { c.policy.exclude_users = {k_user}; }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) { c.policy.exclude_groups = {k_group}; }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_groups = {k_group};
              c.tenant.groups[0].members = {k_user};
          }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) {
              c.policy.include_users.clear();
              c.policy.include_groups = {k_group};
          }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_roles = {k_role};
              c.account.roles = {{k_role, "Global Administrator", false, false}};
          }) == CaVerdict::allows);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_roles = {k_role};
              c.account.roles = {{k_role, "Global Administrator", false, true}};
          }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) { c.policy.exclude_guests = true; }) == CaVerdict::blocks);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_guests = true;
              c.account.user_type = "Guest";
          }) == CaVerdict::allows);
}

TEST_CASE("what was not read about an account leaves a policy unknown") {
    CHECK(verdict([](Case& c) {
              c.policy.exclude_groups = {k_group};
              c.tenant.groups[0].is_complete = false;
          }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_groups = {k_group};
              c.tenant.groups.clear();
          }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_users = {k_user};
              c.account.user_id.clear();
          }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_roles = {k_role};
              c.tenant.roles_complete.reset();
          }) == CaVerdict::unknown);
    CHECK(verdict([](Case& c) {
              c.policy.exclude_guests = true;
              c.account.user_type.reset();
          }) == CaVerdict::unknown);
    // Whom everybody includes and nobody leaves out needs no id.
    CHECK(verdict([](Case& c) { c.account.user_id.clear(); }) == CaVerdict::blocks);
}

TEST_CASE("a condition that was not evaluated would block unless") {
    Case one;
    one.policy.conditions_not_evaluated = {"locations"};
    CHECK(one.find().verdict == CaVerdict::blocks_unless);
    CHECK(one.words() ==
          "\"Block legacy\" applies, with conditions that were not evaluated: locations");
}

TEST_CASE("an exclusion is named") {
    Case one;
    one.policy.exclude_users = {k_user};
    CHECK(one.words() == "no policy applies; excluded from \"Block legacy\"");
    one.policy.state = PolicyState::report_only;
    CHECK(one.words() == "no policy applies");
    one.policy.exclude_users.clear();
    CHECK(one.words() == "no policy applies; only reported by \"Block legacy\"");
}

TEST_CASE("a sure block outweighs a policy with conditions") {
    Case one;
    TenantFacts facts = one.tenant;
    facts.conditional_access.emplace();
    ConditionalAccessPolicy conditional = one.policy;
    conditional.name = "A conditional one";
    conditional.conditions_not_evaluated = {"platforms"};
    facts.conditional_access->push_back(conditional);
    facts.conditional_access->push_back(one.policy);
    const ConditionalAccess access(facts);
    const CaFinding finding = access.evaluate(one.account);
    CHECK(finding.verdict == CaVerdict::blocks);
    CHECK(access.words(finding) == "\"Block legacy\" applies");
}
