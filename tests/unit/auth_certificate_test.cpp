#include "auth/certificate.hpp"

#include "auth_support.hpp"

#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string pem(EVP_PKEY* key, std::string_view from, std::string_view until) {
    return pem_of(certificate_for(key, from, until).get()) + pem_of(key);
}

std::string valid_pem() { return pem(rsa_key(), "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"); }

nlohmann::json claims_of(const HttpRequest& request) {
    const std::string assertion = form_of(request).at("client_assertion");
    return nlohmann::json::parse(from_base64url(split(assertion, '.').at(1)));
}

Error refused(Stage& stage, const std::string& path) {
    const auto source = certificate_source(stage.context(), contoso(), path, {});
    REQUIRE_FALSE(source);
    CHECK(stage.http.requests().empty());
    return source.error();
}

}  // namespace

TEST_CASE("a certificate is sent as a signed assertion") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    const auto source =
        certificate_source(stage.context(), contoso(), folder.write("app.pem", valid_pem()), {});
    REQUIRE(source);
    CHECK((*source)->name() == "certificate");
    REQUIRE((*source)->fetch(k_graph, {}));

    auto form = form_of(stage.http.requests().at(0));
    const std::string assertion = form.at("client_assertion");
    form.erase("client_assertion");
    CHECK(form == FormFields{{"client_id", k_client_id},
                             {"scope", "https://graph.microsoft.com/.default"},
                             {"client_assertion_type",
                              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                             {"grant_type", "client_credentials"}});
    const auto dot = assertion.rfind('.');
    CHECK(verifies(rsa_key(), assertion.substr(0, dot), from_base64url(assertion.substr(dot + 1)),
                   32));
    const auto claims = claims_of(stage.http.requests().at(0));
    CHECK(claims.at("aud") == k_token_url);
    CHECK(claims.at("exp").get<long long>() - claims.at("nbf").get<long long>() == 600);
}

TEST_CASE("every request has a jti of its own also on a retry and for another resource") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(503));
    stage.http.expect(HttpMethod::post, k_token_url, HttpFailureKind::timeout);
    for (int i = 0; i < 3; ++i) stage.http.expect(HttpMethod::post, k_token_url, grant("token"));
    const auto source =
        certificate_source(stage.context(), contoso(), folder.write("app.pem", valid_pem()), {});
    REQUIRE(source);
    REQUIRE((*source)->fetch(k_graph, {}));
    REQUIRE((*source)->fetch(k_graph, {}));
    REQUIRE((*source)->fetch("https://outlook.office365.com", {}));
    std::set<std::string> seen;
    for (const HttpRequest& request : stage.http.requests())
        CHECK(seen.insert(claims_of(request).at("jti")).second);
    CHECK(seen.size() == 5);
    CHECK(form_of(stage.http.requests().at(4)).at("scope") ==
          "https://outlook.office365.com/.default");
}

TEST_CASE("a retried assertion is made at its own time") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, reply(429, "", {{"Retry-After", "90"}}));
    stage.http.expect(HttpMethod::post, k_token_url, grant("token"));
    const auto source =
        certificate_source(stage.context(), contoso(), folder.write("app.pem", valid_pem()), {});
    REQUIRE(source);
    REQUIRE((*source)->fetch(k_graph, {}));
    const auto requests = stage.http.requests();
    CHECK(claims_of(requests.at(1)).at("iat").get<long long>() -
              claims_of(requests.at(0)).at("iat").get<long long>() ==
          90);
}

TEST_CASE("the passphrase opens the key and is in no error") {
    TemporaryFolder folder;
    Stage stage;
    const auto certificate = certificate_for(rsa_key());
    const std::string path =
        folder.write("app.pfx", pfx_of(rsa_key(), certificate.get(), k_sentinel));
    CHECK(certificate_source(stage.context(), contoso(), path, Secret(std::string(k_sentinel))));
    const auto wrong =
        certificate_source(stage.context(), contoso(), path, Secret(std::string("SENTINEL-wrong")));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("SENTINEL") == std::string::npos);
}

TEST_CASE("an expired certificate is refused before any request") {
    TemporaryFolder folder;
    Stage stage;
    const std::string path =
        folder.write("app.pem", pem(rsa_key(), "2024-11-24T10:00:00Z", "2026-11-24T10:00:00Z"));
    const Error error = refused(stage, path);
    CHECK(error.code == Errc::sign_in);
    CHECK(error.message == path +
                               ": the certificate expired on 2026-11-24T10:00:00Z; make a new one "
                               "and upload it under \"Certificates & secrets\" of the app "
                               "registration");
}

TEST_CASE("a certificate of the future points to the clock") {
    TemporaryFolder folder;
    Stage stage;
    const std::string path =
        folder.write("app.pem", pem(rsa_key(), "2026-11-24T10:00:01Z", "2027-11-24T10:00:00Z"));
    CHECK(refused(stage, path).message.find("so check the clock") != std::string::npos);
}

TEST_CASE(
    "a key that others can read and a key of another certificate are refused before any "
    "request") {
    TemporaryFolder folder;
    Stage stage;
    CHECK(refused(stage, folder.write("open.pem", valid_pem(), 0640))
              .message.find("others than you can use this file (mode 0640)") != std::string::npos);
    const auto certificate = certificate_for(rsa_key());
    CHECK(refused(stage,
                  folder.write("other.pem", pem_of(certificate.get()) + pem_of(other_rsa_key())))
              .message.find("does not belong to the certificate") != std::string::npos);
}
