// Sign-ins that a service has counted: the report is the one of a pull row by row from Graph, and
// whatever the service leaves out is said.
#include "scan/live_world.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>

using namespace smtpaudit;
using namespace smtpaudit::test;
using nlohmann::json;

namespace {

constexpr const char* k_workspace = "log-analytics:d0d0d0d0-1111-4222-8333-666666666666";
const std::vector<std::string> k_services = {k_workspace, "hunting"};

std::vector<std::string> scan_from(const std::string& service) {
    return {"scan", "--window",        "8",    "--sources", "sign_ins", "--now",
            k_now,  "--sign-ins-from", service};
}

// What differs: where a row was read and how many there were, and with them the run's id; and what
// the notes say of that.
json comparable(json document) {
    for (const char* part : {"coverage", "notes", "run_id", "tenant"}) document.erase(part);
    for (const char* part : {"accounts", "devices"})
        for (json& row : document.at(part)) row.erase("origins");
    return document;
}

// Empty: none. Shorter to read than two documents.
std::string differences(const json& document, const json& graph) {
    const json patch = json::diff(comparable(graph), comparable(document));
    return patch.empty() ? "" : patch.dump(1).substr(0, 2000);
}

json coverage_of(const json& document, const std::string& source) {
    for (const json& row : document.at("coverage"))
        if (row.at("source") == source) return row;
    return {};
}

json from_graph(LiveWorld& world) { return world.document(scan_from("graph")); }

// The queries that were sent, as they were sent.
std::vector<std::string> sent(const LiveWorld& world) {
    std::vector<std::string> queries;
    for (const fake::Record& record : world.tenant.records()) {
        if (!record.path.ends_with("/query") && !record.path.ends_with("/runHuntingQuery"))
            continue;
        const json body = json::parse(record.body);
        queries.push_back(body.contains("query") ? body.at("query") : body.at("Query"));
    }
    return queries;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

fake::Fault on_queries(int status, std::vector<unsigned> nth = {}) {
    fake::Fault fault;
    fault.method = "POST";
    fault.path = "uery";  // both services, and no token endpoint
    fault.action = fake::Action::status;
    fault.status = status;
    fault.nth = std::move(nth);
    return fault;
}

fake::Fault partial(std::vector<unsigned> nth = {}) {
    fake::Fault fault = on_queries(200, std::move(nth));
    fault.action = fake::Action::body;
    fault.body = R"({"tables":[{"name":"PrimaryResult","columns":[],"rows":[]}],
        "error":{"code":"PartialError","message":"SENTINEL","details":[]}})";
    return fault;
}

fake::TenantSpec without_tables(const std::vector<std::string>& names) {
    fake::TenantSpec spec = contoso();
    for (const std::string& name : names) std::erase(spec.kusto.tables, name);
    return spec;
}

int scan_json(LiveWorld& world, const std::string& service, json& document) {
    std::vector<std::string> args = scan_from(service);
    args.insert(args.end(), {"--format", "json"});
    const int code = world.run(args);
    if (!world.out.text.empty()) document = json::parse(world.out.text);
    return code;
}

}  // namespace

TEST_CASE("counted sign-ins come to the same report as those of Graph") {
    LiveWorld world;
    const json graph = from_graph(world);
    REQUIRE(graph.at("accounts").size() > 10);
    for (const std::string& service : k_services) {
        INFO(service);
        world.tenant.clear_records();
        const json document = world.document(scan_from(service));
        CHECK(differences(document, graph) == "");
        CHECK(coverage_of(document, "sign_ins").at("state") == "complete");
        // One question about the tables, and one that counts.
        const auto queries = sent(world);
        REQUIRE(queries.size() == 2);
        CHECK(has(queries[1], "datetime(2026-11-15T00:00:00Z)"));
        CHECK(coverage_of(document, "sign_ins").at("rows") < 300);
        CHECK(world.tenant.violations().empty());
    }
}

TEST_CASE("an answer over the cap is asked for in parts until it is whole") {
    for (const std::size_t cap : {std::size_t{60}, std::size_t{3}}) {
        fake::TenantSpec spec = contoso();
        spec.kusto.row_cap = cap;
        LiveWorld world(services(), spec);
        const json graph = from_graph(world);
        for (const std::string& service : k_services) {
            INFO(service << " " << cap);
            world.tenant.clear_records();
            const json document = world.document(scan_from(service));
            CHECK(differences(document, graph) == "");
            CHECK(coverage_of(document, "sign_ins").at("state") == "complete");
            const auto queries = sent(world);
            CHECK(queries.size() > 3);
            // Days are not enough for three rows an answer.
            const bool has_buckets = std::ranges::any_of(
                queries, [](const std::string& text) { return has(text, "IPAddress), 8) == 7"); });
            CHECK(has_buckets == (cap == 3));
        }
    }
}

