#include "net/retry.hpp"
#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/fakes.hpp"

#include <set>
#include <tuple>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;
using Sleeps = std::vector<std::chrono::milliseconds>;

namespace {

const std::string k_url = "https://graph.microsoft.com/v1.0/users?$top=999";

struct Bench {
    FakeHttp http;
    FakeClock clock{"2026-11-22T10:00:00Z"};
    FakeRandom random;
    std::vector<WaitNotice> notices;
    RetryPolicy policy;
    RateLimit* rate = nullptr;

    HttpResult get(const std::stop_token& stop = {}) {
        HttpRequest request;
        request.url = k_url;
        request.body_is_whole = [](std::string_view body) { return body.ends_with('}'); };
        return send(request, stop);
    }
    HttpResult send(const HttpRequest& request, const std::stop_token& stop = {}) {
        RetryClient client(http, {clock, random, policy, rate,
                                  [this](const WaitNotice& notice) { notices.push_back(notice); }});
        return client.send(request, stop);
    }
    void expect(HttpResponse response) { http.expect(HttpMethod::get, k_url, std::move(response)); }
    void expect(HttpFailureKind kind) { http.expect(HttpMethod::get, k_url, kind); }
};

}  // namespace

TEST_CASE("the delay is what was asked for or a bounded part of a doubled base") {
    const RetryPolicy policy;
    using C = RetryClass;
    const std::tuple<C, int, std::optional<std::chrono::seconds>, double, std::chrono::milliseconds>
        cases[] = {
            {C::throttled, 1, 7s, 0.9, 7s},
            {C::throttled, 9, 300s, 0.0, 300s},
            {C::slow, 1, 1s, 0.5, 1s},
            {C::throttled, 1, std::nullopt, 0.5, 500ms},
            {C::throttled, 2, std::nullopt, 0.5, 1s},
            {C::throttled, 5, std::nullopt, 0.5, 8s},
            {C::throttled, 8, std::nullopt, 0.5, 60s},
            {C::throttled, 1'000'000, std::nullopt, 0.999999, 119'999ms},
            {C::broken, 1'000'000, std::nullopt, 0.5, 15s},
            {C::broken, 1, std::nullopt, 0.0, 200ms},
            {C::broken, 0, std::nullopt, 0.5, 500ms},
            {C::broken, -3, std::nullopt, 0.5, 500ms},
            {C::unreachable, 3, 0s, 0.5, 2s},
            {C::unreachable, 3, -5s, 0.5, 2s},
            {C::unreachable, 3, std::nullopt, -1, 200ms},
            {C::unreachable, 3, std::nullopt, 7, 4s},
        };
    for (const auto& [kind, attempt, asked, jitter, expected] : cases) {
        CAPTURE(attempt, jitter, expected.count());
        CHECK(next_delay(policy, kind, attempt, asked, jitter) == expected);
    }
}

TEST_CASE("only what may pass is tried again") {
    for (const int status : {200, 204, 302, 400, 401, 403, 404, 410, 413, 501, 505})
        CHECK(retry_class(reply(status)) == RetryClass::never);
    for (const int status : {429, 503}) CHECK(retry_class(reply(status)) == RetryClass::throttled);
    for (const int status : {500, 502}) CHECK(retry_class(reply(status)) == RetryClass::broken);
    for (const int status : {408, 504}) CHECK(retry_class(reply(status)) == RetryClass::slow);
    const auto of = [](HttpFailureKind kind) { return retry_class(http_fail(kind, "x")); };
    using K = HttpFailureKind;
    for (const auto kind : {K::tls, K::too_large, K::refused, K::interrupted, K::sign_in})
        CHECK(of(kind) == RetryClass::never);
    for (const auto kind : {K::resolve, K::connect, K::not_http})
        CHECK(of(kind) == RetryClass::unreachable);
    CHECK(of(K::cut_short) == RetryClass::broken);
    CHECK(of(K::timeout) == RetryClass::slow);
}

TEST_CASE("Retry-After seconds are waited for exactly and once") {
    Bench bench;
    bench.expect(reply(429, "", {{"Retry-After", "7"}, {"request-id", "abc"}}));
    bench.expect(reply(429, "", {{"Retry-After", "14"}}));
    bench.expect(reply(200, "{}"));
    const auto result = bench.get();
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK(bench.clock.sleeps() == Sleeps{7s, 14s});
    REQUIRE(bench.notices.size() == 2);
    CHECK(bench.notices[0].reason == "HTTP 429, request-id abc");
    CHECK(bench.notices[0].kind == RetryClass::throttled);
    CHECK(bench.notices[1].delay == 14s);
    CHECK(bench.notices[1].attempt == 2);
}

TEST_CASE("retry waits for the date in Retry-After") {
    Bench bench;
    bench.expect(reply(503, "", {{"Retry-After", "Sun, 22 Nov 2026 10:00:09 GMT"}}));
    bench.expect(reply(200, "{}"));
    REQUIRE(bench.get());
    CHECK(bench.clock.sleeps() == Sleeps{9s});
}

TEST_CASE("a Retry-After that makes no sense gives way to back-off") {
    for (const char* value :
         {"garbage", "-1", "0", "100000000000000000000", "Sun, 22 Nov 2026 09:00:00 GMT", ""}) {
        CAPTURE(value);
        Bench bench;
        bench.expect(reply(429, "", {{"Retry-After", value}}));
        bench.expect(reply(200, "{}"));
        REQUIRE(bench.get());
        REQUIRE(bench.clock.sleeps().size() == 1);
        CHECK(bench.clock.sleeps()[0] >= 200ms);
        CHECK(bench.clock.sleeps()[0] <= 1s);
    }
}

TEST_CASE("429 for ever ends at the total deadline with the last answer") {
    Bench bench;
    bench.policy.attempts = 1000;
    bench.http.expect(HttpMethod::get, k_url, reply(429, "", {{"Retry-After", "100"}}));
    for (int i = 0; i < 6; ++i) bench.expect(reply(429, "last", {{"Retry-After", "100"}}));
    const auto result = bench.get();
    REQUIRE(result);
    CHECK(result->status == 429);
    CHECK(result->body == "last");
    CHECK(bench.clock.sleeps() == Sleeps(6, 100s));
}

TEST_CASE("a wait that would end after the deadline is not begun") {
    Bench bench;
    bench.expect(reply(429, "", {{"Retry-After", "601"}}));
    CHECK(bench.get()->status == 429);
    CHECK(bench.clock.sleeps().empty());
    CHECK(bench.notices.empty());
}

TEST_CASE("each kind of trouble has its own number of attempts") {
    const std::pair<HttpFailureKind, int> cases[] = {
        {HttpFailureKind::cut_short, 16}, {HttpFailureKind::timeout, 6},
        {HttpFailureKind::resolve, 5},    {HttpFailureKind::connect, 5},
        {HttpFailureKind::not_http, 5},   {HttpFailureKind::tls, 1},
        {HttpFailureKind::too_large, 1},  {HttpFailureKind::refused, 1},
        {HttpFailureKind::sign_in, 1}};
    for (const auto& [kind, attempts] : cases) {
        CAPTURE(attempts);
        Bench bench;
        for (int i = 0; i < attempts; ++i) bench.expect(kind);
        const auto result = bench.get();
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == kind);
        CHECK(bench.clock.sleeps().size() == static_cast<std::size_t>(attempts - 1));
        const bool says = result.error().message.find(" attempts)") != std::string::npos;
        CHECK(says == (attempts > 1));
    }
}

