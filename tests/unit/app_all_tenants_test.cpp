// scan and doctor --all-tenants: several small tenants, one after another and side by side.
#include "support/catch.hpp"
#include "support/graph_tenant.hpp"
#include "support/world.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;
using test::graph_refusal;
using test::GraphTenant;

namespace {

const std::vector<std::string> k_names = {"contoso", "fabrikam", "tailspin"};
const std::string k_id = "a0a0a0a0-1111-4222-8333-555555555555";

std::string sign_in(const std::string& account, int number, int day, const std::string& address) {
    return fmt::format(R"({{"id":"{0}-{1}-{2}","createdDateTime":"2026-11-{2:02d}T08:00:00Z",)"
                       R"("userPrincipalName":"{0}","userId":"","ipAddress":"{3}",)"
                       R"("clientAppUsed":"Authenticated SMTP","isInteractive":true,)"
                       R"("status":{{"errorCode":0}},"location":{{"countryOrRegion":"NL"}}}})",
                       account, number, day, address);
}

// Each tenant answers to the client whose authority file has its name.
struct TenantsWorld : FakeWorld {
    std::map<std::string, GraphTenant> tenants;

    explicit TenantsWorld(const std::vector<std::string>& names = k_names) {
        environment = {{"AZURE_CLIENT_ID", k_id}, {"AZURE_CLIENT_SECRET", "SENTINEL-all"}};
        make_http = [this](CurlSettings settings) {
            return tenants.at(settings.ca_bundle).factory()(std::move(settings));
        };
        for (std::size_t i = 0; i < names.size(); ++i) add(names[i], static_cast<int>(i));
        configure(names);
    }
    void add(const std::string& name, int number) {
        GraphTenant& tenant = tenants[name];
        const std::string domain = name + ".com";
        // The same private address in each: three devices, not one.
        for (int day = 20; day <= 22; ++day)
            for (int i = 0; i <= number; ++i)
                tenant.sign_ins.push_back(sign_in("scan@" + domain, i, day, "203.0.113.7"));
        tenant.sign_ins.push_back(sign_in("erp@" + domain, 0, 22, "203.0.113.9"));
        tenant.answers["/organization"] = test::reply(
            200, fmt::format(R"({{"value":[{{"id":"c0c0c0c0-aaaa-4bbb-8ccc-00000000000{}",)"
                             R"("displayName":"{} Ltd","verifiedDomains":[{{"name":"{}"}}]}}]}})",
                             number, name, domain));
    }
    void configure(const std::vector<std::string>& names, const std::string& more = "") {
        std::string text = more;
        for (const std::string& name : names)
            text += fmt::format("[tenant.{0}]\ntenant = \"{0}.com\"\nca-bundle = \"{0}\"\n", name);
        files.contents["config.toml"] = text;
    }
    void break_sign_in(const std::string& name) {
        tenants[name].answers["/oauth2/v2.0/token"] =
            test::reply(401, R"({"error":"invalid_client","error_codes":[7000215],)"
                             R"("error_description":"AADSTS7000215: SENTINEL"})");
    }
    void forbid_all(const std::string& name) {
        for (const char* host : {"graph.microsoft.com", "outlook.office365.com"})
            tenants[name].answers[host] = graph_refusal(403, "Authorization_RequestDenied");
    }
    std::size_t requests() {
        std::size_t count = 0;
        for (auto& [name, tenant] : tenants) count += tenant.asked().size();
        return count;
    }
    int scan(std::vector<std::string> args) {
        args.insert(args.begin(), {"scan", "--all-tenants", "--config", "config.toml", "--window",
                                   "7", "--now", "2026-11-23T12:00:00Z"});
        return run(args);
    }
    json document(std::vector<std::string> args = {}, int code = 0) {
        args.insert(args.end(), {"--format", "json"});
        const int got = scan(args);
        INFO(err.text);
        REQUIRE(got == code);
        return json::parse(out.text);
    }
};

std::vector<std::string> column(const json& rows, const char* name) {
    std::vector<std::string> values;
    for (const json& row : rows) values.push_back(row.at(name));
    return values;
}

json of_tenant(const json& rows, const std::string& tenant) {
    json out = json::array();
    for (json row : rows) {
        if (row.at("tenant") != tenant) continue;
        for (const char* differs : {"tenant", "rank"}) row.erase(differs);
        out.push_back(row);
    }
    return out;
}

json without_rank(json rows) {
    for (json& row : rows) row.erase("rank");
    return rows;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the tenants are ranked together and each as alone") {
    TenantsWorld world;
    const json all = world.document();
    REQUIRE(all.at("accounts").size() == 6);
    REQUIRE(all.at("devices").size() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(all.at("accounts")[i].at("rank") == i + 1);
    for (std::size_t i = 1; i < 6; ++i)
        CHECK(all.at("accounts")[i].at("priority") <= all.at("accounts")[i - 1].at("priority"));
    CHECK(all.at("tenant").at("id").is_null());
    CHECK(all.at("tenant").at("name").is_null());
    CHECK(column(all.at("tenants"), "name") == k_names);
    CHECK(column(all.at("tenants"), "state") ==
          std::vector<std::string>{"complete", "complete", "complete"});
    CHECK(all.at("summary").at("accounts") == 6);
    for (const std::string& name : k_names) {
        INFO(name);
        const int code = world.run({"scan", "--tenant", name, "--config", "config.toml", "--window",
                                    "7", "--format", "json"});
        INFO(world.err.text);
        REQUIRE(code == 0);
        const json alone = json::parse(world.out.text);
        CHECK(alone.at("tenant").at("name") == name);
        CHECK_FALSE(alone.contains("tenants"));
        CHECK(of_tenant(all.at("accounts"), name) == without_rank(alone.at("accounts")));
        CHECK(of_tenant(all.at("devices"), name) == without_rank(alone.at("devices")));
        for (const json& part : all.at("tenants"))
            if (part.at("name") == name) CHECK(part.at("summary") == alone.at("summary"));
    }
}

TEST_CASE("the joined ranking does not depend on how many are read at a time") {
    TenantsWorld world;
    world.break_sign_in("fabrikam");
    std::string first;
    for (const char* jobs : {"1", "2", "8"}) {
        REQUIRE(world.scan({"--jobs", jobs, "--format", "json", "--out", "csv=all.csv"}) == 3);
        if (first.empty()) first = world.out.text;
        CHECK(world.out.text == first);
    }
}

TEST_CASE("a tenant that fails is named everywhere and hides none") {
    TenantsWorld world;
    world.break_sign_in("fabrikam");
    world.forbid_all("tailspin");
    const json all = world.document(
        {"--out", "table=all.txt", "--out", "csv=all.csv", "--out", "jsonl=all.jsonl", "--out",
         "markdown=all.md", "--out", "html=all.html", "--out", "prometheus=all.prom"},
        3);
    CHECK(all.at("accounts").size() == 2);
    CHECK(column(all.at("tenants"), "state") ==
          std::vector<std::string>{"complete", "failed", "failed"});
    CHECK(all.at("tenants")[1].at("summary").is_null());
    CHECK(says(all.at("tenants")[1].at("reason"), "AADSTS7000215"));
    CHECK(says(all.at("tenants")[2].at("reason"), "nothing could be read that shows who sends"));
    const auto failed = [&](const std::string& name) {
        for (const json& row : all.at("coverage"))
            if (row.at("source") == "tenant" && row.at("tenant") == name)
                return row.at("state") == "failed";
        return false;
    };
    CHECK(failed("fabrikam"));
    CHECK(failed("tailspin"));
    CHECK_FALSE(failed("contoso"));

    auto& files = world.files.contents;
    CHECK(says(files["all.txt"], "3 tenants (2 failed: fabrikam, tailspin)"));
    CHECK(says(files["all.txt"], "INCOMPLETE  tenant fabrikam FAILED"));
    CHECK(says(files["all.txt"], "INCOMPLETE  tenant tailspin FAILED"));
    CHECK(says(files["all.csv"], "tenant,,fabrikam,fabrikam,failed,"));
    CHECK(says(files["all.csv"], "tenant,,tailspin,tailspin,failed,"));
    CHECK(says(files["all.jsonl"], R"({"kind":"tenant","rank":null,"id":"tailspin")"));
    CHECK(says(files["all.md"], "tenant fabrikam FAILED"));
    CHECK(says(files["all.html"], "tenant tailspin FAILED"));
    CHECK(says(files["all.prom"],
               R"(smtpaudit_source_state{tenant="fabrikam",source="tenant",state="failed"} 1)"));
    CHECK(says(files["all.prom"], R"(smtpaudit_evidence_incomplete{tenant="tailspin"} 1)"));
    CHECK(says(files["all.prom"], R"(smtpaudit_evidence_incomplete{tenant="contoso"} 0)"));
    // Unknown is no 0.
    CHECK_FALSE(says(files["all.prom"], R"(smtpaudit_accounts{tenant="fabrikam")"));
    CHECK(says(files["all.prom"], R"(smtpaudit_accounts{tenant="contoso",band="critical"} )"));
    CHECK(says(world.err.text, "error: fabrikam: "));
    CHECK(says(world.err.text, "2 of 3 tenants failed: fabrikam, tailspin"));
    CHECK_FALSE(says(world.out.text + world.err.text + files["all.html"], "SENTINEL"));
}

TEST_CASE("where every tenant fails the exit code says whose doing it is") {
    TenantsWorld world({"contoso", "fabrikam"});
    world.break_sign_in("contoso");
    world.forbid_all("fabrikam");
    CHECK(world.scan({}) == 4);
    CHECK(says(world.out.text, "2 tenants (2 failed: contoso, fabrikam)"));
    CHECK(says(world.out.text, "not a clean result"));
}

TEST_CASE("an output with the tenant's place is one file for each") {
    TenantsWorld world;
    world.break_sign_in("fabrikam");
    REQUIRE(world.scan({"--out", "json=runs/{tenant}.json", "-o", "all.txt", "--fail-on", "low"}) ==
            3);
    CHECK(world.out.text.empty());
    CHECK(world.files.contents.contains("all.txt"));
    const json own = json::parse(world.files.contents.at("runs/tailspin.json"));
    CHECK(own.at("tenant").at("name") == "tailspin");
    CHECK(own.at("tenant").at("id") == "c0c0c0c0-aaaa-4bbb-8ccc-000000000002");
    CHECK(own.at("gate").at("tripped") == true);
    CHECK(own.at("accounts").size() == 2);
    CHECK_FALSE(world.files.contents.contains("runs/fabrikam.json"));
    CHECK(world.files.contents.contains("runs/contoso.json"));
}

TEST_CASE("each tenant signs in with its own secret before the one for all") {
    TenantsWorld world;
    world.configure({"contoso", "north-wind"},
                    "[sign-in]\nclient-id = \"b0b0b0b0-1111-4222-8333-555555555555\"\n");
    world.add("north-wind", 5);
    world.environment["AZURE_CLIENT_SECRET_NORTH_WIND"] = "SENTINEL-own";
    world.environment["AZURE_TENANT_ID"] = "other.example";
    std::map<std::string, std::string> sent;
    for (auto& [name, tenant] : world.tenants)
        tenant.on_request = [&sent, name = name](const HttpRequest& request) {
            if (says(request.url, "/oauth2/v2.0/token")) sent[name] = request.url + request.body;
        };
    REQUIRE(world.scan({"--jobs", "1"}) == 0);
    CHECK(says(sent["contoso"], "/contoso.com/"));
    CHECK(says(sent["contoso"], "SENTINEL-all"));
    CHECK(says(sent["north-wind"], "/north-wind.com/"));
    CHECK(says(sent["north-wind"], "SENTINEL-own"));
}

TEST_CASE("what one tenant was given wrong is one line before any request") {
    struct Case {
        std::string config;
        std::vector<std::string> args;
        std::string said;
    };
    const std::string a = "[tenant.a]\ntenant = \"contoso.com\"\nca-bundle = \"contoso\"\n";
    const std::vector<Case> cases = {
        {"", {}, "--all-tenants: the settings file names no tenant; add a table [tenant.NAME]"},
        {"[tenant]\n", {}, "names no tenant"},
        {"[tenant]\na = 1\n", {}, "config.toml:2:1: \"a\" is no tenant"},
        {"[tenant.\"a/b\"]\ntenant = \"contoso.com\"\n", {}, "is no tenant: write a table"},
        {"[tenant.contoso.com]\ntenant = \"contoso.com\"\n", {}, "a name has no dots"},
        {"[tenant.a]\ncloud = \"global\"\n", {}, "[tenant.a] does not say which tenant"},
        {"[tenant.a]\ntenant = \"x\"\n", {}, "config.toml:1:9: [tenant.a]: \"x\" is not a tenant"},
        {a + "secret = \"x\"\n",
         {},
         "config.toml:4:1: there is no setting \"secret\" in [tenant.a]"},
        {a + "[tenant.b]\ntenant = \"CONTOSO.com\"\n",
         {},
         "config.toml:4:9: [tenant.b] and [tenant.a] are one tenant, CONTOSO.com"},
        {a + "[tenant.A]\ntenant = \"fabrikam.com\"\n", {}, "would have the same variables"},
        {a + "auth = \"browser\"\n", {}, "browser needs a person"},
        {a + "auth = \"certificate\"\n", {}, "config.toml:1:9: [tenant.a]: no certificate"},
        {a + "client-secret-file = \"/nonexistent\"\n", {}, "config.toml:1:9: [tenant.a]: /none"},
        {a, {"--tenant", "a"}, "--tenant and --all-tenants exclude each other"},
        {a, {"--jobs", "0"}, "--jobs: 0 is not from 1 to 64"},
        {a, {"report.csv"}, "report.csv: of which tenant is it?"},
        {a, {"--baseline", "run.json"}, "--baseline run.json: of which tenant is it?"},
        {a, {"reports/{tenant}.csv"}, "config.toml:1:9: [tenant.a]: reports/a.csv: "},
        {a, {"--out", "pdf=x"}, "--out: \"pdf\" is none of"},
    };
    for (const Case& one : cases) {
        TenantsWorld world;
        world.files.contents["config.toml"] = one.config;
        world.files.contents["report.csv"] = "x";
        INFO(one.config << one.said);
        CHECK(world.scan(one.args) == 2);
        INFO(world.err.text);
        CHECK(says(world.err.text, one.said));
        CHECK(std::count(world.err.text.begin(), world.err.text.end(), '\n') == 1);
        CHECK(world.requests() == 0);
        CHECK(world.out.text.empty());
    }
}

TEST_CASE("a tenant without a credential is said with its own variable") {
    TenantsWorld world({"contoso", "north-wind"});
    world.environment.erase("AZURE_CLIENT_SECRET");
    CHECK(world.scan({}) == 2);
    CHECK(says(world.err.text, "config.toml:1:9: [tenant.contoso]: no way to sign in"));
    CHECK(says(world.err.text, "AZURE_CLIENT_SECRET_CONTOSO"));
    CHECK(world.requests() == 0);
}

TEST_CASE("a tenant may be a name of the settings file") {
    TenantsWorld world;
    const std::vector<std::string> config = {"--config", "config.toml"};
    const auto run = [&](std::vector<std::string> args) {
        args.insert(args.end(), config.begin(), config.end());
        return world.run(args);
    };
    CHECK(run({"scan", "--tenant", "fabrikan"}) == 2);
    CHECK(says(world.err.text, "which has contoso, fabrikam, tailspin"));
    CHECK(run({"scan", "--tenant", "contoso", "--jobs", "2"}) == 2);
    CHECK(world.requests() == 0);
    CHECK(run({"scan", "--tenant", "fabrikam", "--out", "json=runs/{tenant}.json"}) == 0);
    CHECK(world.tenants["fabrikam"].was_asked("/fabrikam.com/oauth2"));
    CHECK(world.files.contents.contains("runs/fabrikam.json"));
    CHECK(run({"doctor", "--tenant", "tailspin", "--sources", "sign_ins"}) == 0);
    CHECK(world.tenants["tailspin"].was_asked("/tailspin.com/oauth2"));
}

TEST_CASE("files baselines and accepted findings are each tenant's own") {
    TenantsWorld world({"contoso", "fabrikam"});
    const auto report = [&](const std::string& sender) {
        for (const std::string name : {"contoso", "fabrikam"})
            world.files.contents[fmt::format("in/{}/report.csv", name)] +=
                fmt::format("2026-11-22T10:00:00Z,{},{}.com,Basic,203.0.113.9,TLS1.2,x,5,<{}>\n",
                            sender, name, sender);
    };
    for (const std::string name : {"contoso", "fabrikam"})
        world.files.contents[fmt::format("in/{}/report.csv", name)] =
            "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
            "message_count,message_id\n";
    report("erp");
    REQUIRE(world.scan({"in/{tenant}", "--out", "json=last/{tenant}.json"}) == 0);
    report("hr");
    world.files.contents["accept.toml"] =
        "[[accept]]\nid = \"scan@contoso.com\"\nreason = \"r\"\nuntil = 2027-01-31\n";
    const json all = world.document({"in/{tenant}", "--baseline", "last/{tenant}.json",
                                     "--fail-on-new", "--accept", "accept.toml"},
                                    1);
    // The senders of the report are new in each; its address sent before.
    CHECK(all.at("gate").at("new") == 2);
    CHECK(all.at("gate").at("tripped") == true);
    for (const json& part : all.at("tenants")) CHECK(part.at("gate").at("new") == 1);
    CHECK(all.at("accepted") == json::array({"scan@contoso.com"}));
    CHECK(all.at("accounts").size() == 6);
}

TEST_CASE("pseudonyms are the same in the joined ranking and in each") {
    TenantsWorld world;
    world.break_sign_in("tailspin");
    const json all = world.document({"--redact", "--out", "json={tenant}.json", "--out",
                                     "html=all.html", "--out", "prometheus=all.prom"},
                                    3);
    const std::string text =
        all.dump() + world.files.contents["all.html"] + world.files.contents["all.prom"];
    for (const std::string& name : k_names) CHECK_FALSE(says(text, name));
    const json own = json::parse(world.files.contents.at("contoso.json"));
    const std::vector<std::string> ids = column(all.at("accounts"), "id");
    for (const std::string& id : column(own.at("accounts"), "id"))
        CHECK(std::find(ids.begin(), ids.end(), id) != ids.end());
}

TEST_CASE("a joined run document is printed again as it was and explained by tenant") {
    TenantsWorld world;
    world.break_sign_in("tailspin");
    REQUIRE(world.scan({"--out", "json=all.json", "--format", "csv", "--out", "html=all.html",
                        "--out", "prometheus=all.prom"}) == 3);
    const std::string csv = world.out.text;
    CHECK(world.run({"rank", "all.json", "--format", "csv"}) == 3);
    CHECK(world.out.text == csv);
    CHECK(world.run({"rank", "all.json", "--format", "prometheus"}) == 3);
    CHECK(world.out.text == world.files.contents["all.prom"]);
    CHECK(world.run({"rank", "all.json", "--format", "json"}) == 3);
    CHECK(world.out.text == world.files.contents["all.json"]);
    CHECK(world.run({"explain", "scan@contoso.com", "--from", "all.json"}) == 3);
    CHECK(world.run({"explain", "203.0.113.7", "--from", "all.json"}) == 2);
    CHECK(says(world.err.text, "is in several tenants, "));
    CHECK(world.run({"explain", "203.0.113.7", "--from", "all.json", "--tenant", "contoso"}) == 3);
    CHECK(says(world.out.text, "scan@contoso.com"));
    CHECK(world.run({"diff", "all.json", "all.json"}) == 2);
    CHECK(says(world.err.text, "all.json: is a ranking of several tenants"));
}

TEST_CASE("two names of one directory are counted once") {
    TenantsWorld world({"contoso", "fabrikam"});
    world.tenants["fabrikam"].answers["/organization"] =
        world.tenants["contoso"].answers["/organization"];
    const json all = world.document({}, 3);
    CHECK(all.at("accounts").size() == 2);
    CHECK(says(all.at("tenants")[1].at("reason"), "is the same directory as [tenant.contoso]"));
}

TEST_CASE("a stop ends all tenants and writes nothing") {
    TenantsWorld world;
    world.tenants["fabrikam"].on_request = [&](const HttpRequest& request) {
        if (says(request.url, "/auditLogs/")) world.stop.request_stop();
    };
    CHECK(world.scan({"--jobs", "2", "--out", "json={tenant}.json", "--out", "csv=all.csv"}) ==
          130);
    CHECK(world.out.text.empty());
    CHECK(world.files.contents.size() == 1);  // the settings
}

TEST_CASE("doctor looks at every tenant and says which cannot be read") {
    TenantsWorld world;
    const std::vector<std::string> args = {"doctor",      "--all-tenants", "--config",
                                           "config.toml", "--sources",     "sign_ins"};
    CHECK(world.run(args) == 0);
    for (const std::string& name : k_names) CHECK(says(world.out.text, "[tenant." + name + "]\n"));
    world.break_sign_in("fabrikam");
    CHECK(world.run(args) == 3);
    CHECK(says(world.out.text, "[tenant.fabrikam] nothing works\n"));
    CHECK(says(world.out.text, "AADSTS7000215"));
    world.break_sign_in("contoso");
    world.break_sign_in("tailspin");
    CHECK(world.run(args) == 4);
}

TEST_CASE("progress of several tenants is one line on a terminal") {
    TenantsWorld world;
    world.err_is_terminal = true;
    REQUIRE(world.scan({}) == 0);
    CHECK(says(world.err.text, "\r\033[Ktenants: "));
    CHECK_FALSE(says(world.err.text, "\033[Ksign-ins: "));
}
