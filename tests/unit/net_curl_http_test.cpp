// libcurl against a raw socket on 127.0.0.1: what needs no TLS. The rest is the contract tests'.
#include "net/curl_http.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

using namespace smtpaudit;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_hang = "";  // a script entry: say nothing, keep the connection

// Answers each connection's first request with the next raw text of its script, then closes it;
// with `keep` it stays open for the following ones.
class RawServer {
public:
    explicit RawServer(std::vector<std::string> script, bool keep = false)
        : script_(std::move(script)), keep_(keep) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(listen(listener_, 16) == 0);
        REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;
    ~RawServer() {
        thread_.request_stop();
        thread_.join();
        close(listener_);
    }
    std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
    int connections() const { return connections_; }
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    static bool ready(int socket, const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd wait{socket, POLLIN, 0};
            if (poll(&wait, 1, 20) > 0) return true;
        }
        return false;
    }
    void serve(const std::stop_token& stop) {
        while (ready(listener_, stop)) {
            const int peer = accept(listener_, nullptr, nullptr);
            ++connections_;
            while (answer(peer, stop) && keep_) {
            }
            close(peer);
        }
    }
    bool answer(int peer, const std::stop_token& stop) {
        std::string request;
        std::array<char, 4096> room{};
        // 0x16 begins a TLS handshake, which is answered as if it were a request.
        while (request.find("\r\n\r\n") == std::string::npos && !request.starts_with('\x16')) {
            if (!ready(peer, stop)) return false;
            const ssize_t got = recv(peer, room.data(), room.size(), 0);
            if (got <= 0) return false;
            request.append(room.data(), static_cast<std::size_t>(got));
        }
        const std::string text = next_ < script_.size() ? script_[next_++] : std::string();
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        std::size_t sent = 0;
        while (sent < text.size()) {
            const auto count = send(peer, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) return false;
            sent += static_cast<std::size_t>(count);
        }
        if (text == k_hang || text.ends_with("HANG")) (void)ready(peer, stop);
        return true;
    }

    std::vector<std::string> script_;
    bool keep_;
    std::size_t next_ = 0;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::jthread thread_;
};

CurlSettings local_settings() {
    CurlSettings settings;
    settings.user_agent = "smtpaudit/test";
    settings.allow_plain_http = true;
    return settings;
}

HttpResult get(const std::string& url, CurlSettings settings = local_settings(),
               std::size_t max_body = 1 << 20) {
    const auto client = CurlHttp::create(std::move(settings)).value();
    HttpRequest request;
    request.url = url;
    request.max_body = max_body;
    request.total_timeout = 20s;
    return client->send(request, {});
}

std::string ok(const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

int closed_port() {
    const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(socket_);
    return ntohs(address.sin_port);
}

// A thread of this process that waits in the kernel: the third field of its stat line is 'S'.
bool is_asleep(pid_t thread) {
    std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string line;
    std::getline(stat, line);
    return line.find(") S ") != std::string::npos;
}

}  // namespace

TEST_CASE("an answer comes with its status and headers and body") {
    RawServer server({"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" +
                      ok("hello", "Request-Id:  r1 \r\nX-Empty:\r\n")});
    const auto result = get(server.url("/a/./b?q=%20"));
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK(result->body == "hello");
    CHECK(result->header("request-id") == "r1");
    CHECK(result->header("x-empty") == "");
    CHECK_FALSE(result->header("x-early"));
    const std::string request = server.requests().at(0);
    CHECK(request.starts_with("GET /a/./b?q=%20 HTTP/1.1\r\n"));
    CHECK(request.find("User-Agent: smtpaudit/test\r\n") != std::string::npos);
    CHECK(request.find("Accept-Encoding: gzip, deflate\r\n") != std::string::npos);
}

