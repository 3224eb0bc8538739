#include "sources/graph_settings_file.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

#include <fmt/format.h>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

using Lines = std::vector<std::string>;

// What a file tells, with the facts themselves.
struct Read {
    RecordingSink sink;
    Coverage coverage;
    std::string kind, error;
};

Read read(const std::string& text) {
    Read got;
    auto file = EvidenceFile::open(std::make_unique<TextSource>(text), "f.json", {});
    if (!file) {
        got.error = file.error().message;
        return got;
    }
    got.kind = file->kind().id;
    const auto coverage = file->read(got.sink);
    if (coverage)
        got.coverage = *coverage;
    else
        got.error = coverage.error().message;
    return got;
}

constexpr const char* k_policy = R"({"id":"p1","displayName":"Block legacy","state":"enabled",
    "conditions":{"clientAppTypes":["other"],"applications":{"includeApplications":["All"]},
      "users":{"includeUsers":["All"],"excludeUsers":["u-1"],"excludeGroups":["g-1"]},
      "platforms":null,"locations":{"includeLocations":["All"]}},
    "grantControls":{"operator":"OR","builtInControls":["block"]},"sessionControls":null})";

// The same by Get-MgIdentityConditionalAccessPolicy and ConvertTo-Json -Depth 10.
constexpr const char* k_policy_of_powershell = R"({"Id":"p1","DisplayName":"Block legacy",
    "State":"enabled","Conditions":{"ClientAppTypes":["other"],
      "Applications":{"ApplicationFilter":{"Mode":null,"Rule":null},"IncludeApplications":["All"],
        "ExcludeApplications":[],"IncludeUserActions":[]},
      "ClientApplications":{"IncludeServicePrincipals":null,"ServicePrincipalFilter":{"Mode":null}},
      "Devices":{"DeviceFilter":{"Mode":null,"Rule":null}},"UserRiskLevels":[],
      "Users":{"IncludeUsers":["All"],"ExcludeUsers":["u-1"],"ExcludeGroups":["g-1"],
        "ExcludeGuestsOrExternalUsers":{"ExternalTenants":{"MembershipKind":null},
          "GuestOrExternalUserTypes":null}},
      "Platforms":{"IncludePlatforms":null},"Locations":{"IncludeLocations":["All"],
        "ExcludeLocations":null},"AdditionalProperties":{}},
    "GrantControls":{"Operator":"OR","BuiltInControls":["block"],
      "AuthenticationStrength":{"Id":null,"AllowedCombinations":null},"TermsOfUse":[],
      "AdditionalProperties":{"authenticationStrength@odata.context":"x"}},
    "SessionControls":{"DisableResilienceDefaults":null},"AdditionalProperties":{}})";

void check_policy(const Read& got) {
    INFO(got.error);
    REQUIRE(got.sink.tenants.size() == 1);
    REQUIRE(got.sink.tenants[0].conditional_access);
    const ConditionalAccessPolicy& policy = got.sink.tenants[0].conditional_access->at(0);
    CHECK(policy.id == "p1");
    CHECK(policy.name == "Block legacy");
    CHECK(policy.state == PolicyState::enabled);
    CHECK(policy.client_app_types == Lines{"other"});
    CHECK(policy.include_applications == Lines{"All"});
    CHECK(policy.include_users == Lines{"All"});
    CHECK(policy.exclude_users == Lines{"u-1"});
    CHECK(policy.exclude_groups == Lines{"g-1"});
    CHECK(policy.grant_controls == Lines{"block"});
    CHECK(policy.any_grant_suffices);
    CHECK_FALSE(policy.exclude_guests);
    CHECK(policy.conditions_not_evaluated.empty());
    CHECK(got.coverage.state == CoverageState::complete);
}

}  // namespace