TEST_CASE("a partial answer is asked for again in smaller questions") {
    LiveWorld world;
    const json graph = from_graph(world);
    world.tenant.plan({partial({2})});
    const json document = world.document(scan_from(k_workspace));
    CHECK(differences(document, graph) == "");
    CHECK(coverage_of(document, "sign_ins").at("state") == "complete");
}

TEST_CASE("an answer that stays partial makes the evidence incomplete and says why") {
    LiveWorld world;
    json document;
    // A part of an answer about the tables says nothing about them.
    world.tenant.plan({partial()});
    CHECK(scan_json(world, k_workspace, document) == 5);
    CHECK(has(coverage_of(document, "sign_ins").at("reason"), "did not say which tables"));
    // Now only the counting ones are.
    std::vector<unsigned> later;
    for (unsigned i = 2; i < 200; ++i) later.push_back(i);
    world.tenant.plan({partial(later)});
    world.tenant.clear_records();
    CHECK(scan_json(world, k_workspace, document) == 3);
    const json row = coverage_of(document, "sign_ins");
    CHECK(row.at("state") == "partial");
    CHECK(has(row.at("reason"), "PartialError"));
    CHECK(has(row.at("reason"), "counts are too low"));
    CHECK(sent(world).size() < 40);
    CHECK_FALSE(has(world.out.text + world.err.text, "SENTINEL"));
}

TEST_CASE("no rows is a complete answer") {
    fake::TenantSpec spec = contoso();
    for (fake::SignInAccount& account : spec.sign_ins.accounts) {
        account.per_day = account.non_interactive_per_day = 0;
        account.other_per_day = 3;
        account.failures.clear();
    }
    LiveWorld world(services(), spec);
    for (const std::string& service : k_services) {
        const json document = world.document(scan_from(service));
        CHECK(coverage_of(document, "sign_ins").at("state") == "complete");
        CHECK(coverage_of(document, "sign_ins").at("rows") == 0);
        CHECK(document.at("accounts").empty());
    }
    const auto records = world.tenant.records();
    CHECK(std::ranges::any_of(records, [](const auto& record) { return record.status == 204; }));
}

TEST_CASE("an empty answer without that status is no answer") {
    LiveWorld world;
    fake::Fault empty = partial();
    empty.body = "";
    world.tenant.plan({empty});
    json document;
    CHECK(scan_json(world, k_workspace, document) == 5);
    CHECK(has(coverage_of(document, "sign_ins").at("reason"), "empty"));
}

TEST_CASE("a table that is missing is named with what to do") {
    json document;
    {
        LiveWorld world(services(), without_tables({"AADNonInteractiveUserSignInLogs"}));
        CHECK(scan_json(world, k_workspace, document) == 3);
        const json row = coverage_of(document, "sign_ins");
        CHECK(row.at("state") == "partial");
        CHECK(has(row.at("reason"), "AADNonInteractiveUserSignInLogs"));
        CHECK(has(row.at("reason"), "add NonInteractiveUserSignInLogs to Entra's diagnostic"));
        CHECK(document.at("accounts").size() > 5);
    }
    {
        LiveWorld world(services(), without_tables({"SigninLogs", "AADNonInteractiveUserSignInLogs",
                                                    "AADServicePrincipalSignInLogs"}));
        CHECK(scan_json(world, k_workspace, document) == 4);
        const json row = coverage_of(document, "sign_ins");
        CHECK(row.at("state") == "failed");
        CHECK(has(row.at("reason"), "no table SigninLogs"));
    }
    {
        LiveWorld world(services(), without_tables({"EntraIdSignInEvents"}));
        CHECK(scan_json(world, "hunting", document) == 4);
        CHECK(has(coverage_of(document, "sign_ins").at("reason"),
                  "neither EntraIdSignInEvents nor AADSignInEventsBeta"));
    }
}

TEST_CASE("where the newer table is missing the older one is asked") {
    fake::TenantSpec spec = without_tables({"EntraIdSignInEvents"});
    spec.kusto.tables.emplace_back("AADSignInEventsBeta");
    LiveWorld world(services(), spec);
    const json graph = from_graph(world);
    const json document = world.document(scan_from("hunting"));
    CHECK(differences(document, graph) == "");
    CHECK(has(sent(world).back(), "    AADSignInEventsBeta\n"));
}

