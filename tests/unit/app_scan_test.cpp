#include "support/catch.hpp"
#include "support/graph_tenant.hpp"
#include "support/world.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;
using test::graph_refusal;
using test::GraphTenant;

namespace {

std::string sign_in(const std::string& id, const std::string& created, int code = 0) {
    return fmt::format(
        R"({{"id":"{}","createdDateTime":"{}","userPrincipalName":"scan@contoso.com",)"
        R"("userId":"11111111-1111-4111-8111-111111111111","ipAddress":"203.0.113.7",)"
        R"("clientAppUsed":"Authenticated SMTP","isInteractive":true,)"
        R"("status":{{"errorCode":{}}},"location":{{"countryOrRegion":"NL"}}}})",
        id, created, code);
}

struct ScanWorld : FakeWorld {
    GraphTenant tenant;
    ScanWorld() {
        environment = {{"AZURE_TENANT_ID", "contoso.onmicrosoft.com"},
                       {"AZURE_CLIENT_ID", "a0a0a0a0-1111-4222-8333-555555555555"},
                       {"AZURE_CLIENT_SECRET", "SENTINEL-secret"}};
        make_http = tenant.factory();
        tenant.sign_ins = {sign_in("a", "2026-11-23T08:00:00Z"),
                           sign_in("b", "2026-11-22T08:00:00Z"),
                           sign_in("c", "2026-11-21T08:00:00Z", 50126)};
        tenant.users = {
            R"({"id":"11111111-1111-4111-8111-111111111111",)"
            R"("userPrincipalName":"scan@contoso.com",)"
            R"("mail":"floor1@contoso.com","proxyAddresses":["SMTP:floor1@contoso.com"],)"
            R"("accountEnabled":true,"userType":"Member"})"};
    }
    json document(std::vector<std::string> args, int code = 0) {
        args.insert(args.begin(), {"scan", "--window", "7", "--format", "json"});
        INFO(err.text);
        REQUIRE(run(args) == code);
        return json::parse(out.text);
    }
};

// What the small tenant has; the table of live sources has more.
constexpr const char* k_core = "sign_ins,users,organization";

json coverage(const json& run, const std::string& source) {
    for (const json& row : run.at("coverage"))
        if (row.at("source") == source) return row;
    return {};
}

}  // namespace

TEST_CASE("scan ranks what it pulls under the names of the directory") {
    ScanWorld world;
    const json run = world.document({});
    CHECK(run.at("tenant").at("name") == "Contoso");
    CHECK(run.at("tenant").at("id") == "c0c0c0c0-aaaa-4bbb-8ccc-dddddddddddd");
    REQUIRE(run.at("accounts").size() == 1);
    const json& account = run.at("accounts")[0];
    CHECK(account.at("id") == "floor1@contoso.com");
    CHECK(account.at("status") == "active_basic");
    CHECK(account.at("sign_ins").at("basic_ok") == 2);
    CHECK(account.at("sign_ins").at("basic_failed") == 1);
    CHECK(run.at("summary").at("messages").at("basic") == 0);  // sign-ins are no messages
    CHECK(coverage(run, "sign_ins").at("state") == "complete");
    CHECK(coverage(run, "sign_ins").at("rows") == 3);
    CHECK(coverage(run, "users").at("state") == "complete");
    CHECK(coverage(run, "smtp_auth_report").at("state") == "not_requested");
    CHECK(run.at("window").at("covered_days") == 7);
    CHECK(world.err.text.find("signing in to contoso.onmicrosoft.com") != std::string::npos);
    CHECK((world.out.text + world.err.text).find("SENTINEL") == std::string::npos);
}

TEST_CASE("a sign-in that is exported to a file and pulled live is counted once") {
    ScanWorld world;
    world.files.contents["export.json"] = fmt::format(
        "[{},{}]", sign_in("b", "2026-11-22T08:00:00Z"), sign_in("old", "2026-11-20T08:00:00Z"));
    const json run = world.document({"export.json"});
    CHECK(run.at("accounts")[0].at("sign_ins").at("basic_ok") == 3);
    CHECK(run.at("notes").dump().find("1 of 3 rows pulled are in a file too") != std::string::npos);
}

