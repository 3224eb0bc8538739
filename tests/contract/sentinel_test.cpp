// No secret is in any byte that the program shows: every flow runs at the highest log level, well
// and badly, and what was secret on the wire is looked for in everything that was said.
#include "auth/browser.hpp"
#include "auth/certificate.hpp"
#include "auth/device_code.hpp"
#include "contract/chain.hpp"
#include "net/url.hpp"
#include "support/scaled_clock.hpp"
#include "unit/auth_support.hpp"

#include <algorithm>
#include <thread>

namespace smtpaudit::contract {
namespace {

constexpr std::string_view k_sentinel = "SENTINEL";
constexpr const char* k_secret = "SENTINEL-secret~1";
constexpr const char* k_passphrase = "SENTINEL-passphrase";
constexpr const char* k_proxy_user = "auditor:SENTINEL-proxy";
constexpr double k_scale = 1000;  // the device code's waits in milliseconds

// Everything said, from every place.
struct Said {
    std::string text;
    void add(std::string_view more) {
        text += more;
        text += '\n';
    }
};

// Standard output and error of this process while it lives: libcurl and OpenSSL could speak there.
class Capture {
public:
    Capture() : file_(std::tmpfile()), out_(::dup(1)), err_(::dup(2)) {
        std::fflush(nullptr);
        ::dup2(::fileno(file_), 1);
        ::dup2(::fileno(file_), 2);
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture() { (void)end(); }
    std::string end() {
        if (file_ == nullptr) return {};
        std::fflush(nullptr);
        ::dup2(out_, 1);
        ::dup2(err_, 2);
        ::close(out_);
        ::close(err_);
        std::string text;
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_))
            text += static_cast<char>(c);
        std::fclose(file_);
        file_ = nullptr;
        return text;
    }

private:
    std::FILE* file_;
    int out_, err_;
};

// The tenant, the chain up to the bearer, and every place where words come out.
class Stage {
public:
    // `proxy`: "user:password", empty for none.
    explicit Stage(const std::string& proxy = {}, const std::string& proxy_wants = {})
        : tenant_(spec(), services(proxy_wants)), curl_(make_curl(proxy)) {}

    fake::FakeTenant& tenant() { return tenant_; }
    SignInContext context() { return {trace_, clock_, random_}; }
    AppIdentity identity() const {
        return {all_clouds().data(), "contoso.onmicrosoft.com", k_client_id};
    }
    Tell tell() {
        return [this](const std::string& line) { said.add(line); };
    }
    CurlHttp& curl() { return *curl_; }

    // Two pulls with a token that dies between them, then everything that was heard.
    Said use(TokenSource& source) {
        CachedTokens tokens(source, clock_);
        BearerClient bearer(trace_, tokens, all_clouds().front().services());
        RetryClient retry(bearer, {clock_, random_, RetryPolicy{}, nullptr,
                                   [this](const WaitNotice& wait) { said.add(wait.reason); }});
        pull(retry);
        tenant_.state().revoke_all();
        pull(retry);
        said.add(source.name());
        said.add(log_text_.text);
        said.add(json_text_.text);
        return said;
    }