TEST_CASE("security defaults are read as Graph and as PowerShell write them") {
    for (const char* text :
         {R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#policies/x/$entity",
              "id":"00000000-0000-0000-0000-000000000005","displayName":"Security Defaults",
              "description":"x","isEnabled":true})",
          R"({"DeletedDateTime":null,"Description":"x","DisplayName":"Security Defaults",
              "Id":"00000000-0000-0000-0000-000000000005","IsEnabled":true,
              "AdditionalProperties":{"@odata.context":"x"}})"}) {
        const Read got = read(text);
        INFO(got.error);
        CHECK(got.kind == "security_defaults");
        CHECK(got.sink.seen == Lines{"1 tenant security-defaults=yes"});
    }
    // Another policy that says isEnabled.
    CHECK(read(R"({"isEnabled":true,"notifyReviewers":true,"reviewers":[]})").kind.empty());
}

TEST_CASE("Conditional Access policies are read in all their shapes") {
    for (const std::string& text :
         {std::string(k_policy), fmt::format("[{}]", k_policy),
          fmt::format(R"({{"@odata.context":"x","value":[{}]}})", k_policy),
          std::string(k_policy_of_powershell), fmt::format("[{}]", k_policy_of_powershell)}) {
        const Read got = read(text);
        CHECK(got.kind == "conditional_access");
        check_policy(got);
    }
}

TEST_CASE("a tenant without a Conditional Access policy has none and not unknown ones") {
    const Read got = read(
        R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies","value":[]})");
    CHECK(got.kind == "conditional_access");
    REQUIRE(got.sink.tenants.size() == 1);
    REQUIRE(got.sink.tenants[0].conditional_access);
    CHECK(got.sink.tenants[0].conditional_access->empty());
}

