// Fault 23, and what goes through a proxy: who is at the other end, and what they are told.
#include "contract/chain.hpp"

#include <unistd.h>
#include <cstdlib>
#include <fstream>

namespace smtpaudit::contract {
namespace {

using fake::TlsMode;

Fault bad_tls(TlsMode mode, std::string host) {
    Fault fault;
    fault.action = Action::tls;
    fault.tls = mode;
    fault.host = std::move(host);
    return fault;
}

struct Case {
    TlsMode mode;
    std::string_view reason;
};
constexpr Case k_cases[] = {
    {TlsMode::unknown_ca, "its certificate is not trusted"},
    {TlsMode::wrong_name, "its certificate is for another name"},
    {TlsMode::expired, "its certificate has expired"},
    {TlsMode::tls_1_0, "TLS 1.2 or better is needed"},
    {TlsMode::tls_1_1, "TLS 1.2 or better is needed"},
};

// One attempt, and nothing was said in it. With a wrong name the handshake itself is good, so the
// tenant has nothing to note.
void check_tried_once(Chain& chain, std::string_view line) {
    const std::string& log = chain.log();
    const auto first = log.find(line);
    REQUIRE(first != std::string::npos);
    CHECK(log.find(line, first + 1) == std::string::npos);
    CHECK(chain.clock.sleeps().empty());
    chain.tenant.stop();  // it notes a refused handshake after our side has given up
    for (const fake::Record& record : chain.tenant.records())
        if (line.find(record.host) != std::string_view::npos) CHECK(record.method == "TLS");
}

// A chain knows its tenant's port only once it is there, so the proxy is a second client.
std::unique_ptr<CurlHttp> proxy_client(const fake::FakeTenant& tenant, const std::string& user) {
    CurlSettings settings;
    settings.user_agent = "smtpaudit/contract";
    settings.ca_blob = tenant.ca_pem();
    const std::string address = "127.0.0.1:" + std::to_string(tenant.proxy_port());
    settings.proxy = Secret("http://" + (user.empty() ? "" : user + "@") + address);
    return CurlHttp::create(std::move(settings)).value();
}

HttpRequest with_token(const std::string& url) {
    HttpRequest request;
    request.url = url;
    request.headers = {{"Authorization", "Bearer SENTINEL-token"}};
    return request;
}

// Sets a variable for the length of a test.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name) {
        ::setenv(name, value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

}  // namespace

TEST_CASE("fault 23: a bad certificate and old TLS are refused at Graph before any token") {
    for (const auto& [mode, reason] : k_cases) {
        CAPTURE(reason);
        Chain chain;
        chain.tenant.plan({bad_tls(mode, "graph.microsoft.com")});
        const Pulled pulled = chain.pull();
        CAPTURE(pulled.coverage.reason);
        CHECK(pulled.coverage.state == CoverageState::failed);
        CHECK(pulled.coverage.reason.starts_with("graph.microsoft.com: "));
        CHECK(contains(pulled.coverage.reason, reason));
        check_tried_once(chain, "GET https://graph.microsoft.com/");
    }
}

TEST_CASE("fault 23: a bad certificate and old TLS are refused at the sign-in before any secret") {
    for (const auto& [mode, reason] : k_cases) {
        CAPTURE(reason);
        Chain chain;
        chain.tenant.plan({bad_tls(mode, "login.microsoftonline.com")});
        const Pulled pulled = chain.pull();
        CHECK(pulled.coverage.state == CoverageState::failed);
        CHECK(contains(pulled.coverage.reason, reason));
        check_tried_once(chain, "POST https://login.microsoftonline.com/");
        CHECK(chain.token_requests() == 0);
    }
}

TEST_CASE("fault 23: a handshake that the server refuses is told and not tried again") {
    Chain chain;
    chain.tenant.plan({bad_tls(TlsMode::no_handshake, "graph.microsoft.com")});
    CHECK(contains(chain.pull().coverage.reason, "the TLS handshake failed"));
    chain.tenant.stop();
    CHECK(chain.requests("graph.microsoft.com").size() == 1);
}

TEST_CASE("fault 23: no variable of curl or OpenSSL turns the checks off or names a proxy") {
    fake::FakeTenant stranger(contoso());
    const std::string file = "/tmp/smtpaudit-contract-ca-" + std::to_string(::getpid());
    std::ofstream(file) << stranger.ca_pem();
    const Variable all[] = {
        {"SSL_CERT_FILE", file},        {"CURL_CA_BUNDLE", file},
        {"SSL_CERT_DIR", "/tmp"},       {"HTTPS_PROXY", "http://127.0.0.1:9"},
        {"https_proxy", "127.0.0.1:9"}, {"ALL_PROXY", "socks5://127.0.0.1:9"},
        {"CURL_INSECURE", "1"},         {"CURL_SSL_BACKEND", "none"},
    };
    CurlSettings settings;
    settings.user_agent = "smtpaudit/contract";
    settings.connect_to = {stranger.connect_to()};
    const auto client = CurlHttp::create(std::move(settings)).value();
    const auto result = client->send(with_token(k_sign_ins), {});
    ::unlink(file.c_str());
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::tls);
    CHECK(contains(result.error().message, "its certificate is not trusted"));
    stranger.stop();
    REQUIRE(stranger.records().size() == 1);
    CHECK(stranger.records()[0].method == "TLS");
}

TEST_CASE("a proxy sees its own password and no token and the server sees no proxy password") {
    fake::Options options;
    options.proxy_credentials = "auditor:SENTINEL-proxy";
    fake::FakeTenant tenant(contoso(), options);
    const auto client = proxy_client(tenant, options.proxy_credentials);
    REQUIRE(client->send(with_token(k_sign_ins), {})->status == 401);
    const auto records = tenant.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0].method == "CONNECT");
    CHECK(records[0].host == "graph.microsoft.com");
    CHECK(records[0].header("Proxy-Authorization"));
    CHECK_FALSE(records[0].header("Authorization"));
    CHECK(records[1].via_proxy);
    CHECK(records[1].header("Authorization") == "Bearer SENTINEL-token");
    CHECK_FALSE(records[1].header("Proxy-Authorization"));
}