    Said said;

private:
    static fake::TenantSpec spec() {
        fake::TenantSpec spec = contoso();
        spec.apps.front().secrets = {{k_secret, false}};
        spec.apps.front().certificates = {test::pem_of(certificate().get())};
        return spec;
    }
    static fake::Options services(const std::string& proxy_wants) {
        fake::Options options;
        options.now = parse_iso_instant(k_now).value().at;
        options.time_scale = k_scale;
        options.throttle.enabled = false;
        options.tokens.prefix = "SENTINEL-token-";
        options.device.slow_downs = 1;
        options.proxy_credentials = proxy_wants;
        return options;
    }
    std::unique_ptr<CurlHttp> make_curl(const std::string& proxy) {
        CurlSettings settings;
        settings.user_agent = "smtpaudit/contract";
        settings.ca_blob = tenant_.ca_pem();
        if (proxy.empty())
            settings.connect_to = {tenant_.connect_to()};
        else
            settings.proxy =
                Secret("http://" + proxy + "@127.0.0.1:" + std::to_string(tenant_.proxy_port()));
        return CurlHttp::create(std::move(settings)).value();
    }
    void pull(HttpClient& http) {
        class Nobody final : public EvidenceSink {
            void observe(const Observation&) override {}
            void account(const AccountFacts&) override {}
            void tenant(const TenantFacts&) override {}
        } nobody;
        PullContext context{.http = http,
                            .clock = clock_,
                            .graph_url = "https://graph.microsoft.com",
                            .from = parse_iso_instant("2026-11-22T00:00:00Z").value().at,
                            .to = parse_iso_instant(k_now).value().at,
                            .progress = {},
                            .stop = {}};
        for (const LiveSource* source :
             {&k_graph_sign_ins, &k_graph_users, &k_graph_organization}) {
            const Coverage coverage = source->pull(context, nobody);
            said.add(coverage.reason);
            for (const std::string& note : coverage.notes) said.add(note);
        }
    }

public:
    static test::Owned<X509> certificate() {
        // In its time by this machine's clock and by the tenant's.
        return test::certificate_for(test::rsa_key(), "2020-01-01T00:00:00Z",
                                     "2040-01-01T00:00:00Z");
    }

private:
    fake::FakeTenant tenant_;
    test::ScaledClock clock_{parse_iso_instant(k_now).value().at, k_scale};
    SystemRandom random_;
    test::TextSink log_text_, json_text_;
    Log log_{log_text_, LogLevel::verbose, false};
    Log json_log_{json_text_, LogLevel::verbose, true};
    std::unique_ptr<CurlHttp> curl_;
    TraceClient json_trace_{*curl_, json_log_, clock_};
    TraceClient trace_{json_trace_, log_, clock_};
};

// What nobody but the server may learn, as it was on the wire.
std::vector<std::string> secrets_of(const fake::FakeTenant& tenant) {
    std::vector<std::string> secrets = {std::string(k_sentinel)};
    const auto add = [&](std::optional<std::string> text) {
        if (text && text->size() > 7) secrets.push_back(*text);
    };
    for (const fake::Record& record : tenant.records()) {
        for (const auto name : {"client_secret", "client_assertion", "device_code", "code",
                                "code_verifier", "refresh_token"})
            add(record.form_value(name));
        add(record.header("Proxy-Authorization"));
        const auto bearer = record.header("Authorization");
        if (bearer) add(bearer->substr(7));
        // The signature alone would be enough for nobody, and is still no one's business.
        if (const auto assertion = record.form_value("client_assertion"))
            add(assertion->substr(assertion->rfind('.') + 1));
    }
    return secrets;
}

void check_silent(const Said& said, const fake::FakeTenant& tenant, const std::string& streams) {
    REQUIRE(said.text.size() > 100);
    for (const std::string& secret : secrets_of(tenant)) {
        CAPTURE(secret.substr(0, 24));
        CHECK_FALSE(contains(said.text, secret));
        CHECK_FALSE(contains(said.text, percent_encode(secret)));
        CHECK_FALSE(contains(streams, secret));
    }
}

bool sent(const fake::FakeTenant& tenant, const std::string& field) {
    const auto records = tenant.records();
    return std::any_of(records.begin(), records.end(), [&](const fake::Record& record) {
        return record.form_value(field).has_value();
    });
}

// Answers that repeat what they were sent, as a broken server or a debugging proxy does.
fake::FaultPlan echoes() {
    fake::FaultPlan plan;
    for (const int status : {400, 401, 403, 500}) {
        Fault fault = status_on_sign_ins(status);
        fault.nth = {static_cast<unsigned>(plan.size() + 1)};
        fault.code = "BadRequest";
        fault.message = "You sent SENTINEL-token-1";
        plan.push_back(fault);
    }
    Fault html = on_sign_ins(Action::body, {2});
    html.body = "<p>SENTINEL-token-1</p>";
    plan.push_back(html);
    return plan;
}

// A browser: opens the address, and follows it to the loopback port.
class Browser {
public:
    explicit Browser(CurlHttp& web) : web_(web) {}
    OpenUrl opener() {
        return [this](const std::string& url) {
            thread_ = std::jthread([this, url] { visit(url); });
            return true;
        };
    }

private:
    void visit(const std::string& url) {
        HttpRequest request;
        request.url = url;
        const auto answer = web_.send(request, {});
        if (!answer || !answer->header("Location")) return;
        CurlSettings settings;
        settings.allow_plain_http = true;
        const auto local = CurlHttp::create(std::move(settings)).value();
        request.url = std::string(*answer->header("Location"));
        (void)local->send(request, {});
    }
    CurlHttp& web_;
    std::jthread thread_;
};

}  // namespace

TEST_CASE("the sentinel: a client secret and its tokens are nowhere but on the wire") {
    Capture capture;
    Stage stage;
    const auto source =
        client_secret_source(stage.context(), stage.identity(), Secret(std::string(k_secret)));
    stage.tenant().plan(echoes());
    const Said said = stage.use(*source);
    CHECK(sent(stage.tenant(), "client_secret"));
    CHECK(contains(said.text, "GET https://graph.microsoft.com/beta/auditLogs/signIns: 200"));
    check_silent(said, stage.tenant(), capture.end());
}

