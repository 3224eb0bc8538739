#include "sources/graph_users.hpp"
#include "sources_sign_in_support.hpp"

#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_graph = "https://graph.microsoft.com";
const std::string k_users =
    k_graph +
    "/v1.0/users?$select=id,userPrincipalName,mail,proxyAddresses,accountEnabled,userType,"
    "lastPasswordChangeDateTime&$top=999";
const std::string k_organization =
    k_graph + "/v1.0/organization?$select=id,displayName,verifiedDomains";

struct Directory {
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
    Coverage users() { return k_graph_users.pull(context, sink); }
};

std::string user(const std::string& id) {
    return fmt::format(R"({{"id":"{0}","userPrincipalName":"{0}@contoso.com"}})", id);
}

std::string link(const std::string& token) { return k_graph + "/v1.0/users?$skiptoken=" + token; }

}  // namespace

TEST_CASE("a user gives the facts that join rows") {
    Directory t;
    t.expect(k_users,
             reply(200, graph_answer({R"({"id":"u-1","userPrincipalName":"Scan3@contoso.com",
        "mail":"scan@contoso.com","proxyAddresses":["smtp:old@contoso.com","X500:/o=x","SMTP:scan@contoso.com",
        "sip:scan@contoso.com"],"accountEnabled":true,"userType":"Member",
        "lastPasswordChangeDateTime":"2020-03-01T08:00:00Z","manager":null})"})));
    const Coverage coverage = t.users();
    CHECK(coverage.source == "users");
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 1);
    CHECK(coverage.notes.empty());
    REQUIRE(t.sink.accounts.size() == 1);
    const AccountFacts& facts = t.sink.accounts[0];
    CHECK(facts.user_id == "u-1");
    CHECK(facts.user_principal_name == "Scan3@contoso.com");
    CHECK(facts.mail == "scan@contoso.com");
    CHECK(facts.addresses == std::vector<std::string>{"scan@contoso.com", "old@contoso.com"});
    CHECK(facts.enabled == true);
    CHECK(facts.user_type == "Member");
    CHECK(facts.password_changed == parse_iso_instant("2020-03-01T08:00:00Z")->at);
    CHECK_FALSE(facts.origin.empty());
}

TEST_CASE("what is not told stays unknown") {
    Directory t;
    t.expect(k_users,
             reply(200, graph_answer({R"({"id":"u-1","mail":null,"accountEnabled":null})"})));
    CHECK(t.users().state == CoverageState::complete);
    const AccountFacts& facts = t.sink.accounts.at(0);
    CHECK(facts.mail.empty());
    CHECK(facts.addresses.empty());
    CHECK_FALSE(facts.enabled);
    CHECK_FALSE(facts.user_type);
    CHECK_FALSE(facts.password_changed);
}

TEST_CASE("the primary proxy address stands in for a missing mail") {
    Directory t;
    t.expect(k_users,
             reply(200, graph_answer({R"({"id":"u-1","proxyAddresses":["smtp:b@contoso.com",
        "SMTP:a@contoso.com"]})",
                                      R"({"id":"u-2","proxyAddresses":["smtp:c@contoso.com"]})"})));
    CHECK(t.users().rows == 2);
    CHECK(t.sink.accounts.at(0).mail == "a@contoso.com");
    CHECK(t.sink.accounts.at(1).mail.empty());
}

TEST_CASE("a field of the wrong type is absent and counted") {
    Directory t;
    t.expect(k_users,
             reply(200, graph_answer(
                            {R"({"id":"u-1","mail":5,"accountEnabled":"yes","proxyAddresses":"x",
        "lastPasswordChangeDateTime":"long ago"})",
                             R"({"id":"u-2","proxyAddresses":[1,"smtp:a@contoso.com"]})"})));
    const Coverage coverage = t.users();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(any_contains(coverage.notes, "5 fields of the wrong type"));
    CHECK_FALSE(t.sink.accounts.at(0).enabled);
    CHECK(t.sink.accounts.at(1).addresses == std::vector<std::string>{"a@contoso.com"});
}

TEST_CASE("a user without an id is counted and the pull is partial") {
    Directory t;
    t.expect(k_users, reply(200, graph_answer({user("u-1"), R"({"id":null,"mail":"x@contoso.com"})",
                                               R"({"mail":"y@contoso.com"})", "7"})));
    const Coverage coverage = t.users();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason == "3 of the rows have no readable id");
    CHECK(t.sink.accounts.size() == 1);
}

