#include "auth/device_code.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_device_url =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/devicecode";

struct DeviceStage : Stage {
    std::vector<std::string> told;
    std::unique_ptr<TokenSource> source = device_code_source(
        context(), contoso(), [this](const std::string& line) { told.push_back(line); });

    void offer(const nlohmann::json& fields = nlohmann::json::object()) {
        nlohmann::json body = {{"device_code", "SENTINEL-device"},
                               {"user_code", "ABCD-EFGH"},
                               {"verification_uri", "https://microsoft.com/devicelogin"},
                               {"expires_in", 900},
                               {"interval", 5},
                               {"message", "SENTINEL-message"}};
        body.update(fields);
        for (auto it = body.begin(); it != body.end();) it = it->is_null() ? body.erase(it) : ++it;
        http.expect(HttpMethod::post, k_device_url, reply(200, body.dump()));
    }
    void poll(const HttpResponse& response) {
        http.expect(HttpMethod::post, k_token_url, response);
    }
    Error failed(Errc code) {
        const auto token = source->fetch(k_graph, {});
        REQUIRE_FALSE(token);
        CHECK(token.error().code == code);
        CHECK(token.error().message.find("SENTINEL") == std::string::npos);
        for (const std::string& line : told) CHECK(line.find("SENTINEL") == std::string::npos);
        return token.error();
    }
};

HttpResponse pending() { return refusal("authorization_pending", 70016); }

}  // namespace

TEST_CASE("the device flow shows the code and polls at the interval until the person is done") {
    DeviceStage stage;
    stage.offer({{"interval", 7}});
    stage.poll(pending());
    stage.poll(pending());
    stage.poll(grant("token-1", "refresh-1"));
    const auto token = stage.source->fetch(k_graph, {});
    REQUIRE(token);
    CHECK(token->value.reveal() == "token-1");
    CHECK(stage.told == std::vector<std::string>{
                            "To sign in, open https://microsoft.com/devicelogin and enter the code "
                            "ABCD-EFGH by 2026-11-24T10:15:00Z"});
    CHECK(stage.clock.sleeps() == std::vector<std::chrono::milliseconds>{7s, 7s, 7s});
    const auto requests = stage.http.requests();
    CHECK(requests.at(0).body ==
          "client_id=11111111-2222-3333-4444-555555555555"
          "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default%20offline_access");
    CHECK(requests.at(1).body ==
          "client_id=11111111-2222-3333-4444-555555555555&device_code=SENTINEL-device"
          "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code");
}

TEST_CASE("without an interval the device flow waits five seconds") {
    DeviceStage stage;
    stage.offer({{"interval", nullptr}});
    stage.poll(grant("token-1"));
    REQUIRE(stage.source->fetch(k_graph, {}));
    CHECK(stage.clock.sleeps() == std::vector<std::chrono::milliseconds>{5s});
}

TEST_CASE("slow_down adds five seconds to every later wait") {
    DeviceStage stage;
    stage.offer();
    stage.poll(refusal("slow_down", 1));
    stage.poll(pending());
    stage.poll(refusal("slow_down", 1));
    stage.poll(grant("token-1"));
    REQUIRE(stage.source->fetch(k_graph, {}));
    CHECK(stage.clock.sleeps() == std::vector<std::chrono::milliseconds>{5s, 10s, 10s, 15s});
}

TEST_CASE("declined and expired and unknown device codes end the flow") {
    struct Case {
        const char* error;
        const char* words;
    };
    for (const Case& one : {Case{"authorization_declined", "the sign-in was declined"},
                            Case{"access_denied", "was declined"},
                            Case{"expired_token", "the device code has expired; start again"},
                            Case{"bad_verification_code", "does not know the device code"},
                            Case{"invalid_client", "was not accepted"}}) {
        DeviceStage stage;
        stage.offer();
        stage.poll(refusal(one.error, 1));
        CHECK(stage.failed(Errc::sign_in).message.find(one.words) != std::string::npos);
    }
}

TEST_CASE("the device flow ends when the code has run out") {
    DeviceStage stage;
    stage.offer({{"expires_in", 60}, {"interval", 20}});
    stage.poll(pending());
    stage.poll(pending());
    CHECK(stage.failed(Errc::sign_in).message == "nobody entered the code in time; start again");
}

