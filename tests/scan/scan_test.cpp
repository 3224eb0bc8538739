// The whole program in process, with the real network client, under the production URLs, against
// the fake tenant: what it comes to is what a rank of the same evidence from files comes to.
#include "fake_tenant/exchange.hpp"
#include "fake_tenant/graph.hpp"
#include "scan/live_world.hpp"
#include "sources/settings_row.hpp"

#include <fmt/format.h>
#include <algorithm>

using namespace smtpaudit;
using namespace smtpaudit::test;
using nlohmann::json;

namespace {

// Where a row was read is the one thing that differs.
json without_origins(json rows) {
    for (json& row : rows) row.erase("origins");
    return rows;
}

}  // namespace

TEST_CASE("a scan comes to what a rank of the same evidence from files comes to") {
    LiveWorld world;
    for (const auto shape :
         {fake::SignInFile::graph_page, fake::SignInFile::array, fake::SignInFile::json_lines}) {
        world.add_file("sign-ins", shape);
        const json ranked = world.document({"rank", "sign-ins"});
        const json scanned = world.document({"scan", "--window", "8", "--sources", "sign_ins"});
        REQUIRE(ranked.at("accounts").size() > 10);
        CHECK(without_origins(scanned.at("accounts")) == without_origins(ranked.at("accounts")));
        CHECK(without_origins(scanned.at("devices")) == without_origins(ranked.at("devices")));
        CHECK(scanned.at("summary") == ranked.at("summary"));
        CHECK(scanned.at("window") == ranked.at("window"));
    }
}

// Every switch in more than one state: flags of the tenant and of mailboxes, policies of their own,
// Conditional Access with users, groups and roles left out and with a condition.
fake::TenantSpec many_settings() {
    fake::TenantSpec spec = contoso();
    fake::ExchangeSpec& exchange = spec.exchange;
    exchange.transport_config = R"({"SmtpClientAuthenticationDisabled":true})";
    exchange.organization_config =
        R"({"DefaultAuthenticationPolicy":"Block Basic","RejectDirectSend":true})";
    exchange.authentication_policies = {
        R"({"Name":"Block Basic","Identity":"Block Basic","AllowBasicAuthSmtp":false})",
        R"({"Name":"Allow SMTP","Identity":"Allow SMTP","AllowBasicAuthSmtp":true})"};
    exchange.inbound_connectors = {
        R"({"Name":"Printers","Enabled":true,"ConnectorType":"OnPremises","RequireTls":true,
            "SenderDomains":["smtp:*;1"],"SenderIPAddresses":["192.0.2.99"],
            "TlsSenderCertificateName":null})"};
    exchange.mailboxes = {
        R"({"UserPrincipalName":"scan1@contoso.com","SmtpClientAuthenticationDisabled":false,
            "AuthenticationPolicy":"Allow SMTP"})",
        R"({"UserPrincipalName":"scan2@contoso.com","SmtpClientAuthenticationDisabled":true,
            "AuthenticationPolicy":"Allow SMTP"})",
        R"({"UserPrincipalName":"erp@contoso.com","SmtpClientAuthenticationDisabled":false,
            "AuthenticationPolicy":"Gone"})",
        R"({"UserPrincipalName":"ups@contoso.com","SmtpClientAuthenticationDisabled":false,
            "AuthenticationPolicy":"Allow SMTP"})",
        R"({"UserPrincipalName":"idle@contoso.com","SmtpClientAuthenticationDisabled":false,
            "AuthenticationPolicy":"Allow SMTP"})",
        R"({"UserPrincipalName":"relay@contoso.com","SmtpClientAuthenticationDisabled":false,
            "AuthenticationPolicy":"Allow SMTP"})"};
    fake::PolicySpec& policies = spec.policies;
    policies.conditional_access = {
        R"({"id":"p1","displayName":"Block legacy","state":"enabled",
            "conditions":{"clientAppTypes":["other","exchangeActiveSync"],
              "applications":{"includeApplications":["All"],"excludeApplications":[]},
              "users":{"includeUsers":["All"],"excludeUsers":["scan1@contoso.com"],
                       "includeGroups":[],"excludeGroups":["g-printers"],
                       "excludeRoles":["62e90394-69f5-4237-9190-012177145e10"]}},
            "grantControls":{"operator":"OR","builtInControls":["block"]}})",
        R"({"id":"p2","displayName":"MFA outside","state":"enabled",
            "conditions":{"clientAppTypes":["all"],
              "applications":{"includeApplications":["Office365"]},
              "users":{"includeUsers":["ups@contoso.com"]},
              "locations":{"includeLocations":["All"],"excludeLocations":["AllTrusted"]}},
            "grantControls":{"operator":"OR","builtInControls":["mfa"]}})"};
    policies.groups = {R"({"id":"g-printers","members":["ups@contoso.com","scan2@contoso.com",
                           "idle@contoso.com"]})",
                       R"({"id":"g-admins","members":["relay@contoso.com"]})"};
    policies.role_assignments = {
        R"({"roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10",
            "principal":{"@odata.type":"#microsoft.graph.group","id":"g-admins"}})",
        R"({"roleDefinitionId":"f2ef992c-3afb-46b9-b7cf-a126ee74c451",
            "principal":"erp@contoso.com"})"};
    return spec;
}

