#include "sources/graph_oauth_apps.hpp"

#include "net/url.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_graph = "https://graph.microsoft.com";
const std::string k_principals = k_graph + "/v1.0/servicePrincipals";
const std::string k_exo = "00000002-0000-0ff1-ce00-000000000000";
const std::string k_exo_url =
    k_principals + "(appId='" + k_exo + "')?$select=id,displayName,appRoles";
const std::string k_graph_app_url = k_principals +
                                    "(appId='00000003-0000-0000-c000-000000000000')?$select=id,"
                                    "displayName,appRoles";
const std::string k_grants = k_graph + "/v1.0/oauth2PermissionGrants";

std::string grants_of(const std::string& resource) {
    return k_grants + "?$filter=" + percent_encode("resourceId eq '" + resource + "'") +
           "&$top=999";
}

struct Tenant {
    FakeHttp http;
    FakeClock clock{"2026-11-22T12:00:00Z"};
    KeepingSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = parse_iso_instant("2026-11-20T00:00:00Z")->at,
                        .to = parse_iso_instant("2026-11-22T12:00:00Z")->at,
                        .progress = {},
                        .stop = {}};

    void expect(const std::string& url, const std::string& body, int status = 200) {
        http.expect(HttpMethod::get, url, reply(status, body));
    }
    // Exchange Online with both roles of one name, and Graph without any.
    void expect_resources() {
        expect(k_exo_url, R"({"id":"exo","displayName":"Exchange","appRoles":[
            {"id":"role-1","value":"SMTP.SendAsApp"},{"id":"role-2","value":"IMAP.AccessAsApp"},
            {"id":"role-3","value":"SMTP.SendAsApp"},{"id":"role-4","value":null}]})");
        expect(k_graph_app_url, R"({"id":"msgraph","displayName":"Graph","appRoles":[]})");
    }
    void expect_client(const std::string& id, const std::string& body, int status = 200) {
        expect(k_principals + "/" + id + "?$select=id,appId,displayName", body, status);
    }
    void expect_one_app() {
        expect_resources();
        expect(k_principals + "/exo/appRoleAssignedTo?$top=999",
               graph_answer({R"({"principalId":"sp-1","principalType":"ServicePrincipal",
                                 "appRoleId":"role-3","principalDisplayName":"Mailer"})"}));
        expect(grants_of("exo"), graph_answer({}));
        expect(grants_of("msgraph"), graph_answer({}));
        expect_client("sp-1", R"({"id":"sp-1","appId":"app-1","displayName":"Mailer"})");
    }
    std::vector<std::string> apps() const {
        std::vector<std::string> lines;
        for (const TenantFacts& facts : sink.tenants)
            for (const OauthApp& app : facts.oauth_apps)
                lines.push_back(fmt::format("{}|{}|{}|{}|{}", app.app_id, app.name, app.how,
                                            app.consent, app.principal));
        return lines;
    }
};

std::string oauth_row(const std::string& id, const std::string& more) {
    return fmt::format(R"({{"id":"{}","createdDateTime":"2026-11-22T08:00:00Z","appId":"app-1",
        "appDisplayName":"Mailer","resourceId":"{}","ipAddress":"198.51.100.7",
        "location":{{"countryOrRegion":"nl"}},"userAgent":"Mailer/1","status":{{"errorCode":0}},{}}})",
                       id, k_exo, more);
}

const std::string k_user = R"("userId":"u-1","userPrincipalName":"app@contoso.com")";

}  // namespace