TEST_CASE("a device flow whose server never says when it ends is bounded") {
    DeviceStage stage;
    stage.offer({{"expires_in", nullptr}, {"interval", 1000000}});
    for (int i = 0; i < 14; ++i) stage.poll(pending());
    stage.failed(Errc::sign_in);
    CHECK(stage.clock.sleeps().front() == 60s);
}

TEST_CASE("a failing network in the device flow is tried again within the poll") {
    DeviceStage stage;
    stage.offer();
    stage.poll(reply(503));
    stage.poll(grant("token-1"));
    REQUIRE(stage.source->fetch(k_graph, {}));
}

TEST_CASE("an answer without a usable device code is the fault of the service") {
    for (const auto& fields :
         {nlohmann::json{{"device_code", nullptr}}, nlohmann::json{{"user_code", nullptr}},
          nlohmann::json{{"verification_uri", nullptr}},
          nlohmann::json{{"verification_uri", "http://SENTINEL.example"}},
          nlohmann::json{{"device_code", 5}}}) {
        DeviceStage stage;
        stage.offer(fields);
        stage.failed(Errc::service);
        CHECK(stage.told.empty());
    }
}

TEST_CASE("a tenant that blocks the device flow says so") {
    DeviceStage stage;
    stage.http.expect(HttpMethod::post, k_device_url, refusal("unauthorized_client", 700016));
    CHECK(stage.failed(Errc::sign_in).message.find("is not in this tenant") != std::string::npos);
}

TEST_CASE("what the server says of the code cannot reach the terminal raw") {
    DeviceStage stage;
    stage.offer({{"user_code", "A\x1b[2J\nB"}});
    stage.poll(grant("token-1"));
    REQUIRE(stage.source->fetch(k_graph, {}));
    CHECK(stage.told.at(0).find('\x1b') == std::string::npos);
    CHECK(stage.told.at(0).find('\n') == std::string::npos);
}

TEST_CASE("the refresh token gives the next tokens without another prompt") {
    DeviceStage stage;
    stage.offer();
    stage.poll(grant("token-1", "refresh-1"));
    stage.poll(grant("token-2", "refresh-2"));
    stage.poll(grant("token-3"));
    stage.poll(grant("token-4"));
    REQUIRE(stage.source->fetch(k_graph, {}));
    REQUIRE(stage.source->fetch("https://outlook.office365.com", {}));
    REQUIRE(stage.source->fetch(k_graph, {}));
    REQUIRE(stage.source->fetch(k_graph, {}));
    CHECK(stage.told.size() == 1);
    const auto requests = stage.http.requests();
    CHECK(requests.at(2).body ==
          "client_id=11111111-2222-3333-4444-555555555555"
          "&scope=https%3A%2F%2Foutlook.office365.com%2F.default%20offline_access"
          "&refresh_token=refresh-1&grant_type=refresh_token");
    CHECK(form_of(requests.at(3)).at("refresh_token") == "refresh-2");
    CHECK(form_of(requests.at(4)).at("refresh_token") == "refresh-2");
}

TEST_CASE("a refused refresh token leads to one new prompt") {
    DeviceStage stage;
    stage.offer();
    stage.poll(grant("token-1", "refresh-1"));
    stage.poll(refusal("invalid_grant", 700082));
    stage.offer();
    stage.poll(grant("token-2", "refresh-2"));
    REQUIRE(stage.source->fetch(k_graph, {}));
    const auto second = stage.source->fetch(k_graph, {});
    REQUIRE(second);
    CHECK(second->value.reveal() == "token-2");
    CHECK(stage.told.size() == 2);
}

TEST_CASE("a stop ends the wait for the person") {
    DeviceStage stage;
    stage.offer();
    std::stop_source source;
    stage.http.expect(HttpMethod::post, k_token_url, [&](const HttpRequest&) -> HttpResult {
        source.request_stop();
        return pending();
    });
    const auto token = stage.source->fetch(k_graph, source.get_token());
    REQUIRE_FALSE(token);
    CHECK(token.error().code == Errc::interrupted);
}
