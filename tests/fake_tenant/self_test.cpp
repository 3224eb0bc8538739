// The fake tenant as raw libcurl sees it: the services, their limits, their lists.
#include "fake_tenant/codec.hpp"
#include "fake_tenant/curl_probe.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace smtpaudit::fake {
namespace {

using nlohmann::json;
using std::chrono::seconds;

Options no_limit() {
    Options options;
    options.throttle.enabled = false;
    return options;
}

std::string filtered(const std::string& filter, const std::string& more = "") {
    return std::string(k_sign_ins) + "?$filter=" + percent_encode(filter, "'():/$") + more;
}
const std::string k_smtp_everywhere =
    "(clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP') and "
    "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";

std::set<std::string> expected_ids(const TenantSpec& spec, GraphVersion version) {
    SignInFileOptions options;
    options.version = version;
    std::set<std::string> ids;
    for (const auto& row : json::parse(signins_as_json(spec, options)))
        ids.insert(row["id"].get<std::string>());
    return ids;
}

TEST_CASE("a pull over beta gives every SMTP row once in opaque pages") {
    const TenantSpec spec = contoso();
    FakeTenant tenant(spec, no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const Pulled all = pull(probe, filtered(k_smtp_everywhere, "&$top=1000&$select=id"));
    const auto expected = expected_ids(spec, GraphVersion::beta);
    CHECK(expected.size() > 2500);
    CHECK(std::set<std::string>(all.ids.begin(), all.ids.end()) == expected);
    CHECK(all.ids.size() == expected.size());
    CHECK(all.page_sizes.front() == 1000);
    CHECK(all.links.front().find("$skiptoken=") != std::string::npos);

    const auto records = tenant.records();
    CHECK(records.back().scheme == "https");
    CHECK(records.back().host == "graph.microsoft.com");
    CHECK(records.back().tls_version == "TLSv1.3");
    CHECK(records.front().form_value("grant_type") == "client_credentials");
    CHECK(records.front().connection != records.back().connection);  // two hosts
    CHECK(records[1].connection == records.back().connection);  // kept alive
}

TEST_CASE("v1.0 has the interactive rows alone and none of the properties of beta") {
    const TenantSpec spec = contoso();
    FakeTenant tenant(spec, no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const std::string base =
        "https://graph.microsoft.com/v1.0/auditLogs/signIns?$select=id&$filter=";
    const Pulled all = pull(
        probe,
        base + percent_encode("clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP'"));
    CHECK(all.ids.size() == expected_ids(spec, GraphVersion::v1_0).size());
    CHECK(all.ids.size() < expected_ids(spec, GraphVersion::beta).size());
    const json page =
        json::parse(probe.ask("https://graph.microsoft.com/v1.0/auditLogs/signIns?$top=1").body);
    CHECK(page["value"][0].size() > 20);
    for (const auto& [key, value] : page["value"][0].items()) CHECK_FALSE(is_beta_only(key));
    const Seen refused = probe.ask(base + percent_encode("signInEventTypes/any(t: t eq 'x')"));
    CHECK(refused.status == 400);
    CHECK(probe.ask(base + percent_encode("createdDateTime ge '2026-11-01T00:00:00Z'")).status ==
          400);
    CHECK(probe.ask(base + "&$top=1001").status == 400);
}

TEST_CASE("a window and a selection keep to what was asked") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const Seen seen =
        probe.ask(filtered("createdDateTime ge 2026-11-20T00:00:00Z and createdDateTime lt "
                           "2026-11-20T06:00:00Z",
                           "&$select=id,createdDateTime"));
    const json page = json::parse(seen.body);
    CHECK(page["value"].size() > 10);
    for (const auto& row : page["value"]) {
        CHECK(row.size() == 2);
        CHECK(row["createdDateTime"].get<std::string>().substr(0, 12) == "2026-11-20T0");
    }
    CHECK(seen.headers.at("content-encoding") == "gzip");
    CHECK(seen.headers.contains("request-id"));
}

TEST_CASE("a skip token belongs to its query") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const Pulled one = pull(probe, std::string(k_sign_ins) + "?$top=10", 1);
    const std::string link = one.links.front();
    CHECK(probe.ask(link).body == probe.ask(link).body);
    const std::string token = link.substr(link.find("$skiptoken="));
    CHECK(probe.ask(std::string(k_sign_ins) + "?$top=11&" + token).status == 400);
    CHECK(probe.ask(std::string(k_sign_ins) + "?$top=10&$skiptoken=1").status == 400);
}

TEST_CASE("the sixth request in ten seconds is refused and told when to come back") {
    Options options;
    options.time_scale = 50;
    FakeTenant tenant(contoso(), options);
    Probe probe(tenant);
    probe.sign_in();
    const std::string url = std::string(k_sign_ins) + "?$top=1";
    int refused = 0;
    Seen seen;
    for (int i = 0; i < 40 && refused == 0; ++i) {
        seen = probe.ask(url);
        if (seen.status == 429) ++refused;
    }
    REQUIRE(refused == 1);
    CHECK(json::parse(seen.body)["error"]["code"] == "UnknownError");
    const long wait = std::stol(seen.headers.at("retry-after"));
    CHECK(wait >= 1);
    CHECK(wait <= 5);
    CHECK(probe.ask("https://graph.microsoft.com/v1.0/users?$top=1").status == 200);
    REQUIRE(tenant.state().time.wait(seconds(wait)));
    CHECK(probe.ask(url).status == 200);
}

TEST_CASE(
    "a call without its permission or licence or role or audience is refused with its own code") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const auto code_of = [](const Seen& seen) {
        return json::parse(seen.body)["error"]["code"].get<std::string>();
    };
    CHECK(probe.ask(k_sign_ins).status == 200);
    tenant.take_away(k_app, "AuditLog.Read.All");
    const Seen denied = probe.ask(k_sign_ins);
    CHECK(denied.status == 403);
    CHECK(code_of(denied) == "Authorization_RequestDenied");
    tenant.grant(k_app, "AuditLog.Read.All");
    tenant.state().change([](TenantSpec& spec) { spec.licence = Licence::free; });
    CHECK(code_of(probe.ask(k_sign_ins)) ==
          "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    CHECK(probe.get(k_sign_ins).status == 401);
    probe.sign_in("https://outlook.office365.com");
    const Seen wrong = probe.ask(k_sign_ins);
    CHECK(wrong.status == 401);
    CHECK(wrong.headers.at("www-authenticate").substr(0, 7) == "Bearer ");
}

TEST_CASE("a token dies when its life is over and when it is revoked") {
    Options options = no_limit();
    options.tokens.life = seconds(60);
    options.time_scale = 1000;
    FakeTenant tenant(contoso(), options);
    Probe probe(tenant);
    tenant.state().set_token_life(std::chrono::hours(24));
    probe.sign_in();
    CHECK(probe.ask(k_sign_ins).status == 200);
    tenant.state().revoke_all();
    CHECK(probe.ask(k_sign_ins).status == 401);
    tenant.state().set_token_life(seconds(60));
    probe.sign_in();
    REQUIRE(tenant.state().time.wait(seconds(61)));
    CHECK(probe.ask(k_sign_ins).status == 401);
}

TEST_CASE("users come in pages with the properties that were selected") {
    TenantSpec spec = contoso();
    spec.extra_users = 1200;
    FakeTenant tenant(spec, no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const std::string users = "https://graph.microsoft.com/v1.0/users";
    const Pulled all = pull(probe, users + "?$select=id,mail,proxyAddresses&$top=999");
    CHECK(all.page_sizes == std::vector<std::size_t>{999, 1200 + 11 - 999});
    CHECK(std::set<std::string>(all.ids.begin(), all.ids.end()).size() == all.ids.size());
    const json one = json::parse(probe.ask(users + "?$top=1&$select=id,accountEnabled").body);
    CHECK(one["value"][0] == json{{"id", one["value"][0]["id"]}, {"accountEnabled", true}});
    CHECK(probe.ask(users + "?$top=1000").status == 400);
}

TEST_CASE("the organisation and the licences and the app's own permissions can be asked for") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    probe.sign_in();
    const std::string base = "https://graph.microsoft.com/v1.0";
    const json organization = json::parse(probe.ask(base + "/organization").body);
    CHECK(organization["value"][0]["displayName"] == "Contoso");
    CHECK(organization["value"][0]["verifiedDomains"][1]["isDefault"] == true);
    CHECK(probe.ask(base + "/subscribedSkus").body.find("AAD_PREMIUM") != std::string::npos);
    CHECK(probe.ask(base + "/me").status == 400);
    const std::string principal = base + "/servicePrincipals(appId='" + std::string(k_app) + "')";
    CHECK(probe.ask(principal).status == 403);
    tenant.grant(k_app, "Application.Read.All");
    const json app = json::parse(probe.ask(principal).body);
    const json roles = json::parse(probe
                                       .ask(base + "/servicePrincipals/" +
                                            app["id"].get<std::string>() + "/appRoleAssignments")
                                       .body);
    CHECK(roles["value"].size() == 7);
    CHECK(roles["value"][0]["appRoleId"] == "b0afded3-3588-46d8-8b3d-9842eff778da");
    CHECK(probe.ask(base + "/nothing").status == 400);
}

TEST_CASE("through the proxy the same tenant answers and hosts of elsewhere do not exist") {
    Options options = no_limit();
    options.proxy_credentials = "user:password";
    FakeTenant tenant(contoso(), options);
    Probe probe(tenant, true);
    CHECK(probe.get(k_sign_ins).code != CURLE_OK);
    CHECK(tenant.records().back().status == 407);
    probe.proxy_credentials = "user:password";
    probe.sign_in();
    CHECK(probe.ask(k_sign_ins).status == 200);
    CHECK(tenant.records().back().via_proxy);
    CHECK(probe.ask("https://graph.attacker.example/v1.0/users").code != CURLE_OK);
    const Record last = tenant.records().back();
    CHECK(last.method == "CONNECT");
    CHECK(last.host == "graph.attacker.example");
    CHECK(last.status == 502);
}

TEST_CASE("other clouds have their own hosts and their tokens are not for ours") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    const std::string form = std::string("grant_type=client_credentials&client_id=") + k_app +
                             "&client_secret=contoso-demo-secret&scope=";
    const std::string login = "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token";
    const Seen us = probe.post(login, form + "https://graph.microsoft.us/.default");
    REQUIRE(us.status == 200);
    probe.token = json::parse(us.body)["access_token"].get<std::string>();
    CHECK(probe.ask("https://graph.microsoft.us/v1.0/users").status == 200);
    CHECK(probe.ask("https://graph.microsoft.com/v1.0/users").status == 401);
    CHECK(probe.post(login, form + "https://graph.microsoft.com/.default").status == 400);
}

TEST_CASE("what is said without TLS on the TLS port is heard and recorded") {
    FakeTenant tenant(contoso(), no_limit());
    Probe probe(tenant);
    probe.get("http://graph.microsoft.com/v1.0/users", {"Authorization: Bearer leaked"});
    REQUIRE(tenant.records().size() == 1);
    CHECK(tenant.records()[0].scheme == "http");
    CHECK(tenant.records()[0].header("authorization") == "Bearer leaked");
}

}  // namespace
}  // namespace smtpaudit::fake