TEST_CASE("a workspace that is empty or unknown is not taken for a tenant without Basic") {
    json document;
    fake::TenantSpec spec = contoso();
    spec.sign_ins.accounts.clear();
    {
        LiveWorld world(services(), spec);
        CHECK(scan_json(world, k_workspace, document) == 4);
        CHECK(has(coverage_of(document, "sign_ins").at("reason"), "the logs do not reach it"));
    }
    spec.kusto.workspace = "e0e0e0e0-1111-4222-8333-666666666666";
    LiveWorld world(services(), spec);
    CHECK(scan_json(world, k_workspace, document) == 4);
    CHECK(has(coverage_of(document, "sign_ins").at("reason"), "knows no workspace d0d0d0d0-"));
}

TEST_CASE("logs that begin later than the window cover no more than they hold") {
    LiveWorld world;
    const json document = world.document(
        {"scan", "--window", "60", "--sources", "sign_ins", "--sign-ins-from", k_workspace});
    const json row = coverage_of(document, "sign_ins");
    CHECK(has(row.at("from"), "2026-11-15T1"));
    CHECK(has(document.at("notes").dump(), "has sign-ins since 2026-11-15"));
}

TEST_CASE("a missing permission is named by scan and doctor") {
    struct Case {
        const char *service, *permission, *words;
    };
    for (const Case& one :
         {Case{k_workspace, "Data.Read", "Log Analytics API: Data.Read"},
          Case{"hunting", "ThreatHunting.Read.All", "Microsoft Graph: ThreatHunting.Read.All"}}) {
        LiveWorld world;
        const std::vector<std::string> doctor = {"doctor", "--sources", "sign_ins",
                                                 "--sign-ins-from", one.service};
        INFO(one.service);
        CHECK(world.run(doctor) == 0);
        world.tenant.take_away(k_client, one.permission);
        CHECK(world.run(doctor) == 4);
        CHECK(has(world.out.text, "MISSING  sign_ins:"));
        CHECK(has(world.out.text, one.words));
        json document;
        CHECK(scan_json(world, one.service, document) == 4);
        CHECK(has(coverage_of(document, "sign_ins").at("reason"), one.permission));
    }
}

