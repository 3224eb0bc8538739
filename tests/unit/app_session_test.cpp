#include "app/connection.hpp"
#include "app/session.hpp"
#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/world.hpp"

using namespace smtpaudit;
using test::FakeHttp;
using test::FakeWorld;

namespace {

constexpr const char* k_client = "a0a0a0a0-1111-4222-8333-555555555555";
const std::string k_token_url =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";

// Hands the requests on to a fake that outlives the session.
class BorrowedHttp final : public HttpClient {
public:
    explicit BorrowedHttp(FakeHttp& fake) : fake_(fake) {}
    HttpResult send(const HttpRequest& request, std::stop_token stop) override {
        return fake_.send(request, std::move(stop));
    }

private:
    FakeHttp& fake_;
};

struct SessionWorld {
    FakeWorld fakes;
    FakeHttp http;
    CurlSettings network;  // as the session asked for it
    World world{fakes.clock, fakes.files, fakes.random, fakes.in, fakes.out, fakes.err};
    Options options;
    StatusLine status{fakes.err, false, 0};
    Log log{status, LogLevel::verbose, false};
    CommandContext context{options, world, log, status};

    SessionWorld() {
        options.sign_in.tenant = "contoso.onmicrosoft.com";
        options.sign_in.client_id = k_client;
        fakes.environment["AZURE_CLIENT_SECRET"] = "SENTINEL-secret";
        world.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = fakes.environment.find(name);
            if (found == fakes.environment.end()) return std::nullopt;
            return found->second;
        };
        world.make_http = [this](CurlSettings settings) {
            network = std::move(settings);
            return std::make_unique<BorrowedHttp>(http);
        };
    }
    void expect_token(const std::string& token) {
        http.expect(HttpMethod::post, k_token_url,
                    test::reply(200, R"({"token_type":"Bearer","expires_in":3599,)"
                                     R"("access_token":")" +
                                         token + "\"}"));
    }
};

}  // namespace

TEST_CASE("a session signs in and asks Graph with the token") {
    SessionWorld world;
    const auto session = Session::open(world.context);
    REQUIRE(session);
    CHECK((*session)->said().find("client secret") != std::string::npos);
    const LiveSource& source = all_live_sources().front();
    PullContext pull = (*session)->pull_context(source);
    CHECK(pull.graph_url == "https://graph.microsoft.com");
    CHECK(pull.exchange_url == "https://outlook.office365.com");
    CHECK(pull.tenant == "contoso.onmicrosoft.com");
    world.expect_token("SENTINEL-token");
    world.http.expect(HttpMethod::get, "https://graph.microsoft.com/v1.0/organization",
                      test::reply(200, "{}"));
    HttpRequest request;
    request.url = pull.graph_url + "/v1.0/organization";
    const HttpResult answer = pull.http.send(request, {});
    REQUIRE(answer);
    CHECK(answer->status == 200);
    const auto requests = world.http.requests();
    REQUIRE(requests.size() == 2);
    CHECK(test::header_of(requests[1], "Authorization") == "Bearer SENTINEL-token");
    CHECK_FALSE(test::header_of(requests[1], "client-request-id").empty());
    // Traced at -v, without secrets.
    CHECK(world.fakes.err.text.find("GET https://graph.microsoft.com/v1.0/organization: 200") !=
          std::string::npos);
    CHECK(world.fakes.err.text.find("SENTINEL") == std::string::npos);
}

TEST_CASE("sources of one budget share one client and one pace") {
    SessionWorld world;
    const auto session = Session::open(world.context);
    REQUIRE(session);
    HttpClient& reports = (*session)->http("entra-reports");
    CHECK(&reports == &(*session)->http("entra-reports"));
    CHECK(&reports != &(*session)->http("graph-directory"));
    CHECK_THROWS_AS((*session)->http("no-such-budget"), std::out_of_range);
    for (const LiveSource& source : all_live_sources()) {
        INFO(source.id);
        CHECK(find_budget(source.budget) != nullptr);
    }
}

