// The sentinel once more, through the whole program in process: every way to sign in and every
// output, with the log as talkative as it gets.
#include "contract/chain.hpp"
#include "support/scaled_clock.hpp"
#include "support/world.hpp"
#include "unit/auth_support.hpp"

#include <thread>

namespace smtpaudit::contract {
namespace {

constexpr const char* k_secret = "SENTINEL-secret~1";
constexpr const char* k_passphrase = "SENTINEL-passphrase";

test::Owned<X509> lasting_certificate() {
    return test::certificate_for(test::rsa_key(), "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
}

fake::TenantSpec spec() {
    fake::TenantSpec tenant = contoso();
    tenant.apps.front().secrets = {{k_secret, false}};
    tenant.apps.front().certificates = {test::pem_of(lasting_certificate().get())};
    return tenant;
}

fake::Options services() {
    fake::Options options;
    options.now = parse_iso_instant(k_now).value().at;
    options.time_scale = 1000;
    options.throttle.enabled = false;
    options.tokens.prefix = "SENTINEL-token-";
    return options;
}

// The program in a world whose network is the fake tenant.
class Program {
public:
    Program() : tenant(spec(), services()) {
        environment["AZURE_TENANT_ID"] = "contoso.onmicrosoft.com";
        environment["AZURE_CLIENT_ID"] = k_client_id;
    }

    fake::FakeTenant tenant;
    std::map<std::string, std::string, std::less<>> environment;

    int run(const std::vector<std::string>& args) {
        World world{clock_, files_, random_, in_, out_, err_};
        world.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            if (found == environment.end()) return std::nullopt;
            return found->second;
        };
        world.stop_exit_code = [] { return 130; };
        world.err_is_terminal = true;
        world.columns = 120;
        world.make_http = [this](CurlSettings settings) -> Result<std::unique_ptr<HttpClient>> {
            settings.ca_blob = tenant.ca_pem();
            settings.connect_to = {tenant.connect_to()};
            SA_TRY(std::unique_ptr<HttpClient> network, CurlHttp::create(std::move(settings)));
            return network;
        };
        world.open_browser = [this](const std::string& url) {
            browser_ = std::jthread([this, url] { browse(url); });
            return true;
        };
        return smtpaudit::run(args, world);
    }

    // Everything that left the program, but the secrets' own way over the wire.
    std::string said() const {
        std::string all = out_.text + err_.text;
        for (const auto& [path, text] : files_.contents) all += path + text;
        return all;
    }
    const std::string& errors() const { return err_.text; }

private:
    void browse(const std::string& url) {
        CurlSettings settings;
        settings.ca_blob = tenant.ca_pem();
        settings.connect_to = {tenant.connect_to()};
        HttpRequest request;
        request.url = url;
        const auto answer = CurlHttp::create(std::move(settings)).value()->send(request, {});
        if (!answer || !answer->header("Location")) return;
        CurlSettings plain;
        plain.allow_plain_http = true;
        request.url = std::string(*answer->header("Location"));
        (void)CurlHttp::create(std::move(plain)).value()->send(request, {});
    }

    test::ScaledClock clock_{parse_iso_instant(k_now).value().at, 1000};
    test::FakeFiles files_;
    SystemRandom random_;
    test::TextSource in_{""};
    test::TextSink out_, err_;
    std::jthread browser_;
};

void check_silent(const Program& program) {
    const std::string said = program.said();
    INFO(program.errors());
    REQUIRE(said.size() > 200);
    CHECK_FALSE(contains(said, "SENTINEL"));
    for (const fake::Record& record : program.tenant.records()) {
        for (const auto name : {"client_secret", "client_assertion", "device_code", "code",
                                "code_verifier", "refresh_token"})
            if (const auto secret = record.form_value(name)) CHECK_FALSE(contains(said, *secret));
        if (const auto bearer = record.header("Authorization"))
            CHECK_FALSE(contains(said, bearer->substr(7)));
    }
}

std::vector<std::string> scan(std::vector<std::string> more) {
    std::vector<std::string> args = {"scan",  "--window", "3",     "-v",
                                     "--out", "json=j",   "--out", "csv=c"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

}  // namespace

TEST_CASE("the sentinel: a scan with a client secret shows it nowhere") {
    Program program;
    program.environment["AZURE_CLIENT_SECRET"] = k_secret;
    CHECK(program.run(scan({})) == 0);
    CHECK(contains(program.errors(), "auditLogs/signIns: 200"));
    CHECK(program.run(scan({"--log-json"})) == 0);
    CHECK(program.run({"doctor", "-v"}) != 70);  // what else is granted is not the subject here
    check_silent(program);
}

TEST_CASE("the sentinel: a scan with a certificate shows neither passphrase nor assertion") {
    Program program;
    test::TemporaryFolder folder;
    const std::string pfx = folder.write(
        "app.pfx", test::pfx_of(test::rsa_key(), lasting_certificate().get(), k_passphrase));
    program.environment["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = k_passphrase;
    CHECK(program.run(scan({"--certificate", pfx})) == 0);
    program.environment["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = "SENTINEL-other";
    CHECK(program.run(scan({"--certificate", pfx})) != 0);
    check_silent(program);
}

TEST_CASE("the sentinel: a scan by a person shows no code and no token") {
    for (const std::string auth : {"device-code", "browser"}) {
        CAPTURE(auth);
        Program program;
        CHECK(program.run(scan({"--auth", auth})) == 0);
        check_silent(program);
    }
}

TEST_CASE("the sentinel: a scan that fails shows no secret") {
    for (const auto path : {"/token", "signIns", "/users"}) {
        for (const int status : {400, 401, 403, 500}) {
            CAPTURE(path, status);
            Program program;
            program.environment["AZURE_CLIENT_SECRET"] = k_secret;
            Fault fault;
            fault.path = path;
            fault.action = Action::status;
            fault.status = status;
            fault.code = "invalid_client";
            fault.message = "You sent SENTINEL-secret~1 and SENTINEL-token-1";
            program.tenant.plan({fault});
            // Names are not asked for by name here, so that they are missing is no failure.
            if (program.run(scan({})) == 0) CHECK(std::string_view(path) == "/users");
            check_silent(program);
        }
    }
}

}  // namespace smtpaudit::contract
