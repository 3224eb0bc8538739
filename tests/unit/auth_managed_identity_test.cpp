#include "auth/managed_identity.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

constexpr const char* k_imds =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%"
    "3A%2F%2Fgraph.microsoft.com";
constexpr const char* k_app_service =
    "http://127.0.0.1:41564/MSI/token?api-version=2019-08-01&resource=https%3A%2F%2F"
    "graph.microsoft.com";

// The client is the source's own; the test keeps an eye on it.
struct Local {
    Stage stage;
    std::unique_ptr<FakeHttp> owned = std::make_unique<FakeHttp>();
    FakeHttp& http = *owned;

    Result<std::unique_ptr<TokenSource>> source(ManagedIdentityHost host = {},
                                                std::string client_id = {}) {
        return managed_identity_source(stage.context(), std::move(owned), std::move(host),
                                       std::move(client_id));
    }
};

ManagedIdentityHost app_service() {
    return {"http://127.0.0.1:41564/MSI/token", Secret(std::string("SENTINEL-header"))};
}

std::string imds_answer(const std::string& token, long long expires_on) {
    return nlohmann::json{{"access_token", token},
                          {"expires_on", std::to_string(expires_on)},
                          {"resource", "https://graph.microsoft.com"},
                          {"token_type", "Bearer"}}
        .dump();
}

std::string error_of(const Result<Token>& result, Errc code) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == code);
    CHECK(result.error().message.find("SENTINEL") == std::string::npos);
    return result.error().message;
}

}  // namespace

TEST_CASE("a virtual machine is asked for its identity without a scope suffix") {
    Local local;
    const long long ends = local.stage.clock.now().time_since_epoch().count() + 3600;
    local.http.expect(HttpMethod::get, k_imds, reply(200, imds_answer("token-1", ends)));
    FakeHttp& http = local.http;
    const auto source = local.source();
    REQUIRE(source);
    CHECK((*source)->name() == "managed identity");
    const auto token = (*source)->fetch(k_graph, {});
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    CHECK(token->expires == local.stage.clock.now() + std::chrono::hours(1));
    CHECK(token->renew_at == local.stage.clock.now() + std::chrono::minutes(55));
    CHECK(header_of(http.requests().at(0), "Metadata") == "true");
    CHECK(local.stage.http.requests().empty());
}

TEST_CASE("a user-assigned identity is named by its client id") {
    Local local;
    local.http.expect(
        HttpMethod::get, std::string(k_imds) + "&client_id=11111111-2222-3333-4444-555555555555",
        reply(200, R"({"access_token":"t","token_type":"Bearer","expires_in":"60"})"));
    const auto source = local.source({}, k_client_id);
    REQUIRE(source);
    CHECK((*source)->fetch(k_graph, {}));
}

TEST_CASE("an App Service is asked at its own endpoint with its own header") {
    Local local;
    const long long ends = local.stage.clock.now().time_since_epoch().count() + 86400;
    local.http.expect(HttpMethod::get, k_app_service, reply(200, imds_answer("token-2", ends)));
    FakeHttp& http = local.http;
    const auto source = local.source(app_service());
    REQUIRE(source);
    REQUIRE((*source)->fetch(k_graph, {}));
    CHECK(header_of(http.requests().at(0), "X-IDENTITY-HEADER") == "SENTINEL-header");
    CHECK(header_of(http.requests().at(0), "Metadata").empty());
}

TEST_CASE("a metadata service that is starting is asked three times") {
    Local local;
    for (const int status : {404, 410, 404})
        local.http.expect(HttpMethod::get, k_imds, reply(status, "{}"));
    const auto source = local.source();
    REQUIRE(source);
    CHECK(error_of((*source)->fetch(k_graph, {}), Errc::sign_in)
              .starts_with("169.254.169.254 gave no token (HTTP 404): a system-assigned identity "
                           "is not assigned to this machine or app; "));
    CHECK(local.stage.clock.sleeps() ==
          std::vector<std::chrono::milliseconds>(2, std::chrono::milliseconds(2000)));
}

TEST_CASE("off Azure one attempt is made and the way out is told") {
    Local local;
    local.http.expect(HttpMethod::get, k_imds, HttpFailureKind::timeout,
                      "169.254.169.254: no connection within 2 s");
    const auto source = local.source();
    REQUIRE(source);
    CHECK(error_of((*source)->fetch(k_graph, {}), Errc::sign_in) ==
          "no managed identity answers at 169.254.169.254 (169.254.169.254: no connection within "
          "2 s): this is no Azure machine or app, or it may not reach that address; use another "
          "--auth");
    CHECK(local.stage.clock.sleeps().empty());
}

TEST_CASE("an identity that is not assigned is a sign-in error that names it") {
    Local local;
    local.http.expect(HttpMethod::get, std::string(k_imds) + "*",
                      reply(400, R"({"error":"invalid_request","error_description":"SENTINEL"})"));
    const auto source = local.source({}, k_client_id);
    REQUIRE(source);
    const std::string message = error_of((*source)->fetch(k_graph, {}), Errc::sign_in);
    CHECK(message.find("the user-assigned identity 11111111-2222-3333-4444-555555555555 is not "
                       "assigned") != std::string::npos);
}

TEST_CASE("a busy metadata service is asked again and then given up") {
    Local local;
    for (int i = 0; i < 3; ++i) local.http.expect(HttpMethod::get, k_imds, reply(429));
    const auto source = local.source();
    REQUIRE(source);
    CHECK(error_of((*source)->fetch(k_graph, {}), Errc::service) ==
          "169.254.169.254 answered HTTP 429; try again later");
}

TEST_CASE("endpoints that are not on this machine or of an unknown platform are refused") {
    const auto refused = [](ManagedIdentityHost host) {
        Local local;
        const auto source = local.source(std::move(host));
        REQUIRE_FALSE(source);
        CHECK(source.error().code == Errc::usage);
        CHECK(source.error().message.find("SENTINEL") == std::string::npos);
        return source.error().message;
    };
    ManagedIdentityHost host = app_service();
    host.endpoint = "https://msi.contoso.example/token?x=SENTINEL";
    CHECK(refused(host.clone()) ==
          "IDENTITY_ENDPOINT is \"https://msi.contoso.example/token\", which is no address of this "
          "machine; nothing is sent there, so leave it as Azure set it");
    host.endpoint = "http://127.0.0.1:41564/MSI/token";
    host.header = Secret();
    CHECK(refused(host.clone()).starts_with("IDENTITY_ENDPOINT is set but IDENTITY_HEADER is not"));
    host.arc = true;
    CHECK(refused(host.clone()).find("Azure Arc is not supported") != std::string::npos);
    host.arc = false;
    host.service_fabric = true;
    CHECK(refused(host.clone()).find("Service Fabric is not supported") != std::string::npos);
}

TEST_CASE("the real client sends plain http to this machine alone") {
    const auto http = CurlHttp::create(managed_identity_network());
    REQUIRE(http);
    HttpRequest request;
    request.url = "http://contoso.example/";
    const auto sent = (*http)->send(request, {});
    REQUIRE_FALSE(sent);
    CHECK(sent.error().kind == HttpFailureKind::refused);
}