TEST_CASE("waits are told with the budget they are for") {
    SessionWorld world;
    const auto session = Session::open(world.context);
    REQUIRE(session);
    std::vector<std::string> told;
    (*session)->watch_waits([&](std::string_view budget, const WaitNotice& notice) {
        told.push_back(std::string(budget) + " " + std::to_string(notice.delay.count()));
    });
    const std::string url = "https://graph.microsoft.com/beta/auditLogs/signIns";
    world.expect_token("t");
    world.http.expect(HttpMethod::get, url, test::reply(429, "", {{"Retry-After", "7"}}));
    world.http.expect(HttpMethod::get, url, test::reply(200, "{}"));
    HttpRequest request;
    request.url = url;
    REQUIRE((*session)->http("entra-reports").send(request, {}));
    CHECK(told == std::vector<std::string>{"entra-reports 7000"});
}

TEST_CASE("a flag comes before the environment and that before the settings file") {
    SessionWorld world;
    world.options.configured_sign_in.tenant = "file.example";
    world.options.configured_sign_in.cloud = "china";
    world.options.configured_sign_in.client_secret_file = "secret.txt";
    CHECK(sign_in_settings(world.context)->tenant == "contoso.onmicrosoft.com");
    world.options.sign_in.tenant.reset();
    world.fakes.environment["AZURE_TENANT_ID"] = "environment.example";
    auto settings = sign_in_settings(world.context);
    CHECK(settings->tenant == "environment.example");
    CHECK(settings->cloud == "china");
    CHECK_FALSE(settings->client_secret_file);  // the environment's secret comes first
    world.fakes.environment.clear();
    settings = sign_in_settings(world.context);
    CHECK(settings->tenant == "file.example");
    CHECK(settings->client_secret_file == "secret.txt");
    CHECK(settings->auth == "auto");
}

TEST_CASE("a key that is named on the command line decides how to sign in") {
    SessionWorld world;
    world.options.configured_sign_in.auth = "device-code";
    CHECK(sign_in_settings(world.context)->auth == "device-code");
    world.options.sign_in.certificate = "key.pem";
    CHECK(sign_in_settings(world.context)->auth == "certificate");
    world.options.sign_in.auth = "browser";
    CHECK(sign_in_settings(world.context)->auth == "browser");
}

TEST_CASE("the proxy and the authorities come from flag or environment or settings file") {
    SessionWorld world;
    world.options.configured_sign_in.proxy = "http://file.example:1";
    world.options.configured_sign_in.ca_bundle = "file.pem";
    CHECK(network_settings_of(world.context)->proxy.reveal() == "http://file.example:1");
    CHECK(network_settings_of(world.context)->ca_bundle == "file.pem");
    world.fakes.environment["https_proxy"] = "http://user:SENTINEL@environment.example:2";
    world.fakes.environment["NO_PROXY"] = "localhost";
    world.fakes.environment["SSL_CERT_FILE"] = "environment.pem";
    CHECK(network_settings_of(world.context)->proxy.reveal() ==
          "http://user:SENTINEL@environment.example:2");
    CHECK(network_settings_of(world.context)->no_proxy == "localhost");
    CHECK(network_settings_of(world.context)->ca_bundle == "environment.pem");
    world.options.sign_in.proxy = "http://flag.example:3";
    world.options.sign_in.ca_bundle = "flag.pem";
    CHECK(network_settings_of(world.context)->proxy.reveal() == "http://flag.example:3");
    CHECK(network_settings_of(world.context)->ca_bundle == "flag.pem");
    world.options.sign_in.proxy = "none";
    CHECK(network_settings_of(world.context)->proxy.empty());
}

TEST_CASE(
    "a proxy password on the command line or in the settings file is refused and not quoted") {
    SessionWorld world;
    for (auto* given : {&world.options.sign_in, &world.options.configured_sign_in}) {
        given->proxy = "http://user:SENTINEL@proxy.example:8080";
        const auto settings = network_settings_of(world.context);
        REQUIRE_FALSE(settings);
        CHECK(settings.error().code == Errc::usage);
        CHECK(settings.error().message.find("HTTPS_PROXY") != std::string::npos);
        CHECK(settings.error().message.find("SENTINEL") == std::string::npos);
        given->proxy.reset();
    }
}

TEST_CASE("a session that cannot sign in names the option and sends nothing") {
    SessionWorld world;
    world.options.sign_in.client_id.reset();
    const auto session = Session::open(world.context);
    REQUIRE_FALSE(session);
    CHECK(session.error().code == Errc::usage);
    CHECK(session.error().message.find("--client-id") != std::string::npos);
    CHECK(world.http.requests().empty());
}
