// The identity platform's side: every grant, and every way to be refused.
#include "fake_tenant/codec.hpp"
#include "fake_tenant/curl_probe.hpp"
#include "fake_tenant/tls.hpp"
#include "support/catch.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>

namespace smtpaudit::fake {
namespace {

using nlohmann::json;
using std::chrono::seconds;

json parsed(const Seen& seen) { return json::parse(seen.body); }

std::string secret_form(const std::string& secret, const std::string& client = k_app) {
    return "grant_type=client_credentials&client_id=" + client + "&client_secret=" + secret +
           "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
}

TEST_CASE("a client secret gives a token or the platform's error") {
    FakeTenant tenant(contoso());
    Probe probe(tenant);
    const json token = parsed(probe.post(k_token_url, secret_form("contoso-demo-secret")));
    CHECK(token["token_type"] == "Bearer");
    CHECK(token["expires_in"] == 3599);
    struct Case {
        std::string url, form, error;
        int code;
        long status;
    };
    const std::string elsewhere =
        "https://login.microsoftonline.com/fabrikam.com/oauth2/v2.0/token";
    for (const Case& item : std::vector<Case>{
             {k_token_url, secret_form("wrong"), "invalid_client", 7000215, 401},
             {k_token_url, secret_form("contoso-old-secret"), "invalid_client", 7000222, 401},
             {k_token_url, secret_form(""), "invalid_client", 7000216, 401},
             {k_token_url, secret_form("x", "nobody"), "unauthorized_client", 700016, 400},
             {elsewhere, secret_form("x"), "invalid_request", 90002, 400},
             {k_token_url, secret_form("contoso-demo-secret") + "x", "invalid_scope", 1002012,
              400}}) {
        const Seen seen = probe.post(item.url, item.form);
        INFO(seen.body);
        CHECK(seen.status == item.status);
        CHECK(parsed(seen)["error"] == item.error);
        CHECK(parsed(seen)["error_codes"][0] == item.code);
        CHECK(parsed(seen)["error_description"].get<std::string>().substr(0, 6) == "AADSTS");
    }
}

// A key and its self-signed certificate.
struct Credential {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    std::string pem;
    Credential() {
        X509* certificate = X509_new();
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_sign(certificate, key, EVP_sha256());
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate);
        char* data = nullptr;
        const long size = BIO_get_mem_data(bio, &data);
        pem.assign(data, static_cast<std::size_t>(size));
        BIO_free(bio);
        X509_free(certificate);
    }
    ~Credential() { EVP_PKEY_free(key); }
    Credential(const Credential&) = delete;
    Credential& operator=(const Credential&) = delete;

    std::string sign(const std::string& text, int salt) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_PKEY_CTX* options = nullptr;
        EVP_DigestSignInit(context, &options, EVP_sha256(), nullptr, key);
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt);
        std::string out(256, '\0');
        std::size_t size = out.size();
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
        EVP_MD_CTX_free(context);
        return out.substr(0, size);
    }
};

struct Assertion {
    const Credential& credential;
    std::int64_t now;
    std::string jti;
    std::string audience = k_token_url;
    std::int64_t begins = 0, life = 600;
    int salt = RSA_PSS_SALTLEN_DIGEST;

    std::string form() const {
        const json header{
            {"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", certificate_thumbprint(credential.pem)}};
        const json claims{{"aud", audience},
                          {"iss", k_app},
                          {"sub", k_app},
                          {"jti", jti},
                          {"nbf", now + begins},
                          {"iat", now},
                          {"exp", now + begins + life}};
        const std::string text = base64url(header.dump()) + "." + base64url(claims.dump());
        return "grant_type=client_credentials&client_id=" + std::string(k_app) +
               "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_assertion_type="
               "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
               "&client_assertion=" +
               text + "." + base64url(credential.sign(text, salt));
    }
};

TEST_CASE("a client assertion is checked to the salt and accepted once") {
    FakeTenant tenant(contoso());
    Probe probe(tenant);
    const Credential credential;
    const auto now = tenant.state().time.now().time_since_epoch().count();
    const auto error_of = [&](const Assertion& assertion) {
        const json body = parsed(probe.post(k_token_url, assertion.form()));
        return body.contains("access_token") ? 0 : body["error_codes"][0].get<int>();
    };
    CHECK(error_of({credential, now, "1"}) == 700027);  // not registered yet
    tenant.register_certificate(k_app, credential.pem);
    CHECK(error_of({credential, now, "2"}) == 0);
    CHECK(error_of({credential, now, "2"}) == 700027);  // replayed
    CHECK(error_of({credential, now, "3"}) == 0);
    CHECK(error_of({credential, now, "4", k_token_url, 0, 600, RSA_PSS_SALTLEN_MAX}) == 700027);
    CHECK(error_of({credential, now, "5",
                    "https://login.microsoftonline.com/other/oauth2/v2.0/token"}) == 700023);
    CHECK(error_of({credential, now, "6", k_token_url, -2000, 600}) == 700024);
    CHECK(error_of({credential, now, "7", k_token_url, 2000, 600}) == 700024);
    CHECK(error_of({credential, now, "8", k_token_url, 0, 601}) == 700024);
}