TEST_CASE("an empty answer of another list is no evidence of sign-ins") {
    CHECK(
        read(R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users","value":[]})")
            .kind.empty());
    CHECK(read(R"({"@odata.context":"https://x/beta/$metadata#auditLogs/signIns","value":[]})")
              .kind == "sign_ins");
}

TEST_CASE("policies on a page that is not here stay unknown") {
    const Read got =
        read(fmt::format(R"({{"value":[{}],"@odata.nextLink":"https://more"}})", k_policy));
    CHECK(got.coverage.state == CoverageState::partial);
    CHECK(got.coverage.reason.find("@odata.nextLink") != std::string::npos);
    REQUIRE(got.sink.tenants.size() == 2);
    const ConditionalAccessPolicy& missing = got.sink.tenants[1].conditional_access->at(0);
    CHECK(missing.state == PolicyState::unknown);
    CHECK(missing.include_users == Lines{"All"});
    // Both pages in one file are the whole list.
    const Read whole = read(
        fmt::format("{{\"value\":[{}],\"@odata.nextLink\":\"https://more\"}}\n{{\"value\":[{}]}}",
                    k_policy, k_policy));
    CHECK(whole.coverage.state == CoverageState::complete);
    CHECK(whole.sink.tenants.size() == 2);
}

TEST_CASE("a policy that ConvertTo-Json has cut is refused with what to do") {
    const Read got = read(
        R"([{"Id":"p1","DisplayName":"x","State":"enabled","GrantControls":{"BuiltInControls":"block"},)"
        "\n"
        R"("Conditions":{"ClientAppTypes":"other","Users":"Microsoft.Graph.PowerShell.Models.X"}}])");
    CHECK(got.error ==
          "f.json:1:2: this record has a value of the wrong type; PowerShell cuts what is nested: "
          "ConvertTo-Json -Depth 10");
}

TEST_CASE("MFA registration is told for each user") {
    const Read got = read(R"({"value":[
        {"id":"u-1","userPrincipalName":"a@contoso.com","isMfaRegistered":true},
        {"id":"u-2","userPrincipalName":"b@contoso.com","isMfaRegistered":false},
        {"id":"u-3","userPrincipalName":"c@contoso.com","isMfaRegistered":null}]})");
    CHECK(got.kind == "mfa_registration");
    CHECK(got.sink.seen == Lines{"2 account id=u-1 upn=a@contoso.com mfa=yes",
                                 "3 account id=u-2 upn=b@contoso.com mfa=no",
                                 "4 account id=u-3 upn=c@contoso.com"});
    CHECK(read(R"([{"Id":"u-1","UserPrincipalName":"a@contoso.com","IsMfaRegistered":true}])")
              .sink.seen == Lines{"1 account id=u-1 upn=a@contoso.com mfa=yes"});
}

TEST_CASE("roles come with their names and with the members of groups") {
    const Read got = read(
        R"({"id":"1","principalId":"u-1","roleDefinitionId":"r-1","principal":{"@odata.type":"#microsoft.graph.user","userPrincipalName":"a@contoso.com"},"roleDefinition":{"templateId":"t-1","displayName":"Global Reader"}})"
        "\n"
        R"({"id":"2","principalId":"g-1","roleDefinitionId":"r-2","principal":{"@odata.type":"#microsoft.graph.group","transitiveMembers":[{"@odata.type":"#microsoft.graph.user","id":"u-2"},{"@odata.type":"#microsoft.graph.group","id":"g-2"}]},"roleDefinition":{"displayName":"Exchange Administrator"}})"
        "\n"
        R"({"id":"3","principalId":"s-1","roleDefinitionId":"r-1","principal":{"@odata.type":"#microsoft.graph.servicePrincipal"},"roleDefinition":{"displayName":"Global Reader"}})");
    CHECK(got.kind == "directory_roles");
    CHECK(got.sink.seen == Lines{"1 account id=u-1 upn=a@contoso.com role=Global Reader",
                                 "2 account id=u-2 role-by-group=Exchange Administrator"});
    CHECK(got.sink.accounts.at(0).roles.at(0).template_id == "t-1");
    CHECK(got.sink.accounts.at(1).roles.at(0).template_id == "r-2");
    CHECK(got.sink.tenants.back().roles_complete == true);
    CHECK(got.coverage.state == CoverageState::complete);
}

TEST_CASE("roles of a group whose members are not here leave the list incomplete") {
    for (const char* principal : {R"({"@odata.type":"#microsoft.graph.group"})",
                                  R"({"@odata.type":"#microsoft.graph.group","transitiveMembers":[],
              "transitiveMembers@odata.nextLink":"https://more"})",
                                  "null"}) {
        const Read got = read(fmt::format(
            R"([{{"id":"1","principalId":"g-1","roleDefinitionId":"r-1","principal":{}}}])",
            principal));
        CHECK(got.kind == "directory_roles");
        CHECK(got.coverage.state == CoverageState::partial);
        CHECK(got.sink.tenants.back().roles_complete == false);
    }
}

TEST_CASE("a role without its name is said") {
    const Read got = read(
        R"([{"id":"1","principalId":"u-1","roleDefinitionId":"r-1",
             "principal":{"@odata.type":"#microsoft.graph.user"}}])");
    REQUIRE_FALSE(got.coverage.notes.empty());
    CHECK(got.coverage.notes[0].find("without the role's name") != std::string::npos);
    CHECK(got.sink.seen == Lines{"1 account id=u-1 role=r-1"});
}

TEST_CASE("schedules of eligible roles are not taken for roles that are held") {
    CHECK(read(R"([{"id":"1","principalId":"u-1","roleDefinitionId":"r-1","memberType":"Direct",
                    "endDateTime":null,"principal":{"@odata.type":"#microsoft.graph.user"}}])")
              .kind.empty());
}

TEST_CASE("a large group comes in several records and is whole with the last") {
    const Read got = read(
        R"({"id":"g-1","transitiveMembers":[{"id":"u-1"}],"transitiveMembers@odata.nextLink":"more"})"
        "\n"
        R"({"id":"g-1","transitiveMembers":[{"id":"u-2"},{"id":"u-3"}]})");
    CHECK(got.kind == "group_members");
    CHECK(got.sink.seen == Lines{"1 tenant part-of-group=g-1:1", "2 tenant group=g-1:2"});
}