TEST_CASE("users on overlapping pages come once") {
    Directory t;
    t.expect(k_users, reply(200, graph_answer({user("a"), user("b")}, link("2"))));
    t.expect(link("2"), reply(200, graph_answer({}, link("3"))));
    t.expect(link("3"), reply(200, graph_answer({user("b"), user("c")})));
    const Coverage coverage = t.users();
    CHECK(coverage.rows == 3);
    CHECK(coverage.files == 3);
    CHECK(t.sink.accounts.size() == 3);
}

TEST_CASE("an expired page token begins again once") {
    Directory t;
    const auto first = graph_answer({user("a")}, link("2"));
    t.expect(k_users, reply(200, first));
    t.expect(link("2"), reply(400, R"({"error":{"code":"Directory_ExpiredPageToken"}})"));
    t.expect(k_users, reply(200, first));
    t.expect(link("2"), reply(400, R"({"error":{"code":"Directory_ExpiredPageToken"}})"));
    const Coverage coverage = t.users();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason.find("Directory_ExpiredPageToken") != std::string::npos);
    CHECK(t.sink.accounts.size() == 1);
}

TEST_CASE("a failure after the first page keeps the users that came") {
    Directory t;
    t.expect(k_users, reply(200, graph_answer({user("a")}, link("2"))));
    t.expect(link("2"), reply(503));
    const Coverage coverage = t.users();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.rows == 1);
    CHECK(coverage.reason.starts_with("the service failed (HTTP 503)"));
}

TEST_CASE("without permission for users the reason names it") {
    Directory t;
    t.expect(k_users, reply(403, R"({"error":{"code":"Authorization_RequestDenied"}})"));
    const Coverage coverage = t.users();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("grant User.Read.All (application "
                               "df021288-bdef-4463-88db-98f22de89214") != std::string::npos);
}

TEST_CASE("a users page that cannot be read is an error and a foreign link is not followed") {
    for (const char* body : {"{\"value\":[", "[]", "{}", "{\"value\":1}", "null",
                             "{\"value\":[],\"@odata.nextLink\":1}"}) {
        INFO(body);
        Directory t;
        t.expect(k_users, reply(200, body));
        CHECK(t.users().state == CoverageState::failed);
    }
    Directory t;
    t.expect(k_users, reply(200, graph_answer({user("a")}, "https://evil.example/v1.0/users")));
    CHECK(t.users().state == CoverageState::partial);
    CHECK(t.http.requests().size() == 1);
}

TEST_CASE("an answer nested without end is refused") {
    Directory t;
    t.expect(k_users, reply(200, R"({"value":[{"id":"a","x":)" + std::string(100'000, '[') +
                                     std::string(100'000, ']') + "}]}"));
    CHECK(t.users().state == CoverageState::failed);
}

TEST_CASE("the organisation gives the tenant its name and domains") {
    Directory t;
    t.expect(k_organization,
             reply(200, graph_answer({R"({"id":"t-1","displayName":"Contoso","verifiedDomains":[
        {"name":"contoso.com","isDefault":true},{"name":"contoso.onmicrosoft.com"},{"name":5},null]})"})));
    const Coverage coverage = k_graph_organization.pull(t.context, t.sink);
    CHECK(coverage.state == CoverageState::complete);
    REQUIRE(t.sink.tenants.size() == 1);
    CHECK(t.sink.tenants[0].id == "t-1");
    CHECK(t.sink.tenants[0].name == "Contoso");
    CHECK(t.sink.tenants[0].domains ==
          std::vector<std::string>{"contoso.com", "contoso.onmicrosoft.com"});
    CHECK(any_contains(coverage.notes, "2 fields of the wrong type"));
}

TEST_CASE("the table of live sources has unique ids and every source can be asked") {
    std::set<std::string_view> ids;
    for (const LiveSource& source : all_live_sources()) {
        CHECK(ids.insert(source.id).second);
        CHECK(find_live_source(source.id) == &source);
        CHECK(source.pull != nullptr);
        CHECK(source.probe != nullptr);
        CHECK_FALSE(source.title.empty());
        CHECK_FALSE(source.budget.empty());
        CHECK_FALSE(source.permissions.empty());
    }
    CHECK(find_live_source("nothing") == nullptr);
}

TEST_CASE("a probe of users and of the organisation is one small request") {
    Directory t;
    t.expect(k_graph + "/v1.0/users?$select=id,proxyAddresses&$top=1", reply(200, "{}"));
    CHECK(k_graph_users.probe(t.context).state == CoverageState::complete);
    t.expect(k_graph + "/v1.0/organization?$select=id", reply(403));
    CHECK(k_graph_organization.probe(t.context).state == CoverageState::failed);
}