TEST_CASE("messages of a report and sign-ins stand side by side and a disagreement is noted") {
    ScanWorld world;
    world.files.contents["report.csv"] =
        "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
        "message_count,message_id\n"
        "2026-11-22T10:00:00Z,floor1,contoso.com,OAuth,203.0.113.7,TLS1.2,x,5,<1>\n"
        "2026-11-22T11:00:00Z,erp,contoso.com,Basic,203.0.113.9,TLS1.2,x,8,<2>\n";
    const json run = world.document({"report.csv"});
    REQUIRE(run.at("accounts").size() == 2);
    for (const json& row : run.at("accounts")) {
        INFO(row.dump());
        const bool is_scanner = row.at("id") == "floor1@contoso.com";
        CHECK(row.at("messages").at("basic") == (is_scanner ? 0 : 8));
        CHECK(row.at("sign_ins").at("basic_ok") == (is_scanner ? 2 : 0));
        CHECK(row.at("notes").dump().find(
                  is_scanner
                      ? "shows no Basic message, the sign-ins show Basic"
                      : "shows Basic messages, the sign-ins show no success") != std::string::npos);
    }
}

TEST_CASE("Basic messages from before the sign-in log are no disagreement") {
    ScanWorld world;
    world.files.contents["report.csv"] =
        "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
        "message_count,message_id\n"
        "2026-10-01T10:00:00Z,erp,contoso.com,Basic,203.0.113.9,TLS1.2,x,8,<1>\n"
        "2026-11-22T10:00:00Z,erp,contoso.com,OAuth,203.0.113.9,TLS1.2,x,8,<2>\n";
    REQUIRE(world.run({"scan", "--window", "90", "--format", "json", "report.csv"}) == 0);
    const json run = json::parse(world.out.text);
    for (const json& row : run.at("accounts"))
        CHECK(row.at("notes").dump().find("the sign-ins show no success") == std::string::npos);
}

TEST_CASE("only the chosen sources are asked and the others are said") {
    ScanWorld world;
    const json run = world.document({"--sources", "sign-ins,organization"});
    CHECK_FALSE(world.tenant.was_asked("/users"));
    CHECK(coverage(run, "users").at("state") == "not_requested");
    CHECK(coverage(run, "organization").at("state") == "complete");
}

TEST_CASE("a source that may not be read is unavailable, and failed when chosen by name") {
    ScanWorld world;
    world.tenant.answers["/users"] = graph_refusal(403, "Authorization_RequestDenied");
    json run = world.document({});
    CHECK(coverage(run, "users").at("state") == "unavailable");
    CHECK(coverage(run, "users").at("reason").get<std::string>().find("User.Read.All") !=
          std::string::npos);
    run = world.document({"--sources", "sign_ins,users"}, 3);
    CHECK(coverage(run, "users").at("state") == "failed");
    CHECK(world.err.text.find("users is failed") != std::string::npos);
}

TEST_CASE("without the licence the report is written and says what to export by hand") {
    ScanWorld world;
    world.tenant.answers["/auditLogs/signIns"] =
        graph_refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    CHECK(world.run({"scan"}) == 4);
    CHECK(world.out.text.find("Contoso") != std::string::npos);
    CHECK(world.out.text.find("no Entra ID P1 or P2 licence") != std::string::npos);
    CHECK(world.out.text.find("this is not a clean result") != std::string::npos);
    world.files.contents["export.json"] = "[" + sign_in("x", "2026-11-22T08:00:00Z") + "]";
    const json run = world.document({"export.json"});
    CHECK(run.at("accounts").size() == 1);
}

TEST_CASE("a scan that is let in nowhere ends with 4 and one that fails everywhere with 5") {
    ScanWorld world;
    world.tenant.answers["graph.microsoft.com"] = graph_refusal(403, "Authorization_RequestDenied");
    CHECK(world.run({"scan"}) == 4);
    world.tenant.answers["graph.microsoft.com"] = graph_refusal(500, "generalException");
    CHECK(world.run({"scan"}) == 5);
    CHECK(world.err.text.find("nothing could be read that shows who sends") != std::string::npos);
}