TEST_CASE("applications are found by the value of their role or scope on both resources") {
    Tenant t;
    t.expect_resources();
    t.expect(k_principals + "/exo/appRoleAssignedTo?$top=999",
             graph_answer({R"({"principalId":"sp-1","principalType":"ServicePrincipal",
                               "appRoleId":"role-3","principalDisplayName":"Old name"})",
                           R"({"principalId":"sp-2","principalType":"ServicePrincipal",
                               "appRoleId":"role-2"})",
                           R"({"principalId":"u-1","principalType":"User","appRoleId":"role-1"})",
                           "null"}));
    t.expect(grants_of("exo"),
             graph_answer({R"({"clientId":"sp-3","resourceId":"exo","consentType":"Principal",
                               "principalId":"u-7","scope":" SMTP.Send offline_access"})",
                           R"({"clientId":"sp-3","resourceId":"exo","consentType":"AllPrincipals",
                               "principalId":null,"scope":"SMTP.SendAll IMAP.AccessAsUser.All"})"}));
    t.expect(grants_of("msgraph"), graph_answer({R"({"clientId":"sp-1","resourceId":"msgraph",
                               "consentType":"AllPrincipals","scope":"User.Read SMTP.Send"})",
                                                 R"({"clientId":"sp-9","resourceId":"other",
                               "consentType":"AllPrincipals","scope":"SMTP.Send"})"}));
    t.expect_client("sp-1", R"({"id":"sp-1","appId":"app-1","displayName":"Mailer"})");
    t.expect_client("sp-3", R"({"id":"sp-3","appId":"app-3","displayName":"Thunderbird"})");
    const Coverage coverage = k_graph_oauth_apps.pull(t.context, t.sink);
    CHECK(coverage.source == "oauth_apps");
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 3);
    CHECK(t.apps() ==
          std::vector<std::string>{
              "app-1|Mailer|application role SMTP.SendAsApp on Exchange|administrator, for every "
              "mailbox that Exchange lets the application use|",
              "app-1|Mailer|delegated scope SMTP.Send on Graph|administrator, for every user|",
              "app-3|Thunderbird|delegated scope SMTP.Send on Exchange|for one user|u-7"});
    REQUIRE(coverage.notes.size() == 1);
    CHECK(coverage.notes[0].find("RBAC for Applications") != std::string::npos);
}

TEST_CASE("without the undocumented filter the whole list of grants is read") {
    Tenant t;
    t.expect(k_exo_url, R"({"id":"exo","displayName":"Exchange","appRoles":[]})");
    t.expect(k_graph_app_url, "{}", 404);
    t.expect(grants_of("exo"), "{}", 400);
    t.expect(k_grants + "?$top=999", graph_answer({R"({"clientId":"sp-1","resourceId":"exo",
                               "consentType":"AllPrincipals","scope":"SMTP.Send"})",
                                                   R"({"clientId":"sp-1","resourceId":"msgraph",
                               "consentType":"AllPrincipals","scope":"SMTP.Send"})"}));
    t.expect_client("sp-1", "{}", 404);  // gone: the object id stands for it
    const Coverage coverage = k_graph_oauth_apps.pull(t.context, t.sink);
    CHECK(coverage.state == CoverageState::complete);
    CHECK(t.apps() == std::vector<std::string>{"sp-1||delegated scope SMTP.Send on Exchange|"
                                               "administrator, for every user|"});
    CHECK(coverage.notes.at(0).find("no service principal of 00000003-") != std::string::npos);
}

TEST_CASE("a refused list of applications is told with both permissions and tells no apps") {
    Tenant t;
    t.expect_resources();
    t.http.expect(HttpMethod::get, k_principals + "/exo/appRoleAssignedTo?$top=999",
                  reply(200, graph_answer({})));
    t.expect(grants_of("exo"), R"({"error":{"code":"Authorization_RequestDenied"}})", 403);
    const Coverage coverage = k_graph_oauth_apps.pull(t.context, t.sink);
    t.http.forgive();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("Application.Read.All") != std::string::npos);
    CHECK(coverage.reason.find("Directory.Read.All") != std::string::npos);
    CHECK(t.sink.tenants.empty());
}

TEST_CASE("sign-ins of those applications are possible SMTP and never messages") {
    Tenant t;
    t.expect_one_app();
    t.http.expect(
        HttpMethod::get, k_graph + "/beta/auditLogs/signIns*", [&](const HttpRequest& request) {
            CHECK(request.url.find(percent_encode("(appId eq 'app-1')")) != std::string::npos);
            CHECK(request.url.find(percent_encode("resourceId eq '" + k_exo + "'")) !=
                  std::string::npos);
            CHECK(request.url.find(percent_encode("t eq 'servicePrincipal'")) != std::string::npos);
            CHECK(request.url.find(percent_encode("createdDateTime ge 2026-11-20T00:00:00Z and "
                                                  "createdDateTime le 2026-11-22T11:59:59")) !=
                  std::string::npos);
            return HttpResult(reply(
                200,
                graph_answer({oauth_row("s-1", k_user + R"(,"isInteractive":true)"),
                              oauth_row("s-1", k_user + R"(,"isInteractive":true)"),
                              oauth_row("s-2", k_user + R"(,"status":{"errorCode":50126})")})));
        });
    const Coverage coverage = k_graph_oauth_sign_ins.pull(t.context, t.sink);
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 2);
    REQUIRE(t.sink.seen.size() == 1);
    const auto& seen = t.sink.seen[0];
    CHECK(seen.account == "app@contoso.com");
    CHECK(seen.user_id == "u-1");
    CHECK(seen.fields.possible_smtp);
    CHECK(seen.fields.protocol == Protocol::oauth);
    CHECK(seen.fields.sign_ins == 1);
    CHECK(seen.fields.messages == 0);
    CHECK(format_ip(seen.fields.client.value()) == "198.51.100.7");
    CHECK(seen.country == "NL");
    CHECK(seen.record_id == "s-1");
}

