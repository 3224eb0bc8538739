#include "auth/client_secret.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

TEST_CASE("a client secret is sent as the form of the client credentials flow") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    const auto source =
        client_secret_source(stage.context(), contoso(), Secret(std::string("s~3+c/r&t=")));
    CHECK(source->name() == "client secret");
    const auto token = source->fetch(k_graph, {});
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    CHECK(stage.http.requests().at(0).body ==
          "client_id=11111111-2222-3333-4444-555555555555"
          "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
          "&client_secret=s~3%2Bc%2Fr%26t%3D&grant_type=client_credentials");
}

TEST_CASE("a refused client secret is in no word of the error") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, refusal("invalid_client", 7000215));
    const auto source =
        client_secret_source(stage.context(), contoso(), Secret(std::string(k_sentinel)));
    const auto token = source->fetch(k_graph, {});
    REQUIRE_FALSE(token);
    CHECK(token.error().code == Errc::sign_in);
    CHECK(token.error().message.find("wrong client secret") != std::string::npos);
    CHECK(token.error().message.find("SENTINEL") == std::string::npos);
}