TEST_CASE("a refused sign-in is one line and nothing is pulled or written") {
    ScanWorld world;
    world.tenant.answers["/oauth2/v2.0/token"] = test::reply(
        401,
        R"({"error":"invalid_client","error_codes":[7000215],"error_description":"SENTINEL"})");
    CHECK(world.run({"scan", "--out", "json=run.json"}) == 4);
    CHECK(world.out.text.empty());
    CHECK(world.files.contents.empty());
    CHECK(world.err.text.find("AADSTS7000215") != std::string::npos);
    CHECK(world.err.text.find("SENTINEL") == std::string::npos);
    CHECK_FALSE(world.tenant.was_asked("graph.microsoft.com"));
}

TEST_CASE("what is wrong without asking is told before anything is sent") {
    ScanWorld world;
    world.files.contents["run.json"] = R"({"schema_version":"1.0","accounts":[]})";
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"scan", "--sources", "mailbox"},
                                               {"scan", "--sources", "users"},
                                               {"scan", "--window", "0"},
                                               {"scan", "--cloud", "mars"},
                                               {"scan", "--format", "pdf"},
                                               {"scan", "missing.csv"},
                                               {"scan", "run.json"}}) {
        INFO(args.back());
        CHECK(world.run(args) == 2);
        CHECK(world.tenant.asked().empty());
        CHECK(world.out.text.empty());
    }
}

TEST_CASE("the settings file names tenant and sources and the environment comes before it") {
    ScanWorld world;
    world.files.contents["config.toml"] =
        "[sign-in]\ntenant = \"fabrikam.onmicrosoft.com\"\n"
        "client-id = \"b0b0b0b0-1111-4222-8333-555555555555\"\n"
        "[scan]\nsources = [\"sign_ins\"]\n";
    world.environment.erase("AZURE_CLIENT_ID");
    REQUIRE(world.run({"scan", "--config", "config.toml"}) == 0);
    CHECK(world.err.text.find("contoso.onmicrosoft.com") != std::string::npos);
    CHECK(world.tenant.was_asked("/contoso.onmicrosoft.com/oauth2"));
    CHECK_FALSE(world.tenant.was_asked("/users"));
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"[sign-in]\nsecret = \"x\"\n", "config.toml:2:1: there is no setting \"secret\""},
        {"[scan]\nsources = \"sign_ins\"\n", "config.toml:2:1: \"sources\" is no list"},
        {"[scan]\nsources = [1]\n", "config.toml:2:1: \"sources\" is no text"},
        {"[sign-in]\n\"a\\nb\" = 1\n",
         "config.toml:2:1: there is no setting \"a\xEF\xBF\xBD"
         "b\""},
        {"[tenants]\n", "there is [rank], [scan], [sign-in]"}};
    for (const auto& [text, said] : wrong) {
        world.files.contents["config.toml"] = text;
        INFO(text);
        CHECK(world.run({"scan", "--config", "config.toml"}) == 2);
        CHECK(world.err.text.find(said) != std::string::npos);
    }
}

TEST_CASE("the gate and the outputs of a scan are those of rank") {
    ScanWorld world;
    CHECK(world.run({"scan", "--fail-on", "low", "--out", "csv=rows.csv"}) == 1);
    CHECK(world.files.contents["rows.csv"].find("floor1@contoso.com") != std::string::npos);
    CHECK(world.err.text.find("gate") != std::string::npos);
}

TEST_CASE("a window beyond the retention is shortened and said") {
    ScanWorld world;
    REQUIRE(world.run({"scan", "--window", "90", "--format", "json"}) == 0);
    const json run = json::parse(world.out.text);
    CHECK(run.at("window").at("covered_days").get<int>() <= 31);
    CHECK(run.at("notes").dump().find("30 days") != std::string::npos);
}

TEST_CASE("a stop ends the scan with 130 and writes nothing") {
    ScanWorld world;
    world.tenant.on_request = [&](const HttpRequest& request) {
        if (request.url.find("/auditLogs/signIns") != std::string::npos) world.stop.request_stop();
    };
    CHECK(world.run({"scan", "--out", "json=run.json"}) == 130);
    CHECK(world.out.text.empty());
    CHECK(world.files.contents.empty());
}