TEST_CASE("a confidential client is never placed by a non-interactive row") {
    const auto client_of = [](const std::string& more) {
        Tenant t;
        t.expect_one_app();
        t.http.expect(HttpMethod::get, k_graph + "/beta/auditLogs/signIns*",
                      reply(200, graph_answer({oauth_row("s-1", k_user + more)})));
        k_graph_oauth_sign_ins.pull(t.context, t.sink);
        REQUIRE(t.sink.seen.size() == 1);
        const auto& seen = t.sink.seen[0];
        CHECK(seen.fields.client.has_value() == !seen.country.empty());
        return seen.fields.client.has_value();
    };
    CHECK_FALSE(client_of(R"(,"isInteractive":false,"clientCredentialType":"certificate")"));
    CHECK_FALSE(client_of(R"(,"isInteractive":false,"clientCredentialType":null)"));
    CHECK_FALSE(client_of(R"(,"isInteractive":null)"));
    CHECK(client_of(R"(,"isInteractive":false,"clientCredentialType":"none")"));
    CHECK(client_of(R"(,"isInteractive":true,"clientCredentialType":"certificate")"));
}

TEST_CASE("an application that signs in as itself is told of no account") {
    Tenant t;
    t.expect_one_app();
    const std::string nobody = R"("userId":"00000000-0000-0000-0000-000000000000",
        "userPrincipalName":"","servicePrincipalId":"sp-1")";
    t.http.expect(
        HttpMethod::get, k_graph + "/beta/auditLogs/signIns*",
        reply(200, graph_answer({oauth_row("s-1", nobody), oauth_row("s-2", R"("userId":"")")})));
    const Coverage coverage = k_graph_oauth_sign_ins.pull(t.context, t.sink);
    CHECK(t.sink.seen.empty());
    CHECK(coverage.notes.at(0) ==
          "Mailer (app-1) signed in as itself 2 times, the last 2026-11-22T08:00:00Z: possibly "
          "SMTP, and of no account");
}

TEST_CASE("rows that were not asked for are dropped") {
    Tenant t;
    t.expect_one_app();
    std::string other_app = oauth_row("s-1", k_user);
    other_app.replace(other_app.find("\"app-1\""), 7, "\"app-2\"");
    std::string other_resource = oauth_row("s-2", k_user);
    other_resource.replace(other_resource.find(k_exo), k_exo.size(), "elsewhere");
    std::string other_time = oauth_row("s-3", k_user);
    other_time.replace(other_time.find("2026-11-22"), 10, "2026-11-01");
    t.http.expect(HttpMethod::get, k_graph + "/beta/auditLogs/signIns*",
                  reply(200, graph_answer({other_app, other_resource, other_time, "{}"})));
    const Coverage coverage = k_graph_oauth_sign_ins.pull(t.context, t.sink);
    CHECK(t.sink.seen.empty());
    CHECK(coverage.rows == 0);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason == "1 of the rows cannot be read");
}

TEST_CASE("a slow answer makes the windows smaller") {
    Tenant t;
    t.expect_one_app();
    t.http.expect(HttpMethod::get, k_graph + "/beta/auditLogs/signIns*", reply(504));
    for (int i = 0; i < 2; ++i)
        t.http.expect(HttpMethod::get, k_graph + "/beta/auditLogs/signIns*",
                      reply(200, graph_answer({})));
    CHECK(k_graph_oauth_sign_ins.pull(t.context, t.sink).state == CoverageState::complete);
}

TEST_CASE("a tenant without such applications asks no log") {
    Tenant t;
    t.expect(k_exo_url, "{}", 404);
    t.expect(k_graph_app_url, "{}", 404);
    const Coverage coverage = k_graph_oauth_sign_ins.pull(t.context, t.sink);
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 0);
}