// What follows from settings, but for where each was read.
json settled(const json& run) {
    json all = json::object();
    for (json row : run.at("accounts")) {
        for (json& link : row.at("switches").at("chain")) link.erase("origin");
        json& kept = all[row.at("id").get<std::string>()];
        for (const char* key : {"status", "switches", "exposure", "priority", "factors", "marks",
                                "mailbox_type", "remedy", "why"})
            kept[key] = row.at(key);
    }
    return all;
}

TEST_CASE("settings from files come to what the same settings pulled live come to") {
    const std::vector<std::string> graph = {"security_defaults", "conditional_access",
                                            "mfa_registration", "directory_roles"};
    LiveWorld world(services(), many_settings());
    std::string sources = k_core;
    std::vector<std::string> files;
    const auto add = [&](std::string_view id, std::string text) {
        files.push_back(fmt::format("{}.export", files.size()));  // the name tells nothing
        world.files.contents[files.back()] = std::move(text);
        if (id != "group_members") sources += fmt::format(",{}", id);
    };
    for (const SettingsCmdlet& one : k_settings_cmdlets)
        add(one.id, fake::settings_as_json(world.spec, one.cmdlet));
    for (const std::string& one : graph) add(one, fake::policies_as_json(world.spec, one));
    add("group_members", fake::policies_as_json(world.spec, "group_members"));

    const json live = world.document({"scan", "--window", "8", "--sources", sources});
    std::vector<std::string> args = {"scan", "--window", "8", "--sources", k_core};
    args.insert(args.end(), files.begin(), files.end());
    const json from_files = world.document(args);
    REQUIRE(settled(live).size() > 10);
    CHECK(settled(from_files) == settled(live));
    CHECK(from_files.at("actions") == live.at("actions"));
    CHECK(from_files.at("summary") == live.at("summary"));

    // The tenant does hold what is to be compared.
    const json all = settled(live);
    const auto decided = [&](const char* id) {
        const json& switches = all.at(id).at("switches");
        return switches.at("basic_usable").get<std::string>() + " " +
               switches.at("decided_by").dump();
    };
    CHECK(decided("scan1@contoso.com") == "yes \"mailbox_flag\"");
    CHECK(all.dump().find("would block unless") != std::string::npos);
    CHECK(all.dump().find("excluded from \\\"Block legacy\\\"") != std::string::npos);
    CHECK(all.dump().find("Global Administrator (by group)") != std::string::npos);

    // Without the groups nobody knows who is left out, and that is never "no".
    args.pop_back();
    const json without = settled(world.document(args));
    CHECK(without.at("scan2@contoso.com").at("switches").dump().find("is not known") !=
          std::string::npos);
}