TEST_CASE("an answer that stays is handed back at once") {
    for (const int status : {200, 302, 400, 401, 403, 404, 501}) {
        Bench bench;
        bench.expect(reply(status, "{}"));
        CHECK(bench.get()->status == status);
        CHECK(bench.clock.sleeps().empty());
    }
}

TEST_CASE("a cut body in a 200 is tried again and is never an empty page") {
    Bench bench;
    bench.expect(reply(200, "{\"value\":["));
    bench.expect(reply(200, ""));
    bench.expect(reply(200, "{\"value\":[]}"));
    CHECK(bench.get()->body == "{\"value\":[]}");
    CHECK(bench.clock.sleeps().size() == 2);
}

TEST_CASE("a web page in place of data ends as an error that says so") {
    Bench bench;
    for (int i = 0; i < 5; ++i) bench.expect(reply(200, "\r\n<html>log in</html>"));
    const auto result = bench.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::not_http);
    CHECK(result.error().message ==
          "fake: the answer is a web page, not data; is a captive portal or a proxy's log-in page "
          "in between? (after 5 attempts)");
}

TEST_CASE("every attempt has a client-request-id of its own and the rest of the request") {
    Bench bench;
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = k_url;
    request.headers = {{"Accept", "application/json"}, {"Client-Request-Id", "old"}};
    request.body = "a=b";
    for (int i = 0; i < 3; ++i) bench.http.expect(HttpMethod::post, k_url, reply(500));
    bench.http.expect(HttpMethod::post, k_url, reply(200));
    REQUIRE(bench.send(request));
    std::set<std::string> ids;
    for (const HttpRequest& sent : bench.http.requests()) {
        ids.insert(header_of(sent, "client-request-id"));
        CHECK(header_of(sent, "Accept") == "application/json");
        CHECK(sent.headers.size() == 2);
        CHECK(sent.body == "a=b");
    }
    CHECK(ids.size() == 4);
    CHECK_FALSE(ids.contains("old"));
}

TEST_CASE("an attempt has no more time than the deadline leaves") {
    Bench bench;
    bench.policy.deadline = 100s;
    bench.expect(reply(429, "", {{"Retry-After", "90"}}));
    bench.expect(reply(200, "{}"));
    REQUIRE(bench.get());
    CHECK(bench.http.requests()[0].total_timeout == 100s);
    CHECK(bench.http.requests()[1].total_timeout == 10s);
}

