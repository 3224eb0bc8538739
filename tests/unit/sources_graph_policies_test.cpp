#include "sources/graph_policies.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_graph = "https://graph.microsoft.com";
const std::string k_policies = k_graph + "/v1.0/identity/conditionalAccess/policies";
const std::string k_defaults = k_graph + "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
const std::string k_roles =
    k_graph + "/v1.0/roleManagement/directory/roleAssignments?$expand=principal";

struct Policies {
    FakeHttp http;
    FakeClock clock{"2026-11-22T12:00:00Z"};
    KeepingSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = {},
                        .to = {},
                        .progress = {},
                        .stop = {}};
    void expect(const std::string& url, HttpResponse response) {
        http.expect(HttpMethod::get, url, std::move(response));
    }
    Coverage pull(const LiveSource& source) { return source.pull(context, sink); }
    // The one policy with these conditions and grants.
    ConditionalAccessPolicy policy(const std::string& conditions,
                                   const std::string& grants = "null") {
        expect(k_policies,
               reply(200, graph_answer({R"({"id":"p1","displayName":"P","state":"enabled",)"
                                        R"("conditions":)" +
                                        conditions + R"(,"grantControls":)" + grants + "}"})));
        CHECK(pull(k_graph_conditional_access).state == CoverageState::complete);
        return sink.tenants.back().conditional_access->at(0);
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a policy that blocks legacy clients is read with all that narrows it") {
    Policies t;
    const auto policy = t.policy(
        R"({"clientAppTypes":["other"],"applications":{"includeApplications":["All"],
            "excludeApplications":["a1"],"applicationFilter":null},
            "users":{"includeUsers":["All"],"excludeUsers":["u1"],"includeRoles":["r1"],
            "excludeRoles":["r2"],"excludeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"x"}},
            "signInRiskLevels":["high"],"userRiskLevels":[],"locations":{"includeLocations":["All"],
            "excludeLocations":["l1"]},"platforms":null,"devices":null,"somethingNew":{"x":["y"]}})",
        R"({"operator":"OR","builtInControls":["mfa"],"termsOfUse":["t"],
            "customAuthenticationFactors":[],"authenticationStrength":{"id":"s"}})");
    CHECK(policy.state == PolicyState::enabled);
    CHECK(policy.client_app_types == Texts{"other"});
    CHECK(policy.include_applications == Texts{"All"});
    CHECK(policy.exclude_applications == Texts{"a1"});
    CHECK(policy.exclude_users == Texts{"u1"});
    CHECK(policy.include_roles == Texts{"r1"});
    CHECK(policy.exclude_roles == Texts{"r2"});
    CHECK_FALSE(policy.include_guests);
    CHECK(policy.exclude_guests);
    CHECK(policy.grant_controls == Texts{"mfa", "authenticationStrength", "termsOfUse"});
    CHECK(policy.any_grant_suffices);
    std::vector<std::string> narrows = policy.conditions_not_evaluated;
    std::sort(narrows.begin(), narrows.end());
    CHECK(narrows == Texts{"locations", "sign-in risk", "somethingNew"});
}

TEST_CASE("all locations and all platforms narrow nothing") {
    Policies t;
    const auto policy = t.policy(
        R"({"clientAppTypes":["all"],"applications":{"includeApplications":["All"]},
            "users":{"includeUsers":["All"]},
            "locations":{"includeLocations":["All"],"excludeLocations":[]},
            "platforms":{"includePlatforms":["all"],"excludePlatforms":[]},
            "devices":{},"signInRiskLevels":[],"clientApplications":null})");
    CHECK(policy.conditions_not_evaluated.empty());
    CHECK(policy.grant_controls.empty());
}

TEST_CASE("a policy without its conditions is one that may hold for everybody") {
    Policies t;
    const auto policy = t.policy("null", R"({"operator":"OR","builtInControls":["block"]})");
    CHECK(policy.include_users == Texts{"All"});
    CHECK(policy.conditions_not_evaluated == Texts{"conditions that were not read"});
}