TEST_CASE("the browser's code is bound to its verifier and good for once") {
    FakeTenant tenant(contoso());
    Probe probe(tenant);
    const std::string verifier = "verifier-verifier-verifier-verifier-verifier";
    const std::string redirect = "http%3A%2F%2Flocalhost%3A51234%2F";
    const auto authorize = [&](const std::string& to) {
        return probe.get(
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?client_id=" +
            std::string(k_app) + "&response_type=code&state=a%26b&redirect_uri=" + to +
            "&scope=openid%20offline_access%20https%3A%2F%2Fgraph.microsoft.com%2F.default"
            "&code_challenge_method=S256&code_challenge=" +
            base64url(sha256(verifier)));
    };
    const auto code_from = [](const Seen& seen) {
        const std::string location = seen.headers.at("location");
        return parse_form(location.substr(location.find('?') + 1));
    };
    const std::string url = "https://login.microsoftonline.com/organizations/oauth2/v2.0/token";
    const auto redeem = [&](const std::string& code, const std::string& proof) {
        return probe.post(url, "grant_type=authorization_code&client_id=" + std::string(k_app) +
                                   "&redirect_uri=" + redirect + "&code=" + code +
                                   "&code_verifier=" + proof);
    };
    CHECK(authorize("http%3A%2F%2Fattacker.example%2F").status == 400);
    const Seen seen = authorize(redirect);
    REQUIRE(seen.status == 302);
    auto reply = code_from(seen);
    CHECK(reply["state"] == "a&b");
    const json token = parsed(redeem(reply["code"], verifier));
    REQUIRE(token.contains("access_token"));
    CHECK(parsed(redeem(reply["code"], verifier))["error"] == "invalid_grant");
    reply = code_from(authorize(redirect));
    CHECK(parsed(redeem(reply["code"], "wrong"))["error_codes"][0] == 501481);

    probe.token = token["access_token"].get<std::string>();
    CHECK(probe.ask("https://graph.microsoft.com/v1.0/me").status == 200);
    CHECK(probe.ask(k_sign_ins).status == 200);
    const json roles = parsed(
        probe.ask("https://graph.microsoft.com/v1.0/me/memberOf/microsoft.graph.directoryRole"));
    CHECK(roles["value"][0]["displayName"] == "Global Reader");
    tenant.state().change([](TenantSpec& spec) { spec.person.roles.clear(); });
    CHECK(probe.ask(k_sign_ins).status == 403);
    const json again =
        parsed(probe.post(url, "grant_type=refresh_token&client_id=" + std::string(k_app) +
                                   "&refresh_token=" + token["refresh_token"].get<std::string>()));
    CHECK(again["access_token"] != token["access_token"]);
    tenant.set_authorize_error("access_denied");
    CHECK(code_from(authorize(redirect))["error"] == "access_denied");
}

TEST_CASE("the device code is pending and slows down and ends as planned") {
    Options options;
    options.time_scale = 200;
    options.device.slow_downs = 1;
    FakeTenant tenant(contoso(), options);
    Probe probe(tenant);
    const std::string base = "https://login.microsoftonline.com/organizations/oauth2/v2.0";
    const std::string client = "client_id=" + std::string(k_app);
    const auto begin = [&] {
        return parsed(probe.post(base + "/devicecode",
                                 client + "&scope=https://graph.microsoft.com/User.Read.All"));
    };
    const auto poll = [&](const json& device) {
        const json body = parsed(probe.post(
            base + "/token", client +
                                 "&grant_type=urn:ietf:params:oauth:grant-type:device_code"
                                 "&device_code=" +
                                 device["device_code"].get<std::string>()));
        tenant.state().time.wait(seconds(12));
        return body.contains("access_token") ? "token" : body["error"].get<std::string>();
    };
    json device = begin();
    CHECK(device["interval"] == 5);
    CHECK(poll(device) == "slow_down");
    CHECK(poll(device) == "authorization_pending");
    CHECK(poll(device) == "token");
    CHECK(poll(device) == "bad_verification_code");
    DeviceFlow flow;
    flow.pending_polls = 0;
    flow.interval.reset();
    flow.outcome = DeviceFlow::Outcome::declined;
    tenant.set_device_flow(flow);
    device = begin();
    CHECK_FALSE(device.contains("interval"));
    CHECK(poll(device) == "authorization_declined");
    flow.outcome = DeviceFlow::Outcome::expired;
    tenant.set_device_flow(flow);
    CHECK(poll(device) == "expired_token");
}

}  // namespace
}  // namespace smtpaudit::fake
