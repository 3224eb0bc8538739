#include "auth/bearer.hpp"

#include "auth_support.hpp"

#include <atomic>
#include <latch>
#include <thread>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_url = "https://graph.microsoft.com/v1.0/auditLogs/signIns";
constexpr const char* k_exchange = "https://outlook.office365.com";

// Gives token-1, token-2 …, each for an hour, or the next planned failure.
class FakeSource final : public TokenSource {
public:
    explicit FakeSource(const Clock& clock) : clock_(clock) {}
    std::string name() const override { return "fake"; }
    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        const int number = ++fetches;
        resources.push_back(resource);
        if (during) during(stop);
        if (failure) return tl::unexpected<Error>(*failure);
        return Token{Secret("token-" + std::to_string(number)), clock_.now() + 60min,
                     clock_.now() + 55min};
    }
    std::atomic<int> fetches = 0;
    std::vector<std::string> resources;
    std::optional<Error> failure;
    std::function<void(std::stop_token)> during;

private:
    const Clock& clock_;
};

struct BearerStage {
    FakeHttp http;
    FakeClock clock{"2026-11-24T10:00:00Z"};
    FakeSource source{clock};
    CachedTokens tokens{source, clock};
    BearerClient client{http, tokens, all_clouds()[0].services()};

    HttpResult send(const std::string& url) {
        HttpRequest request;
        request.url = url;
        request.headers = {{"Accept", "application/json"}};
        return client.send(request, {});
    }
    std::string authorization(std::size_t request) const {
        return header_of(http.requests().at(request), "Authorization");
    }
};

std::string text_of(const Result<SharedToken>& token) {
    return token ? std::string((*token)->value.reveal()) : "error: " + token.error().message;
}

}  // namespace

TEST_CASE("a request to a service carries its token and all else unchanged") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, k_url, reply(200, "body"));
    const auto response = stage.send(k_url);
    REQUIRE(response);
    CHECK(response->body == "body");
    CHECK(stage.authorization(0) == "Bearer token-1");
    CHECK(header_of(stage.http.requests()[0], "Accept") == "application/json");
    CHECK(stage.source.resources == std::vector<std::string>{k_graph});
}

TEST_CASE("each host gets the token of its own resource") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, "*", reply(200));
    stage.http.expect(HttpMethod::get, "*", reply(200));
    stage.http.expect(HttpMethod::get, "*", reply(200));
    REQUIRE(stage.send("https://outlook.office365.com/adminapi/beta"));
    REQUIRE(stage.send("https://api.loganalytics.azure.com/v1/workspaces"));
    REQUIRE(stage.send("https://graph.microsoft.com:443/v1.0/users"));
    CHECK(stage.source.resources ==
          std::vector<std::string>{k_exchange, "https://api.loganalytics.io", k_graph});
    CHECK(stage.authorization(1) == "Bearer token-2");
}

TEST_CASE("no token goes to any other host and the request is not sent") {
    BearerStage stage;
    for (const char* url :
         {"https://graph.microsoft.com.evil.example/v1.0", "https://evil.example/",
          "http://graph.microsoft.com/v1.0", "https://user@graph.microsoft.com/v1.0",
          "https://graph.microsoft.com@evil.example/", "https://graph.microsoft.com:8443/v1.0",
          "https://GRAPH.microsoft.com/v1.0", "https://graph.microsoft.com./v1.0",
          "https://login.microsoftonline.com/", "https://graph.microsoft.us/v1.0",
          "https://evil.example/?x=https://graph.microsoft.com", "graph.microsoft.com/v1.0",
          "https://graph.microsoft.com\\@evil.example/", "HTTPS://graph.microsoft.com/", "",
          "https:", "https://xgraph.microsoft.com/"}) {
        INFO(url);
        const auto response = stage.send(url);
        REQUIRE_FALSE(response);
        CHECK(response.error().kind == HttpFailureKind::refused);
    }
    CHECK(stage.source.fetches == 0);
    CHECK(stage.http.requests().empty());
}

TEST_CASE("a token is used again until five minutes before its end") {
    BearerStage stage;
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    stage.clock.advance(55min - 1s);
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    stage.clock.advance(1s);
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-2");
    CHECK(stage.source.fetches == 2);
}

TEST_CASE("each resource has a token of its own") {
    BearerStage stage;
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    CHECK(text_of(stage.tokens.get(k_exchange, {})) == "token-2");
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
}

TEST_CASE("a failed renewal keeps the old token while it lives") {
    BearerStage stage;
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    stage.source.failure = Error{Errc::service, "no network"};
    stage.clock.advance(56min);
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    CHECK(stage.source.fetches == 2);  // not at every request
    stage.clock.advance(30s);
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-1");
    CHECK(stage.source.fetches == 3);
    stage.clock.advance(4min);
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "error: no network");
}

TEST_CASE("a 401 leads to one fresh token and the same request again") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, k_url, reply(200));
    stage.http.expect(HttpMethod::get, k_url, reply(401));
    stage.http.expect(HttpMethod::get, k_url, reply(200, "page"));
    REQUIRE(stage.send(k_url));
    const auto response = stage.send(k_url);
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "page");
    CHECK(stage.authorization(1) == "Bearer token-1");
    CHECK(stage.authorization(2) == "Bearer token-2");
    const auto requests = stage.http.requests();
    CHECK(requests[1].url == requests[2].url);
    CHECK(stage.source.fetches == 2);
}