TEST_CASE("a post sends its body and headers") {
    RawServer server({ok("")});
    const auto client = CurlHttp::create(local_settings()).value();
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = server.url();
    request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    request.body = "{}";
    REQUIRE(client->send(request, {}));
    const std::string sent = server.requests().at(0);
    CHECK(sent.starts_with("POST / HTTP/1.1\r\n"));
    CHECK(sent.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(sent.find("X-Empty:") != std::string::npos);
    CHECK(sent.find("Content-Length: 2\r\n") != std::string::npos);
    CHECK(sent.find("Expect") == std::string::npos);
}

TEST_CASE("a redirect is an answer and is not followed") {
    RawServer server({"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"});
    const auto result = get(server.url());
    REQUIRE(result);
    CHECK(result->status == 302);
    CHECK(result->header("location") == "/other");
    CHECK(server.connections() == 1);
}

TEST_CASE("an answer that is cut or is not HTTP is a failure of its kind") {
    const std::pair<std::string, HttpFailureKind> cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", HttpFailureKind::cut_short},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
         HttpFailureKind::cut_short},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", HttpFailureKind::cut_short},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
         HttpFailureKind::cut_short},
        {"220 mail.contoso.com ESMTP\r\n", HttpFailureKind::not_http},
    };
    for (const auto& [raw, kind] : cases) {
        CAPTURE(raw);
        RawServer server({raw});
        const auto result = get(server.url("/?secret=SENTINEL"));
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == kind);
        CHECK(result.error().message.starts_with(server.place() + ": "));
        CHECK(result.error().message.find("SENTINEL") == std::string::npos);
    }
}

TEST_CASE("a connection closed without an answer is cut short") {
    RawServer server({" "});
    const auto result = get(server.url());
    REQUIRE_FALSE(result);
    const bool known = result.error().kind == HttpFailureKind::cut_short ||
                       result.error().kind == HttpFailureKind::not_http;
    CHECK(known);
}

