#include "auth/assertion.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

TEST_CASE("a client assertion has the header and the claims of the identity platform") {
    const auto certificate = certificate_for(rsa_key());
    const auto key = load_certificate(pem_of(certificate.get()) + pem_of(rsa_key()), {}, "app.pem");
    REQUIRE(key);
    FakeRandom random;
    const UtcTime now(std::chrono::seconds(1795000000));
    const auto assertion = make_assertion(*key, k_token_url, k_client_id, now, random);
    REQUIRE(assertion);
    const std::string text(assertion->reveal());
    const auto parts = split(text, '.');
    REQUIRE(parts.size() == 3);

    CHECK(from_base64url(parts[0]) ==
          R"({"alg":"PS256","typ":"JWT","x5t#S256":")" + key->thumbprint() + "\"}");
    CHECK(nlohmann::json::parse(from_base64url(parts[1])) ==
          nlohmann::json{{"aud", k_token_url},
                         {"iss", k_client_id},
                         {"sub", k_client_id},
                         {"jti", "00010203-0405-4607-8809-0a0b0c0d0e0f"},
                         {"nbf", 1794999940},
                         {"iat", 1795000000},
                         {"exp", 1795000540}});
    const auto signed_part = std::string_view(text).substr(0, text.rfind('.'));
    CHECK(verifies(rsa_key(), signed_part, from_base64url(parts[2]), 32));
}

TEST_CASE("two assertions of one instant differ in their jti") {
    const auto certificate = certificate_for(rsa_key());
    const auto key = load_certificate(pem_of(certificate.get()) + pem_of(rsa_key()), {}, "app.pem");
    REQUIRE(key);
    FakeRandom random;
    const auto jti = [&] {
        const auto assertion = make_assertion(*key, k_token_url, k_client_id, UtcTime{}, random);
        const auto claims = split(assertion.value().reveal(), '.').at(1);
        return nlohmann::json::parse(from_base64url(claims)).at("jti").get<std::string>();
    };
    CHECK(jti() != jti());
}