TEST_CASE("policies cut short are not told at all") {
    Policies t;
    t.expect(k_policies, reply(200, graph_answer({R"({"id":"p1","state":"enabled"})"},
                                                 k_policies + "?$skiptoken=1")));
    t.expect(k_policies + "?$skiptoken=1", reply(500));
    const Coverage coverage = t.pull(k_graph_conditional_access);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(t.sink.tenants.empty());
}

TEST_CASE("only groups of policies that may matter are asked for and a lost one is incomplete") {
    Policies t;
    const auto policy = [](const char* id, const char* state, const char* type, const char* group) {
        return fmt::format(R"({{"id":"{}","state":"{}","conditions":{{"clientAppTypes":["{}"],)"
                           R"("users":{{"includeGroups":["{}"]}}}}}})",
                           id, state, type, group);
    };
    t.expect(k_policies, reply(200, graph_answer({policy("p1", "enabled", "other", "g1"),
                                                  policy("p2", "disabled", "other", "g2"),
                                                  policy("p3", "enabled", "browser", "g3")})));
    t.expect(k_graph + "/v1.0/groups/g1/transitiveMembers?$select=id&$top=999", reply(403));
    const Coverage coverage = t.pull(k_graph_conditional_access);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason.find("GroupMember.Read.All") != std::string::npos);
    REQUIRE(t.sink.tenants.size() == 1);
    REQUIRE(t.sink.tenants[0].groups.size() == 1);
    CHECK_FALSE(t.sink.tenants[0].groups[0].is_complete);
}

TEST_CASE("security defaults that are not told stay unknown") {
    for (const char* body : {"{}", R"({"isEnabled":null})", R"({"isEnabled":"yes"})", "[]", "x"}) {
        CAPTURE(body);
        Policies t;
        t.expect(k_defaults, reply(200, body));
        CHECK(t.pull(k_graph_security_defaults).state == CoverageState::failed);
        CHECK(t.sink.tenants.empty());
    }
    Policies off;
    off.expect(k_defaults, reply(200, R"({"isEnabled":false})"));
    CHECK(off.pull(k_graph_security_defaults).state == CoverageState::complete);
    CHECK(off.sink.tenants.at(0).security_defaults == Setting<bool>::of(false));
}

TEST_CASE(
    "roles without their names are told by their template and a service principal is nobody") {
    Policies t;
    t.expect(
        k_roles,
        reply(200, graph_answer(
                       {R"({"id":"1","roleDefinitionId":"62e9","principalId":"u1",)"
                        R"("principal":{"@odata.type":"#microsoft.graph.user"}})",
                        R"({"id":"2","roleDefinitionId":"62e9","principalId":"s1",)"
                        R"("principal":{"@odata.type":"#microsoft.graph.servicePrincipal"}})"})));
    t.expect(k_graph + "/v1.0/roleManagement/directory/roleDefinitions*", reply(403));
    const Coverage coverage = t.pull(k_graph_directory_roles);
    CHECK(coverage.state == CoverageState::complete);
    REQUIRE(t.sink.accounts.size() == 1);
    CHECK(t.sink.accounts[0].user_id == "u1");
    CHECK(t.sink.accounts[0].roles.at(0).template_id == "62e9");
    CHECK(t.sink.accounts[0].roles.at(0).name.empty());
    CHECK(t.sink.tenants.at(0).roles_complete == true);
}

TEST_CASE("a role of somebody who is not told leaves the roles incomplete") {
    Policies t;
    t.expect(k_roles, reply(200, graph_answer({R"({"id":"1","roleDefinitionId":"62e9"})"})));
    t.expect(k_graph + "/v1.0/roleManagement/directory/roleDefinitions*",
             reply(200, graph_answer({})));
    CHECK(t.pull(k_graph_directory_roles).state == CoverageState::partial);
    CHECK(t.sink.tenants.empty());
}