TEST_CASE("a body over the cap ends the transfer however it is framed") {
    const std::string body(3000, 'x');
    RawServer plain({ok(body)});
    CHECK(get(plain.url(), local_settings(), 2999).error().kind == HttpFailureKind::too_large);
    RawServer chunked(
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nbb8\r\n" + body + "\r\n0\r\n\r\n"});
    const auto result = get(chunked.url(), local_settings(), 2999);
    REQUIRE_FALSE(result);
    CHECK(result.error().message ==
          chunked.place() + ": the answer is over the limit of 2999 bytes");
    RawServer exact({ok(body)});
    CHECK(get(exact.url(), local_settings(), 3000)->body.size() == 3000);
    RawServer headers(
        {ok("", "X-Big: " + std::string(90'000, 'h') + "\r\nX-Big2: " + std::string(90'000, 'h') +
                    "\r\nX-Big3: " + std::string(90'000, 'h') + "\r\n")});
    CHECK(get(headers.url()).error().kind == HttpFailureKind::too_large);
}

TEST_CASE("a body that its reader finds cut is a failure") {
    RawServer server({ok("{\"value\":[")});
    const auto client = CurlHttp::create(local_settings()).value();
    HttpRequest request;
    request.url = server.url();
    request.body_is_whole = [](std::string_view body) { return body.ends_with('}'); };
    CHECK(client->send(request, {}).error().kind == HttpFailureKind::cut_short);
}

TEST_CASE("an answer that stops half-way times out and a silent one waits for the total") {
    CurlSettings settings = local_settings();
    settings.stall_timeout = 60ms;
    RawServer server({"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHANG"});
    const auto result = get(server.url(), std::move(settings));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::timeout);
    CHECK(result.error().message == server.place() + ": the answer stopped half-way");

    RawServer silent({k_hang});
    CurlSettings short_stall = local_settings();
    short_stall.stall_timeout = 1ms;
    const auto client = CurlHttp::create(std::move(short_stall)).value();
    HttpRequest request;
    request.url = silent.url();
    request.total_timeout = 1s;
    const auto late = client->send(request, {});
    REQUIRE_FALSE(late);
    CHECK(late.error().message == silent.place() + ": no whole answer within 1 s");
}

TEST_CASE("a stop ends a transfer at once") {
    // On a connection that stands: no timer of the connecting phase wakes libcurl by chance.
    RawServer server({ok("1"), k_hang}, true);
    CurlSettings settings = local_settings();
    settings.connect_timeout = settings.stall_timeout = 60s;
    const auto client = CurlHttp::create(std::move(settings)).value();
    HttpRequest request;
    request.url = server.url();
    request.total_timeout = 60s;
    REQUIRE(client->send(request, {}));
    std::stop_source stop;
    const pid_t sender = gettid();
    const std::jthread stopper([&] {
        while (server.requests().size() < 2 || !is_asleep(sender)) std::this_thread::yield();
        stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    const auto result = client->send(request, stop.get_token());
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::interrupted);
    CHECK(std::chrono::steady_clock::now() - before < 30s);
}

TEST_CASE("connections are reused until a 503 asks for a new one") {
    RawServer server(
        {ok("1"), ok("2"), "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ok("4"), ok("5")},
        true);
    const auto client = CurlHttp::create(local_settings()).value();
    HttpRequest request;
    request.url = server.url();
    REQUIRE(client->send(request, {})->body == "1");
    REQUIRE(client->send(request, {})->body == "2");
    CHECK(server.connections() == 1);
    CHECK(client->send(request, {})->status == 503);
    REQUIRE(client->send(request, {})->body == "4");
    REQUIRE(client->send(request, {})->body == "5");
    CHECK(server.connections() == 2);
}

TEST_CASE("many threads share one client") {
    // The server ends each connection, and says so: otherwise a request could meet a dead one.
    RawServer server(std::vector<std::string>(
        40, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"));
    const auto client = CurlHttp::create(local_settings()).value();
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                HttpRequest request;
                request.url = server.url();
                for (int j = 0; j < 10; ++j)
                    if (const auto result = client->send(request, {}); result) ++good;
            });
    }
    CHECK(good == 40);
}

TEST_CASE("what must not be sent is refused before any connection") {
    RawServer server({ok("")});
    CurlSettings https_only = local_settings();
    https_only.allow_plain_http = false;
    const auto plain = get(server.url("/?a=SENTINEL"), std::move(https_only));
    REQUIRE_FALSE(plain);
    CHECK(plain.error().message ==
          "http://" + server.place() + "/: not sent: only https is allowed");
    for (const std::string& url :
         {"https://user@" + server.place() + "/", std::string("ftp://127.0.0.1/"),
          std::string("http://graph.microsoft.com/"), std::string("file:///etc/passwd")})
        CHECK(get(url).error().kind == HttpFailureKind::refused);
    CHECK(server.connections() == 0);
}

TEST_CASE("a refused port and an unknown name are told apart") {
    const auto refused = get("https://127.0.0.1:" + std::to_string(closed_port()) + "/");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == HttpFailureKind::connect);
    // ".invalid" is never a name (RFC 6761); without any network curl says the same.
    const auto unknown = get("https://no-such-host.invalid/");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().kind == HttpFailureKind::resolve);
    CHECK(unknown.error().message.starts_with("no-such-host.invalid: the name is not in DNS"));
}

TEST_CASE("a server without TLS on an https address is a TLS failure or a broken line") {
    RawServer server({ok("")});
    const auto result = get("https://" + server.place() + "/");
    REQUIRE_FALSE(result);
    const bool known = result.error().kind == HttpFailureKind::tls ||
                       result.error().kind == HttpFailureKind::cut_short;
    CHECK(known);
}

TEST_CASE("a proxy is used and excepted and never shows its password") {
    const auto with_proxy = [](const std::string& proxy) {
        CurlSettings settings = local_settings();
        settings.proxy = Secret(std::string(proxy));
        return settings;
    };
    const std::string dead = "http://user:SENTINEL@127.0.0.1:" + std::to_string(closed_port());
    const auto refused = get("https://graph.microsoft.com/v1.0/x", with_proxy(dead));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == HttpFailureKind::connect);
    CHECK(refused.error().message.find("(proxy 127.0.0.1:") != std::string::npos);
    CHECK(refused.error().message.find("SENTINEL") == std::string::npos);

    RawServer proxy({"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"});
    const auto wrong =
        get("https://graph.microsoft.com/v1.0/x", with_proxy("http://u:SENTINEL@" + proxy.place()));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().kind == HttpFailureKind::refused);
    CHECK(wrong.error().message.find("HTTP 407") != std::string::npos);
    CHECK(proxy.requests().at(0).starts_with("CONNECT graph.microsoft.com:443 "));
    CHECK(proxy.requests().at(0).find("Proxy-Authorization: Basic ") != std::string::npos);

    RawServer server({ok("direct")});
    CurlSettings excepted = with_proxy(dead);
    excepted.no_proxy = "localhost,127.0.0.1";
    const auto direct = get(server.url(), std::move(excepted));
    REQUIRE(direct);
    CHECK(direct->body == "direct");
}

TEST_CASE("settings that cannot work are refused at the start") {
    CurlSettings bad_proxy = local_settings();
    bad_proxy.proxy = Secret(std::string("gopher://SENTINEL@x"));
    const auto proxy = CurlHttp::create(std::move(bad_proxy));
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().code == Errc::usage);
    CHECK(proxy.error().message.find("SENTINEL") == std::string::npos);
    CurlSettings bad_bundle = local_settings();
    bad_bundle.ca_bundle = "/nowhere/ca.pem";
    const auto bundle = CurlHttp::create(std::move(bad_bundle));
    REQUIRE_FALSE(bundle);
    CHECK(bundle.error().code == Errc::input);
}
