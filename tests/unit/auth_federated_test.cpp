#include "auth/federated.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

constexpr const char* k_jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2ln";
constexpr const char* k_other_jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJuZXcifQ.c2ln";
constexpr const char* k_github = "https://pipelines.actions.contoso.example/token?api-version=2.0";
constexpr const char* k_pipelines =
    "https://dev.azure.example/contoso/_apis/distributedtask/hubs/build/oidctoken";

Secret secret(std::string text) { return Secret(std::move(text)); }

template <typename T>
std::string error_of(const Result<T>& result, Errc code) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == code);
    CHECK(result.error().message.find("SENTINEL") == std::string::npos);
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}

}  // namespace

TEST_CASE("a token file becomes the assertion of the client credentials flow") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    auto origin = assertion_file(folder.write("token", std::string(" ") + k_jwt + "\r\n", 0644));
    REQUIRE(origin);
    const auto source = federated_source(stage.context(), contoso(), std::move(*origin));
    CHECK(source->name() == "workload identity");
    const auto token = source->fetch(k_graph, {});
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    const auto form = form_of(stage.http.requests().at(0));
    CHECK(form.at("client_assertion") == k_jwt);
    CHECK(form.at("client_assertion_type") ==
          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    CHECK(form.at("grant_type") == "client_credentials");
    CHECK(form.at("client_id") == k_client_id);
    CHECK(form.at("scope") == "https://graph.microsoft.com/.default");
    CHECK(form.size() == 5);
}

TEST_CASE("a token file is read again for every token and for every attempt") {
    TemporaryFolder folder;
    Stage stage;
    const std::string path = folder.write("token", k_jwt);
    stage.http.expect(HttpMethod::post, k_token_url, [&](const HttpRequest&) {
        folder.write("token", k_other_jwt);
        return HttpResult(reply(503));
    });
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    auto origin = assertion_file(path);
    REQUIRE(origin);
    const auto source = federated_source(stage.context(), contoso(), std::move(*origin));
    REQUIRE(source->fetch(k_graph, {}));
    CHECK(form_of(stage.http.requests().at(0)).at("client_assertion") == k_jwt);
    CHECK(form_of(stage.http.requests().at(1)).at("client_assertion") == k_other_jwt);
    folder.write("token", "");
    CHECK(error_of(source->fetch(k_graph, {}), Errc::input) == path + ": is empty");
    CHECK(stage.http.requests().size() == 2);
}

TEST_CASE("a token file that is absent or empty or holds no token is refused before any request") {
    TemporaryFolder folder;
    CHECK(error_of(assertion_file(folder.path() + "/none"), Errc::input) ==
          folder.path() + "/none: cannot be opened: No such file or directory");
    CHECK(error_of(assertion_file(folder.write("blank", " \n")), Errc::input) ==
          folder.path() +
              "/blank: is empty; the platform has not written its token yet, or "
              "--federated-token-file names another file");
    CHECK(error_of(assertion_file(folder.write("page", "<html>SENTINEL a.b.c</html>")),
                   Errc::input) ==
          folder.path() +
              "/page: holds no token (a signed JWT has three parts with dots between them)");
    CHECK(error_of(assertion_file(folder.path()), Errc::input) ==
          folder.path() + ": is not a file");
}

TEST_CASE("GitHub Actions is asked for a token for the audience of the cloud") {
    Stage stage;
    stage.http.expect(HttpMethod::get,
                      std::string(k_github) + "&audience=api%3A%2F%2FAzureADTokenExchange",
                      reply(200, nlohmann::json{{"count", 1}, {"value", k_jwt}}.dump()));
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    auto origin = github_assertion(stage.context(), k_github, secret("SENTINEL-request"),
                                   std::string(contoso().cloud->federation_audience));
    REQUIRE(origin);
    CHECK((*origin)->name() == "GitHub Actions");
    const auto source = federated_source(stage.context(), contoso(), std::move(*origin));
    REQUIRE(source->fetch(k_graph, {}));
    CHECK(header_of(stage.http.requests().at(0), "Authorization") == "Bearer SENTINEL-request");
    CHECK(header_of(stage.http.requests().at(1), "Authorization").empty());
    CHECK(form_of(stage.http.requests().at(1)).at("client_assertion") == k_jwt);
}