TEST_CASE("doctor says who it is and that all is there") {
    ScanWorld world;
    CHECK(world.run({"doctor", "--sources", k_core}) == 0);
    CHECK(world.out.text.find("the application a0a0a0a0-1111-4222-8333-555555555555") !=
          std::string::npos);
    CHECK(world.out.text.find("Contoso") != std::string::npos);
    CHECK(world.out.text.find("MISSING") == std::string::npos);
    CHECK(world.out.text.find("adminconsent") == std::string::npos);
    world.tenant.is_person = true;
    CHECK(world.run({"doctor", "--sources", k_core}) == 0);
    CHECK(world.out.text.find("Auditor (auditor@contoso.com), a person") != std::string::npos);
    CHECK(world.out.text.find("Global Reader") != std::string::npos);
}

TEST_CASE("doctor names each permission that is missing and how to grant it") {
    struct Case {
        std::string path, source, permission, id;
    };
    for (const Case& one : std::vector<Case>{
             {"/auditLogs/signIns", "sign_ins", "AuditLog.Read.All",
              "b0afded3-3588-46d8-8b3d-9842eff778da"},
             {"/users", "users", "User.Read.All", "df021288-bdef-4463-88db-98f22de89214"},
             {"/organization", "organization", "Organization.Read.All",
              "498476ce-e0fe-48b0-b801-37ba7e2685c6"}}) {
        INFO(one.source);
        ScanWorld world;
        world.tenant.answers[one.path] = graph_refusal(403, "Authorization_RequestDenied");
        CHECK(world.run({"doctor", "--sources", k_core}) == 3);
        const std::string& text = world.out.text;
        CHECK(text.find("MISSING  " + one.source) != std::string::npos);
        const auto advice = text.find("To grant what is missing");
        REQUIRE(advice != std::string::npos);
        CHECK(text.find(one.permission + " (application " + one.id, advice) != std::string::npos);
        CHECK(text.find("https://login.microsoftonline.com/contoso.onmicrosoft.com/adminconsent?"
                        "client_id=a0a0a0a0-1111-4222-8333-555555555555") != std::string::npos);
    }
}

TEST_CASE("doctor tells a missing licence from a missing permission") {
    ScanWorld world;
    world.tenant.answers["/auditLogs/signIns"] =
        graph_refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    CHECK(world.run({"doctor", "--sources", k_core}) == 3);
    CHECK(world.out.text.find("no Entra ID P1 or P2 licence") != std::string::npos);
    CHECK(world.out.text.find("adminconsent") == std::string::npos);
}

TEST_CASE("doctor ends with 4 where nothing works and looks at the chosen sources alone") {
    ScanWorld world;
    world.tenant.answers["/users"] = graph_refusal(403, "Authorization_RequestDenied");
    CHECK(world.run({"doctor", "--sources", "users"}) == 4);
    CHECK_FALSE(world.tenant.was_asked("signIns"));
}

TEST_CASE("the senders that would stop are traced after the rest and within the budget") {
    ScanWorld world;
    world.tenant.answers["/messageTraces"] =
        test::reply(200, R"({"value":[{"id":"1","senderAddress":"floor1@contoso.com",
                 "recipientAddress":"a@contoso.com","receivedDateTime":"2026-11-22T08:00:00Z",
                 "fromIP":"203.0.113.40"},
                {"id":"2","senderAddress":"floor1@contoso.com",
                 "recipientAddress":"b@fabrikam.com","receivedDateTime":"2026-11-22T08:00:00Z",
                 "fromIP":"203.0.113.40"}]})");
    const json run = world.document({});
    CHECK(coverage(run, "message_trace").at("rows") == 2);
    CHECK(run.at("accounts")[0].at("internal_share") == 0.5);
    CHECK(run.at("accounts")[0].at("remedy").dump().find("1 of its 2 recipients in the message "
                                                         "trace are outside") != std::string::npos);
    CHECK(world.tenant.asked().back().find("/messageTraces") != std::string::npos);
    ScanWorld without;
    const json untraced = without.document({"--trace-budget", "0"});
    CHECK(coverage(untraced, "message_trace").at("state") == "not_requested");
    CHECK(untraced.at("accounts")[0].at("internal_share").is_null());
    CHECK(untraced.at("accounts")[0].at("remedy").at("needs").dump().find("message_trace") !=
          std::string::npos);
    CHECK_FALSE(without.tenant.was_asked("/messageTraces"));
}