TEST_CASE("a second 401 is given back") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, k_url, reply(401));
    stage.http.expect(HttpMethod::get, k_url, reply(401, "why"));
    const auto response = stage.send(k_url);
    REQUIRE(response);
    CHECK(response->status == 401);
    CHECK(response->body == "why");
    CHECK(stage.source.fetches == 2);
}

TEST_CASE("other answers and failures pass unchanged") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, k_url, reply(403));
    stage.http.expect(HttpMethod::get, k_url, HttpFailureKind::timeout);
    CHECK(stage.send(k_url)->status == 403);
    CHECK(stage.send(k_url).error().kind == HttpFailureKind::timeout);
    CHECK(stage.source.fetches == 1);
}

TEST_CASE("a credential that fails speaks through the request") {
    BearerStage stage;
    stage.source.failure = Error{Errc::sign_in, "the client secret has expired"};
    const auto refused = stage.send(k_url);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == HttpFailureKind::sign_in);
    CHECK(refused.error().message == "the client secret has expired");
    stage.source.failure = Error{Errc::interrupted, "interrupted while signing in"};
    CHECK(stage.send(k_url).error().kind == HttpFailureKind::interrupted);
    CHECK(stage.http.requests().empty());
}

TEST_CASE("an Authorization header of the caller is replaced") {
    BearerStage stage;
    stage.http.expect(HttpMethod::get, k_url, reply(200));
    HttpRequest request;
    request.url = k_url;
    request.headers = {{"authorization", "Basic x"}};
    REQUIRE(stage.client.send(request, {}));
    const auto sent = stage.http.requests().at(0);
    CHECK(sent.headers.size() == 1);
    CHECK(stage.authorization(0) == "Bearer token-1");
}

TEST_CASE("many threads make one fetch and all get its token") {
    BearerStage stage;
    constexpr int k_threads = 8;
    std::atomic<int> arrived = 0;
    stage.source.during = [&](const std::stop_token&) {
        while (arrived < k_threads) std::this_thread::yield();
    };
    std::vector<std::string> seen(k_threads);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < k_threads; ++i)
            threads.emplace_back([&, i] {
                ++arrived;
                seen[i] = text_of(stage.tokens.get(k_graph, {}));
            });
    }
    CHECK(seen == std::vector<std::string>(k_threads, "token-1"));
    CHECK(stage.source.fetches == 1);
}

TEST_CASE("threads that meet the same refused token make one fetch") {
    BearerStage stage;
    const auto stale = stage.tokens.get(k_graph, {});
    REQUIRE(stale);
    std::vector<std::string> seen(4);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < seen.size(); ++i)
            threads.emplace_back(
                [&, i] { seen[i] = text_of(stage.tokens.replace(k_graph, *stale, {})); });
    }
    CHECK(seen == std::vector<std::string>(4, "token-2"));
    CHECK(stage.source.fetches == 2);
}

TEST_CASE("a stop ends the wait for the fetch of another thread") {
    BearerStage stage;
    std::latch fetching(1);
    std::latch done(1);
    stage.source.during = [&](const std::stop_token&) {
        fetching.count_down();
        done.wait();
    };
    std::string first_text;
    std::jthread first([&] { first_text = text_of(stage.tokens.get(k_graph, {})); });
    fetching.wait();
    std::stop_source stopped;
    stopped.request_stop();
    const auto second = stage.tokens.get(k_graph, stopped.get_token());
    done.count_down();
    first.join();
    CHECK(first_text == "token-1");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::interrupted);
}

TEST_CASE("a thread that was stopped does not stop the one that waits for it") {
    BearerStage stage;
    std::latch fetching(1);
    std::atomic<bool> waits = false;
    std::stop_source stopped;
    stage.source.during = [&](const std::stop_token& stop) {
        if (stage.source.fetches > 1) {
            stage.source.failure.reset();
            return;
        }
        fetching.count_down();
        while (!stop.stop_requested()) std::this_thread::yield();
        stage.source.failure = Error{Errc::interrupted, "interrupted"};
    };
    std::string first_text, second_text;
    {
        const std::jthread first(
            [&] { first_text = text_of(stage.tokens.get(k_graph, stopped.get_token())); });
        fetching.wait();
        const std::jthread second([&] {
            waits = true;
            second_text = text_of(stage.tokens.get(k_graph, {}));
        });
        while (!waits) std::this_thread::yield();
        stopped.request_stop();
    }
    CHECK(first_text == "error: interrupted");
    CHECK(second_text == "token-2");
}

TEST_CASE("a source that throws does not leave the others waiting") {
    BearerStage stage;
    stage.source.during = [](const std::stop_token&) { throw std::runtime_error("bug"); };
    CHECK_THROWS_AS(stage.tokens.get(k_graph, {}), std::runtime_error);
    stage.source.during = {};
    CHECK(text_of(stage.tokens.get(k_graph, {})) == "token-2");
}

TEST_CASE("a host below Exchange gets its token and a host that only ends alike gets none") {
    BearerStage stage;
    const std::string below = "https://eur01.outlook.office365.com/adminapi/beta/t/x";
    stage.http.expect(HttpMethod::get, below, reply(200));
    REQUIRE(stage.send(below));
    CHECK(stage.source.resources == std::vector<std::string>{"https://outlook.office365.com"});
    for (const char* url :
         {"https://eviloutlook.office365.com/x", "https://eur01.graph.microsoft.com/x",
          "https://outlook.office365.com.evil.example/x",
          "https://EUR01.outlook.office365.com/x"}) {
        CAPTURE(url);
        const auto refused = stage.send(url);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == HttpFailureKind::refused);
    }
}