TEST_CASE("an address of GitHub Actions without a query gets one") {
    Stage stage;
    stage.http.expect(HttpMethod::get, "https://ghe.contoso.example/oidc?audience=api%3A%2F%2Fx",
                      reply(200, nlohmann::json{{"value", k_jwt}}.dump()));
    auto origin = github_assertion(stage.context(), "https://ghe.contoso.example/oidc", secret("t"),
                                   "api://x");
    REQUIRE(origin);
    const auto token = (*origin)->get({});
    REQUIRE(token);
    CHECK(token->reveal() == k_jwt);
}

TEST_CASE("Azure Pipelines is asked with the service connection's id") {
    Stage stage;
    stage.http.expect(HttpMethod::post,
                      std::string(k_pipelines) + "?api-version=7.1&serviceConnectionId=conn%2F1",
                      reply(200, nlohmann::json{{"oidcToken", k_jwt}}.dump()));
    auto origin =
        pipelines_assertion(stage.context(), k_pipelines, secret("SENTINEL-access"), "conn/1");
    REQUIRE(origin);
    const auto token = (*origin)->get({});
    REQUIRE(token);
    CHECK(token->reveal() == k_jwt);
    const HttpRequest request = stage.http.requests().at(0);
    CHECK(header_of(request, "Authorization") == "Bearer SENTINEL-access");
    CHECK(header_of(request, "Content-Type") == "application/json");
    CHECK(header_of(request, "X-TFS-FedAuthRedirect") == "Suppress");
    CHECK(request.body.empty());
}

TEST_CASE("an endpoint of a build service that is not https is refused and gets nothing") {
    Stage stage;
    CHECK(error_of(github_assertion(stage.context(), "http://contoso.example/a?b=SENTINEL",
                                    secret("t"), "x"),
                   Errc::usage) ==
          "ACTIONS_ID_TOKEN_REQUEST_URL is \"http://contoso.example/a\", which is not a plain "
          "https address; nothing is sent there, so leave it as the build service set it");
    CHECK(error_of(pipelines_assertion(stage.context(), "https://SENTINEL@contoso.example/",
                                       secret("t"), "x"),
                   Errc::usage)
              .starts_with("SYSTEM_OIDCREQUESTURI is \"https://contoso.example/\""));
    CHECK(error_of(github_assertion(stage.context(), "contoso", secret("t"), "x"), Errc::usage)
              .starts_with("ACTIONS_ID_TOKEN_REQUEST_URL is \"contoso\""));
    CHECK(stage.http.requests().empty());
}

TEST_CASE("a build service that refuses or answers oddly is told with the way out") {
    Stage stage;
    const auto ask = [&](HttpResponse response) {
        stage.http.expect(HttpMethod::get, std::string(k_github) + "*", std::move(response));
        auto origin = github_assertion(stage.context(), k_github, secret("SENTINEL"), "x");
        REQUIRE(origin);
        return (*origin)->get({});
    };
    CHECK(error_of(ask(reply(403, "{}")), Errc::sign_in) ==
          "GitHub Actions gave no token (HTTP 403); give the job \"permissions: id-token: write\"");
    CHECK(error_of(ask(reply(200, R"({"value":"SENTINEL"})")), Errc::service) ==
          "pipelines.actions.contoso.example answered without a token; is "
          "https://pipelines.actions.contoso.example/token the address that the build service "
          "gave?");
    CHECK(error_of(ask(reply(200, "{}")), Errc::service)
              .starts_with("pipelines.actions.contoso.example answered without a token"));
}

TEST_CASE("a build service that is busy is asked again") {
    Stage stage;
    stage.http.expect(HttpMethod::get, std::string(k_github) + "*", reply(503));
    stage.http.expect(HttpMethod::get, std::string(k_github) + "*",
                      reply(200, nlohmann::json{{"value", k_jwt}}.dump()));
    auto origin = github_assertion(stage.context(), k_github, secret("t"), "x");
    REQUIRE(origin);
    CHECK((*origin)->get({}));
    CHECK(stage.clock.sleeps().size() == 1);
}

TEST_CASE("a workload that the application does not trust is told in plain words") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, refusal("invalid_client", 700213));
    auto origin = assertion_file(folder.write("token", k_jwt));
    REQUIRE(origin);
    const auto source = federated_source(stage.context(), contoso(), std::move(*origin));
    CHECK(error_of(source->fetch(k_graph, {}), Errc::sign_in).find("Subject identifier") !=
          std::string::npos);
}
