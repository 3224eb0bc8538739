#include "auth/token_endpoint.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

namespace {

Result<TokenGrant> fetch(Stage& stage, std::stop_token stop = {}) {
    const TokenEndpoint endpoint(stage.context(), contoso());
    int forms = 0;
    return endpoint.fetch(
        [&]() -> Result<Form> {
            Form form;
            form.add("client_secret", k_sentinel).add("form", std::to_string(++forms));
            return form;
        },
        std::move(stop));
}

Error failed(const Result<TokenGrant>& result, Errc code) {
    REQUIRE_FALSE(result);
    INFO(result.error().message);
    CHECK(result.error().code == code);
    CHECK(result.error().message.find("SENTINEL") == std::string::npos);
    return result.error();
}

Error after_answer(const std::string& body, int status = 200) {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(status, body));
    return failed(fetch(stage), Errc::service);
}

UtcTime at(std::string_view text) { return parse_iso_instant(text).value().at; }

TokenGrant granted(const std::string& body) {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(200, body));
    auto result = fetch(stage);
    REQUIRE(result);
    return std::move(*result);
}

}  // namespace

TEST_CASE("the token request is one small form post that asks for JSON") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    REQUIRE(fetch(stage));
    const HttpRequest request = stage.http.requests().at(0);
    CHECK(request.body == std::string("client_secret=") + k_sentinel + "&form=1");
    CHECK(header_of(request, "Content-Type") == "application/x-www-form-urlencoded");
    CHECK(header_of(request, "Accept") == "application/json");
    CHECK(header_of(request, "client-request-id").size() == 36);
    CHECK(header_of(request, "Authorization").empty());
    CHECK(request.max_body <= std::size_t{1} * 1024 * 1024);
    CHECK(request.total_timeout <= 30s);
}

TEST_CASE("a token is read with its times from numbers and from texts") {
    const auto number = granted(R"({"token_type":"Bearer","expires_in":3599,"access_token":"t"})");
    CHECK(number.token.value.reveal() == "t");
    CHECK(format_utc(number.token.expires) == "2026-11-24T10:59:59Z");
    CHECK(format_utc(number.token.renew_at) == "2026-11-24T10:54:59Z");
    CHECK(number.refresh_token.empty());
    const auto text = granted(
        R"({"token_type":"bearer","expires_in":"3599","access_token":"t","refresh_token":"r"})");
    CHECK(text.token.expires == number.token.expires);
    CHECK(text.refresh_token.reveal() == "r");
}

TEST_CASE("a token is renewed early enough whatever its life") {
    const auto renewed = [](const std::string& fields) {
        return format_utc(
            granted(R"({"token_type":"Bearer","access_token":"t",)" + fields + "}").token.renew_at);
    };
    CHECK(renewed(R"("expires_in":600)") == "2026-11-24T10:05:00Z");
    CHECK(renewed(R"("expires_in":60)") == "2026-11-24T10:00:30Z");
    CHECK(renewed(R"("expires_in":86399,"refresh_in":43199)") == "2026-11-24T21:59:59Z");
    CHECK(renewed(R"("expires_in":3600,"refresh_in":-1)") == "2026-11-24T10:55:00Z");
    // No token is believed to live over a day.
    CHECK(renewed(R"("expires_in":9000000000000000000)") == "2026-11-25T09:55:00Z");
}

TEST_CASE("an answer that holds no usable token is the fault of the service") {
    for (const char* body :
         {"[]", "{}", R"({"token_type":"Bearer","expires_in":3599})",
          R"({"token_type":"Bearer","expires_in":3599,"access_token":""})",
          R"({"token_type":"Bearer","expires_in":3599,"access_token":null})",
          R"({"token_type":"Bearer","expires_in":3599,"access_token":"SENTINEL\r\nX-Evil: 1"})",
          R"({"token_type":"Bearer","expires_in":3599,"access_token":"SENTINEL x"})",
          R"({"token_type":"pop","expires_in":3599,"access_token":"SENTINEL"})",
          R"({"expires_in":3599,"access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","expires_in":0,"access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","expires_in":-5,"access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","expires_in":"soon","access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","expires_in":1.5,"access_token":"SENTINEL"})",
          R"({"token_type":"Bearer","expires_in":18446744073709551615,"access_token":"SENTINEL"})"})
        CHECK(after_answer(body).message.starts_with(
            "login.microsoftonline.com answered without a usable token: "));
    CHECK(after_answer("<html>SENTINEL</html>", 302).message ==
          "login.microsoftonline.com answered HTTP 302 without saying why; is a proxy in between?");
    CHECK(after_answer("<html>SENTINEL</html>", 407).message ==
          "login.microsoftonline.com answered HTTP 407 without saying why; is a proxy in between?");
}