TEST_CASE("a stop ends the attempts and the waits") {
    std::stop_source stop;
    {
        Bench bench;
        bench.http.expect(HttpMethod::get, k_url, [&](const HttpRequest&) {
            stop.request_stop();
            return HttpResult(reply(500));
        });
        const auto result = bench.get(stop.get_token());
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == HttpFailureKind::interrupted);
    }
    Bench bench;
    CHECK(bench.get(stop.get_token()).error().kind == HttpFailureKind::interrupted);
    CHECK(bench.http.requests().empty());
}

TEST_CASE("every attempt takes a token and a throttled one pauses all who share them") {
    RateLimit rate({0.5, 2});
    Bench bench;
    bench.rate = &rate;
    bench.expect(reply(429, "", {{"Retry-After", "7"}}));
    bench.expect(reply(200, "{}"));
    bench.expect(reply(200, "{}"));
    REQUIRE(bench.get());
    // One wait of 7 s, not 7 s and then the pace.
    CHECK(bench.clock.sleeps() == Sleeps{7s});
    // The next request of anybody keeps the pace after the pause.
    REQUIRE(bench.get());
    CHECK(bench.clock.sleeps() == Sleeps{7s, 2s});
}

TEST_CASE("a failure that is no throttling delays its own flight alone") {
    RateLimit rate({1, 5});
    Bench bench;
    bench.rate = &rate;
    bench.expect(reply(500, "", {{"Retry-After", "30"}}));
    bench.expect(reply(200, "{}"));
    REQUIRE(bench.get());
    CHECK(bench.clock.sleeps() == Sleeps{30s});
    REQUIRE(rate.acquire(bench.clock, {}));
    REQUIRE(rate.acquire(bench.clock, {}));
    CHECK(bench.clock.sleeps().size() == 1);
}

TEST_CASE("who gives up on a throttled answer still leaves the pause to the others") {
    RateLimit rate({1, 5});
    Bench bench;
    bench.rate = &rate;
    bench.policy.attempts = 1;
    bench.expect(reply(429, "", {{"Retry-After", "30"}}));
    CHECK(bench.get()->status == 429);
    CHECK(bench.clock.sleeps().empty());
    REQUIRE(rate.acquire(bench.clock, {}));
    CHECK(bench.clock.sleeps() == Sleeps{30s});
    // Ten hours are nobody's to wait for.
    bench.expect(reply(429, "", {{"Retry-After", "36000"}}));
    CHECK(bench.get()->status == 429);
    REQUIRE(rate.acquire(bench.clock, {}));
    for (const auto sleep : bench.clock.sleeps()) CHECK(sleep <= 30s);
}

TEST_CASE("half of all requests failing changes no byte of what is read") {
    Bench bench;
    std::string read;
    std::string expected;
    for (int page = 0; page < 200; ++page) {
        const std::string body = "{" + std::to_string(page) + "}";
        switch (page % 5) {
            case 0: bench.expect(reply(503)); break;
            case 1: bench.expect(HttpFailureKind::cut_short); break;
            case 2: bench.expect(reply(200, body.substr(0, 1))); break;
            case 3: bench.expect(HttpFailureKind::timeout); break;
            default: bench.expect(reply(429, "", {{"Retry-After", "3"}})); break;
        }
        bench.expect(reply(200, body));
        read += bench.get().value().body;
        expected += body;
    }
    CHECK(read == expected);
}

TEST_CASE("what may not run twice is sent again only where it cannot have run") {
    const auto tries = [](const std::function<void(FakeHttp&)>& expect) {
        Bench bench;
        expect(bench.http);
        HttpRequest request;
        request.method = HttpMethod::post;
        request.url = k_url;
        request.is_repeatable = false;
        static_cast<void>(bench.send(request));
        return bench.http.requests().size();
    };
    const auto post = HttpMethod::post;
    CHECK(tries([&](FakeHttp& http) { http.expect(post, k_url, reply(500)); }) == 1);
    CHECK(tries([&](FakeHttp& http) { http.expect(post, k_url, reply(504)); }) == 1);
    CHECK(tries([&](FakeHttp& http) { http.expect(post, k_url, HttpFailureKind::timeout); }) == 1);
    CHECK(tries([&](FakeHttp& http) { http.expect(post, k_url, HttpFailureKind::cut_short); }) ==
          1);
    for (const int passing : {429, 503})
        CHECK(tries([&](FakeHttp& http) {
                  http.expect(post, k_url, reply(passing));
                  http.expect(post, k_url, reply(200));
              }) == 2);
    CHECK(tries([&](FakeHttp& http) {
              http.expect(post, k_url, HttpFailureKind::connect);
              http.expect(post, k_url, reply(200));
          }) == 2);
}