TEST_CASE("a file of the rows that are pulled too changes no count") {
    LiveWorld world;
    const json alone = world.document({"scan", "--window", "8"});
    world.add_file("sign-ins", fake::SignInFile::array);
    const json both = world.document({"scan", "--window", "8", "sign-ins"});
    CHECK(without_origins(both.at("accounts")) == without_origins(alone.at("accounts")));
    CHECK(both.at("summary") == alone.at("summary"));
    CHECK(both.at("notes").dump().find("are in a file too") != std::string::npos);
}

TEST_CASE("two scans of the same tenant give the same bytes") {
    LiveWorld world;
    // Without what is refused: the reason has the request's id.
    const std::vector<std::string> args = {"scan", "--window", "8",  "--sources",
                                           k_core, "--now",    k_now};
    world.document(args);
    const std::string bytes = world.out.text;
    world.document(args);
    CHECK(world.out.text == bytes);
}

TEST_CASE("every row on the wire is an SMTP row") {
    LiveWorld world;
    world.document({"scan", "--window", "8"});
    for (const fake::Record& record : world.tenant.records()) {
        if (record.path.find("signIns") == std::string::npos) continue;
        CHECK(record.query_value("$filter").value_or("").find("Authenticated SMTP") !=
              std::string::npos);
    }
}

TEST_CASE("sources of other budgets are pulled while the sign-ins are") {
    fake::Options options = services();
    options.latency = std::chrono::milliseconds(300);  // of each page of sign-ins
    LiveWorld world(std::move(options));
    world.document({"scan", "--window", "4"});
    const auto records = world.tenant.records();
    const auto first_of = [&](const char* part) {
        return std::find_if(records.begin(), records.end(), [&](const fake::Record& record) {
            return record.path.find(part) != std::string::npos;
        });
    };
    const auto last_sign_in =
        std::find_if(records.rbegin(), records.rend(), [](const fake::Record& record) {
            return record.path.find("signIns") != std::string::npos;
        });
    REQUIRE(first_of("/users") != records.end());
    REQUIRE(last_sign_in != records.rend());
    CHECK(first_of("/users")->at < last_sign_in->at);
}

TEST_CASE("doctor names each permission when it is taken away") {
    struct Case {
        const char* permission;
        const char* source;
    };
    LiveWorld world;
    CHECK(world.run({"doctor", "--sources", k_core}) == 0);
    for (const Case& one : {Case{"AuditLog.Read.All", "sign_ins"}, Case{"User.Read.All", "users"},
                            Case{"Organization.Read.All", "organization"}}) {
        INFO(one.permission);
        world.tenant.take_away(k_client, one.permission);
        CHECK(world.run({"doctor", "--sources", k_core}) == 3);
        CHECK(world.out.text.find(fmt::format("MISSING  {}:", one.source)) != std::string::npos);
        CHECK(world.out.text.find(fmt::format("Microsoft Graph: {}", one.permission)) !=
              std::string::npos);
        world.tenant.grant(k_client, one.permission);
    }
    CHECK(world.run({"doctor", "--sources", k_core}) == 0);
}

TEST_CASE("a person who signs in with a device code is named with their roles") {
    LiveWorld world;
    world.environment.erase("AZURE_CLIENT_SECRET");
    fake::DeviceFlow device;
    device.interval = 0;  // the program's clock does not wait, so it would ask too often
    world.tenant.set_device_flow(device);
    INFO(world.err.text);
    CHECK(world.run({"doctor", "--auth", "device-code", "--sources", k_core}) == 0);
    CHECK(world.out.text.find("Auditor (auditor@contoso.com), a person") != std::string::npos);
    CHECK(world.out.text.find("Global Reader") != std::string::npos);
    world.tenant.state().change([](fake::TenantSpec& tenant) { tenant.person.roles.clear(); });
    CHECK(world.run({"doctor", "--auth", "device-code", "--sources", k_core}) == 3);
    CHECK(world.out.text.find("MISSING  sign_ins:") != std::string::npos);
    CHECK(world.out.text.find("role Reports Reader") != std::string::npos);
}