TEST_CASE("a throttled query waits and a slow one is asked in halves") {
    for (const std::string& service : k_services) {
        INFO(service);
        LiveWorld world;
        const json graph = from_graph(world);
        fake::Fault throttled = on_queries(429, {1, 2, 4});
        throttled.retry_after = "7";
        world.tenant.plan({throttled});
        CHECK(differences(world.document(scan_from(service)), graph) == "");
        const auto sleeps = world.clock.sleeps();
        CHECK(std::ranges::count(sleeps, std::chrono::milliseconds(7'000)) == 3);
        world.tenant.plan({on_queries(504, {2})});
        world.tenant.clear_records();
        CHECK(differences(world.document(scan_from(service)), graph) == "");
        // Once as a whole, and not again; then two halves of it.
        REQUIRE(sent(world).size() == 4);
        CHECK(has(sent(world)[2], "From = datetime(2026-11-19T00:00:00Z)"));
        world.tenant.plan({on_queries(500, {2, 3})});
        CHECK(differences(world.document(scan_from(service)), graph) == "");
    }
}

TEST_CASE("a quota that stays used up ends the pull and is told as the service's") {
    LiveWorld world;
    world.tenant.plan({on_queries(429)});
    json document;
    CHECK(scan_json(world, "hunting", document) == 5);
    CHECK(has(coverage_of(document, "sign_ins").at("reason"), "quota"));
}

TEST_CASE("show-query prints what is sent and needs no network") {
    for (const std::string& service : k_services) {
        LiveWorld world;
        std::vector<std::string> args = scan_from(service);
        world.document(args);
        const auto queries = sent(world);
        REQUIRE(queries.size() == 2);
        world.environment.clear();
        world.make_http = [](CurlSettings) -> Result<std::unique_ptr<HttpClient>> {
            return fail(Errc::service, "the network was touched");
        };
        args.emplace_back("--show-query");
        REQUIRE(world.run(args) == 0);
        CHECK(world.err.text.empty());
        for (const std::string& query : queries) CHECK(has(world.out.text, query));
    }
    LiveWorld world;
    CHECK(world.run({"scan", "--show-query"}) == 2);
    CHECK(has(world.err.text, "--sign-ins-from"));
}

TEST_CASE("nothing that is not a workspace gets into an address or a query") {
    LiveWorld world;
    for (const char* wrong :
         {"log-analytics:", "log-analytics:my-workspace", "log-analytics",
          "log-analytics:d0d0d0d0-1111-4222-8333-666666666666/../x", "sentinel", ""}) {
        INFO(wrong);
        CHECK(world.run(scan_from(wrong)) == 2);
        CHECK(has(world.err.text, "--sign-ins-from"));
        CHECK(world.run({"doctor", "--sign-ins-from", wrong}) == 2);
    }
    CHECK(world.tenant.records().empty());
}

TEST_CASE("a cloud without a known Log Analytics host says so") {
    LiveWorld world;
    json document;
    std::vector<std::string> args = scan_from(k_workspace);
    args.insert(args.end(), {"--cloud", "china", "--format", "json"});
    CHECK(world.run(args) == 4);
    CHECK(has(coverage_of(json::parse(world.out.text), "sign_ins").at("reason"),
              "no Log Analytics host"));
}

TEST_CASE("a file with the same days changes no count for the larger one is taken") {
    LiveWorld world;
    const json graph = from_graph(world);
    world.add_file("sign-ins", fake::SignInFile::array);
    std::vector<std::string> args = scan_from(k_workspace);
    args.emplace_back("sign-ins");
    const json both = world.document(args);
    CHECK(both.at("summary") == graph.at("summary"));
    CHECK(has(both.at("notes").dump(), "the larger count is taken"));
}

TEST_CASE("OAuth sign-ins are counted like those of Graph") {
    const char* app = "f0f0f0f0-1111-4222-8333-777777777777";
    fake::TenantSpec spec = contoso();
    for (fake::App& registered : spec.apps)
        if (registered.client_id == k_client)
            registered.permissions.insert(registered.permissions.end(),
                                          {"Application.Read.All", "Directory.Read.All"});
    fake::OauthSender sender;
    sender.app_id = app;
    sender.name = "Mailer";
    sender.send_as_app = true;
    spec.oauth_senders.push_back(sender);
    const auto row = [&](int number, const char* more) {
        spec.sign_ins.rows.push_back(fmt::format(
            R"({{"id":"row-{}","createdDateTime":"2026-11-2{}T08:0{}:30.1234567Z","appId":"{}",
                "appDisplayName":"Mailer","resourceId":"00000002-0000-0ff1-ce00-000000000000",
                "clientAppUsed":"Mobile Apps and Desktop clients","ipAddress":"198.51.100.7",
                "userAgent":"Mailer/1","location":{{"countryOrRegion":"NL"}},
                "status":{{"errorCode":0}},{}}})",
            number, number % 2, number, app, more));
    };
    constexpr const char* k_person =
        R"("userId":"33333333-1111-4222-8333-444444444444","userPrincipalName":"erp@contoso.com")";
    for (const int number : {1, 2, 3})
        row(number, fmt::format(R"({},"isInteractive":true,"signInEventTypes":["interactiveUser"])",
                                k_person)
                        .c_str());
    row(4, fmt::format(R"({},"isInteractive":false,"signInEventTypes":["nonInteractiveUser"],
                          "clientCredentialType":"clientSecret")",
                       k_person)
               .c_str());
    row(5, R"("userId":"","userPrincipalName":"","isInteractive":false,
              "signInEventTypes":["servicePrincipal"])");
    LiveWorld world(services(), spec);
    const auto scan = [&](const std::string& service) {
        return world.document({"scan", "--window", "8", "--sources", "sign_ins,oauth_sign_ins",
                               "--now", k_now, "--sign-ins-from", service});
    };
    const json graph = scan("graph");
    const auto possible = [](const json& document) {
        std::uint64_t sum = 0;
        for (const json& account : document.at("accounts"))
            sum += account.at("sign_ins").at("oauth_possible").get<std::uint64_t>();
        return sum;
    };
    CHECK(possible(graph) == 4);
    for (const std::string& service : k_services) {
        INFO(service);
        const json document = scan(service);
        CHECK(differences(document, graph) == "");
        CHECK(coverage_of(document, "oauth_sign_ins").at("state") == "complete");
        CHECK(has(document.at("notes").dump(),
                  fmt::format("Mailer ({}) signed in as itself 1 times", app)));
    }
    // The applications themselves are asked of Graph.
    for (const char* permission : {"Application.Read.All", "Directory.Read.All"})
        world.tenant.take_away(k_client, permission);
    CHECK(world.run({"doctor", "--sources", "oauth_sign_ins", "--sign-ins-from", k_workspace}) ==
          4);
    CHECK(has(world.out.text, "Application.Read.All (application"));
    for (const char* permission : {"Application.Read.All", "Directory.Read.All"})
        world.tenant.grant(k_client, permission);
    // Of applications alone the newer table is missing, and the older one too.
    world.tenant.state().change([](fake::TenantSpec& changed) {
        std::erase(changed.kusto.tables, "EntraIdSpnSignInEvents");
    });
    CHECK(world.run({"scan", "--window", "8", "--sources", "sign_ins,oauth_sign_ins",
                     "--sign-ins-from", "hunting", "--format", "json"}) == 3);
    CHECK(has(coverage_of(json::parse(world.out.text), "oauth_sign_ins").at("reason"),
              "no table EntraIdSpnSignInEvents"));
}