TEST_CASE("a refusal is told at once and not tried again") {
    for (const int status : {400, 401, 403}) {
        Stage stage;
        HttpResponse answer = refusal("invalid_client", 7000222);
        answer.status = status;
        stage.http.expect(HttpMethod::post, k_token_url, answer);
        CHECK(failed(fetch(stage), Errc::sign_in).message.find("the client secret has expired") !=
              std::string::npos);
        CHECK(stage.http.requests().size() == 1);
        CHECK(stage.clock.sleeps().empty());
    }
}

TEST_CASE("each attempt has a form and a request id of its own and waits as it is told") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(429, "", {{"Retry-After", "7"}}));
    stage.http.expect(HttpMethod::post, k_token_url, HttpFailureKind::cut_short);
    stage.http.expect(HttpMethod::post, k_token_url, reply(503));
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    REQUIRE(fetch(stage));
    const auto requests = stage.http.requests();
    REQUIRE(requests.size() == 4);
    for (std::size_t i = 0; i < requests.size(); ++i)
        CHECK(form_of(requests[i]).at("form") == std::to_string(i + 1));
    CHECK(header_of(requests[0], "client-request-id") !=
          header_of(requests[1], "client-request-id"));
    const auto sleeps = stage.clock.sleeps();
    REQUIRE(sleeps.size() == 3);
    CHECK(sleeps[0] == 7s);
    CHECK(sleeps[1] <= 2s);
    CHECK(sleeps[2] <= 4s);
}

TEST_CASE("the attempts are bounded") {
    Stage stage;
    for (int i = 0; i < 4; ++i)
        stage.http.expect(HttpMethod::post, k_token_url, reply(503, "SENTINEL"));
    CHECK(failed(fetch(stage), Errc::service).message ==
          "sign-in failed: login.microsoftonline.com answered HTTP 503; try again later");
}

TEST_CASE("a wait of many minutes is not waited for") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(429, "", {{"Retry-After", "3600"}}));
    failed(fetch(stage), Errc::service);
    CHECK(stage.clock.sleeps().empty());
}

TEST_CASE("a refused server certificate is not tried again") {
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, HttpFailureKind::tls,
                      "login.microsoftonline.com: unknown CA");
    CHECK(failed(fetch(stage), Errc::service).message ==
          "sign-in failed: login.microsoftonline.com: unknown CA");
}

TEST_CASE("a stop ends the sign-in before and within a request") {
    std::stop_source stopped;
    stopped.request_stop();
    Stage before;
    failed(fetch(before, stopped.get_token()), Errc::interrupted);
    CHECK(before.http.requests().empty());

    Stage within;
    std::stop_source source;
    within.http.expect(HttpMethod::post, k_token_url, [&](const HttpRequest&) -> HttpResult {
        source.request_stop();
        return reply(503);
    });
    failed(fetch(within, source.get_token()), Errc::interrupted);
    CHECK(within.http.requests().size() == 1);
}

TEST_CASE("a form that cannot be made sends nothing and says why") {
    Stage stage;
    const TokenEndpoint endpoint(stage.context(), contoso());
    const auto result = endpoint.fetch(
        []() -> Result<Form> { return fail(Errc::sign_in, "the key could not sign"); }, {});
    CHECK(failed(result, Errc::sign_in).message == "the key could not sign");
    CHECK(stage.http.requests().empty());
}

TEST_CASE("the address follows the cloud and the tenant") {
    Stage stage;
    for (const Cloud& cloud : all_clouds()) {
        const TokenEndpoint endpoint(stage.context(), {&cloud, "contoso.com", k_client_id});
        CHECK(endpoint.url("token") ==
              "https://" + std::string(cloud.authority) + "/contoso.com/oauth2/v2.0/token");
    }
    CHECK(at("2026-11-24T10:00:00Z") == stage.clock.now());
}
