#include "net/http.hpp"
#include "net/send_rules.hpp"
#include "net/trace.hpp"
#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/fakes.hpp"

#include <thread>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

TEST_CASE("a header is found without regard to case and the first one counts") {
    const HttpResponse response = reply(200, "", {{"Request-ID", "a"}, {"request-id", "b"}});
    CHECK(response.header("request-id") == "a");
    CHECK_FALSE(response.header("request"));
}

TEST_CASE("an error names the status and the server's request id") {
    CHECK(describe_failure(reply(500)) == "HTTP 500");
    CHECK(describe_failure(reply(403, "", {{"request-id", "8f1c"}})) ==
          "HTTP 403, request-id 8f1c");
    CHECK(describe_failure(reply(400, "", {{"x-ms-request-id", "9"}})) == "HTTP 400, request-id 9");
    const auto hostile =
        describe_failure(reply(400, "", {{"request-id", std::string(999, '\x1b')}}));
    CHECK(hostile.find('\x1b') == std::string::npos);
    CHECK(hostile.size() < 300);
}

TEST_CASE("a body is only tested in a good answer") {
    HttpRequest request;
    CHECK(check_body(request, reply(200, "<html>"), "h"));
    request.body_is_whole = [](std::string_view body) { return body == "{}"; };
    CHECK(check_body(request, reply(200, "{}"), "h"));
    CHECK(check_body(request, reply(404, "<html>"), "h"));
    CHECK(check_body(request, reply(200, "{"), "h").error().kind == HttpFailureKind::cut_short);
    CHECK(check_body(request, reply(200, " <html>"), "h").error().kind ==
          HttpFailureKind::not_http);
}

TEST_CASE("the trace has one line for each attempt and nothing secret in it") {
    FakeHttp http;
    FakeClock clock("2026-11-22T10:00:00Z");
    TextSink sink;
    Log log(sink, LogLevel::verbose, false);
    TraceClient trace(http, log, clock);
    HttpRequest request;
    request.url = "https://graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=SENTINEL";
    request.headers = {{"Authorization", "Bearer SENTINEL"}, {"client-request-id", "c1"}};
    http.expect(HttpMethod::get, request.url, [&](const HttpRequest&) {
        clock.advance(312ms);
        return HttpResult(reply(200, "SENTINEL",
                                {{"request-id", "r1"},
                                 {"Set-Cookie", "SENTINEL"},
                                 {"x-ms-throttle-limit-percentage", "0.8"}}));
    });
    REQUIRE(trace.send(request, {}));
    request.method = HttpMethod::post;
    request.body = "client_secret=SENTINEL";
    http.expect(HttpMethod::post, request.url, HttpFailureKind::cut_short, "host: cut");
    REQUIRE_FALSE(trace.send(request, {}));
    CHECK(
        sink.text ==
        "smtpaudit: GET https://graph.microsoft.com/beta/auditLogs/signIns: 200, 8 bytes, 312 ms, "
        "request-id r1, x-ms-throttle-limit-percentage 0.8, client-request-id c1\n"
        "smtpaudit: POST https://graph.microsoft.com/beta/auditLogs/signIns: failed: host: cut, "
        "0 ms, client-request-id c1\n");
}

TEST_CASE("the trace is silent below its level and its lines do not mix") {
    FakeHttp http;
    FakeClock clock("2026-11-22T10:00:00Z");
    TextSink sink;
    HttpRequest request;
    request.url = "https://graph.microsoft.com/v1.0/x";
    for (int i = 0; i < 41; ++i) http.expect(HttpMethod::get, request.url, reply(200));
    Log quiet(sink, LogLevel::normal, false);
    TraceClient silent(http, quiet, clock);
    REQUIRE(silent.send(request, {}));
    CHECK(sink.text.empty());

    Log log(sink, LogLevel::verbose, false);
    TraceClient trace(http, log, clock);
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 10; ++j) (void)trace.send(request, {});
            });
    }
    const std::string line =
        "smtpaudit: GET https://graph.microsoft.com/v1.0/x: 200, 0 bytes, 0 ms\n";
    std::string all;
    for (int i = 0; i < 40; ++i) all += line;
    CHECK(sink.text == all);
}

TEST_CASE("plain http is for local hosts alone and only where it is allowed") {
    HttpRequest request;
    const auto may = [&](const char* url, bool plain) {
        return why_not_send(request, parse_url(url), plain).empty();
    };
    CHECK(may("https://graph.microsoft.com/", false));
    for (const char* local : {"http://169.254.169.254/x", "http://127.0.0.1:41/", "http://[::1]/",
                              "http://[fe80::1]/", "http://localhost:40342/"}) {
        CAPTURE(local);
        CHECK(may(local, true));
        CHECK_FALSE(may(local, false));
    }
    for (const char* bad : {"http://graph.microsoft.com/", "http://10.0.0.1/", "ftp://127.0.0.1/",
                            "http://localhost.evil.example/", "http://127.0.0.1.evil.example/",
                            "file:///etc/passwd", "https://u@graph.microsoft.com/", "nonsense"}) {
        CAPTURE(bad);
        CHECK_FALSE(may(bad, true));
    }
}

TEST_CASE("a header cannot smuggle another one in") {
    HttpRequest request;
    const auto url = parse_url("https://graph.microsoft.com/");
    const std::string nul("a\0b", 3);
    for (const HttpHeader& bad :
         {HttpHeader{"A", "b\r\nC: d"}, HttpHeader{"A\n", "b"}, HttpHeader{"", "b"},
          HttpHeader{"A:b", "c"}, HttpHeader{"A", nul}}) {
        request.headers = {bad};
        CHECK_FALSE(why_not_send(request, url, false).empty());
    }
    request.headers = {{"Accept", ""}};
    CHECK(why_not_send(request, url, false).empty());
}

TEST_CASE("a proxy address is tidied and shown without its password") {
    std::string plain = "proxy.contoso.com:8080";
    CHECK(tidy_proxy(plain) == "proxy.contoso.com:8080");
    CHECK(plain == "http://proxy.contoso.com:8080");
    std::string secret = "https://user:SENTINEL@proxy.contoso.com";
    CHECK(tidy_proxy(secret) == "proxy.contoso.com");
    for (const char* bad : {"", "ftp://proxy:21", "http://", "proxy:port", "http://a b"}) {
        std::string text = bad;
        CAPTURE(bad);
        CHECK_FALSE(tidy_proxy(text));
    }
}

TEST_CASE("a refused certificate says what to do") {
    for (const long code : {0L, 1L, 62L})
        CHECK(certificate_reason(code, "its").find("another name") != std::string::npos);
    CHECK(certificate_reason(10, "its").find("expired") != std::string::npos);
    CHECK(certificate_reason(9, "its").find("not yet valid") != std::string::npos);
    CHECK(
        certificate_reason(20, "the proxy's") ==
        "the proxy's certificate is not trusted; behind a TLS-inspecting proxy name its authority "
        "with --ca-bundle FILE");
}

TEST_CASE("the fake network complains of what was not expected and of what never came") {
    FakeHttp http;
    HttpRequest request;
    request.url = "https://a.example/x";
    http.expect(HttpMethod::post, "https://a.example/*", reply(200));
    CHECK(http.send(request, {}).error().kind == HttpFailureKind::refused);
    CHECK(http.complaints() ==
          std::vector<std::string>{"unexpected request: https://a.example/x",
                                   "expected request never came: https://a.example/*"});
    http.forgive();
    CHECK(http.complaints().empty());
}