TEST_CASE("the sentinel: a refused secret and every error of the token endpoint are silent too") {
    for (const int aadsts : {7000215, 7000222, 90002, 700027, 0}) {
        Capture capture;
        Stage stage;
        Fault fault;
        fault.path = "/token";
        fault.action = Action::status;
        fault.status = aadsts == 0 ? 500 : 401;
        fault.code = aadsts == 90002 ? "SENTINEL-error" : "invalid_client";
        fault.aadsts = aadsts;
        fault.message = "Your secret is SENTINEL-secret~1";
        stage.tenant().plan({fault});
        const auto source =
            client_secret_source(stage.context(), stage.identity(), Secret(std::string(k_secret)));
        check_silent(stage.use(*source), stage.tenant(), capture.end());
    }
}

TEST_CASE("the sentinel: a certificate's passphrase and assertions are nowhere but on the wire") {
    Capture capture;
    Stage stage;
    test::TemporaryFolder folder;
    const std::string pfx = folder.write(
        "app.pfx", test::pfx_of(test::rsa_key(), Stage::certificate().get(), k_passphrase));
    const auto source = certificate_source(stage.context(), stage.identity(), pfx,
                                           Secret(std::string(k_passphrase)));
    REQUIRE(source);
    stage.tenant().plan(echoes());
    const Said said = stage.use(**source);
    CHECK(sent(stage.tenant(), "client_assertion"));

    Said wrong;
    const auto refused =
        certificate_source(stage.context(), stage.identity(), pfx, Secret("SENTINEL-other"));
    REQUIRE_FALSE(refused);
    wrong.add(refused.error().message + said.text);
    check_silent(wrong, stage.tenant(), capture.end());
}

TEST_CASE("the sentinel: a device code and the refresh token are nowhere but on the wire") {
    Capture capture;
    Stage stage;
    const auto source = device_code_source(stage.context(), stage.identity(), stage.tell());
    const Said said = stage.use(*source);
    CHECK(sent(stage.tenant(), "device_code"));
    CHECK(sent(stage.tenant(), "refresh_token"));
    CHECK(contains(said.text, "and enter the code "));
    check_silent(said, stage.tenant(), capture.end());
}

TEST_CASE("the sentinel: the browser's code and verifier are nowhere but on the wire") {
    Capture capture;
    Stage stage;
    Browser browser(stage.curl());
    const auto source =
        browser_source(stage.context(), stage.identity(), stage.tell(), browser.opener());
    const Said said = stage.use(*source);
    CHECK(sent(stage.tenant(), "code"));
    CHECK(sent(stage.tenant(), "code_verifier"));
    CHECK(sent(stage.tenant(), "refresh_token"));
    check_silent(said, stage.tenant(), capture.end());
}

TEST_CASE("the sentinel: a proxy's password is nowhere but in what the proxy is told") {
    for (const std::string& wants : {std::string(k_proxy_user), std::string("auditor:another")}) {
        Capture capture;
        Stage stage(k_proxy_user, wants);
        const auto source =
            client_secret_source(stage.context(), stage.identity(), Secret(std::string(k_secret)));
        check_silent(stage.use(*source), stage.tenant(), capture.end());
        for (const fake::Record& record : stage.tenant().records())
            CHECK(record.header("Proxy-Authorization").has_value() == (record.method == "CONNECT"));
    }
}

TEST_CASE("every request has an assertion of its own also where a kept connection breaks") {
    Stage stage;
    test::TemporaryFolder folder;
    const std::string pem = folder.write(
        "app.pem", test::pem_of(test::rsa_key()) + test::pem_of(Stage::certificate().get()));
    const auto source = certificate_source(stage.context(), stage.identity(), pem, Secret());
    REQUIRE(source);
    Fault fault;
    fault.path = "/token";
    fault.action = Action::reset;
    fault.nth = {2, 4};
    stage.tenant().plan({fault});
    for (int i = 0; i < 3; ++i)
        CHECK((*source)->fetch("https://graph.microsoft.com", {}).has_value());
    std::vector<std::string> assertions;
    for (const fake::Record& record : stage.tenant().records())
        assertions.push_back(record.form_value("client_assertion").value_or(""));
    CHECK(assertions.size() == 5);
    std::sort(assertions.begin(), assertions.end());
    CHECK(std::adjacent_find(assertions.begin(), assertions.end()) == assertions.end());
}

}  // namespace smtpaudit::contract