TEST_CASE("a proxy that refuses is told without its password and is not asked again") {
    fake::Options options;
    options.proxy_credentials = "auditor:right";
    fake::FakeTenant tenant(contoso(), options);
    const auto client = proxy_client(tenant, "auditor:SENTINEL-proxy");
    const auto result = client->send(with_token(k_sign_ins), {});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::refused);
    CHECK(contains(result.error().message, "HTTP 407"));
    CHECK_FALSE(contains(result.error().message, "SENTINEL"));
    CHECK(tenant.records().size() == 1);
}

TEST_CASE("a proxy cannot answer in the server's place") {
    fake::FakeTenant tenant(contoso());
    const auto client = proxy_client(tenant, "");
    tenant.plan({bad_tls(TlsMode::unknown_ca, "graph.microsoft.com")});
    const auto result = client->send(with_token(k_sign_ins), {});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::tls);
    tenant.stop();
    REQUIRE(tenant.records().size() == 2);
    CHECK(tenant.records()[0].method == "CONNECT");
    CHECK_FALSE(tenant.records()[0].header("Authorization"));
    CHECK(tenant.records()[1].method == "TLS");
}

TEST_CASE("a host that the proxy does not know is told with the proxy's place") {
    fake::FakeTenant tenant(contoso());
    const auto client = proxy_client(tenant, "");
    const auto result = client->send(with_token("https://graph.contoso.example/"), {});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == HttpFailureKind::connect);
    CHECK(contains(result.error().message, "the proxy refused the connection (HTTP 502)"));
    CHECK(contains(result.error().message, "(proxy 127.0.0.1:"));
}

}  // namespace smtpaudit::contract
