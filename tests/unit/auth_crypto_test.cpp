#include "auth/crypto.hpp"

#include "auth_support.hpp"

#include <openssl/err.h>
#include <openssl/provider.h>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

Secret word(const char* text) { return Secret(std::string(text)); }

Error refused(const std::string& content, const Secret& passphrase = {}) {
    const auto loaded = load_certificate(content, passphrase, "app.pem");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Errc::input);
    CHECK(loaded.error().message.starts_with("app.pem: "));
    CHECK(loaded.error().message.find(k_sentinel) == std::string::npos);
    return loaded.error();
}

bool says(const Error& error, std::string_view part) {
    INFO(error.message);
    return error.message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("base64url and SHA-256 agree with published vectors") {
    // RFC 4648 10, with the padding left out; RFC 7636 appendix B; FIPS 180-4.
    CHECK(base64url("").empty());
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("fo") == "Zm8");
    CHECK(base64url("foo") == "Zm9v");
    CHECK(base64url("\xfb\xff\xfe") == "-__-");
    CHECK(base64url(sha256_bytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) ==
          "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("a certificate is loaded from each kind of file") {
    const auto certificate = certificate_for(rsa_key());
    const std::string plain = pem_of(certificate.get());
    struct Case {
        const char* what;
        std::string content;
        const char* passphrase;
    };
    const auto other = certificate_for(other_rsa_key());
    const Case cases[] = {
        {"PEM", plain + pem_of(rsa_key()), ""},
        {"PEM, key first", pem_of(rsa_key()) + plain, ""},
        {"PEM with text around",
         "Bag Attributes\n  x: y\n" + plain + "\nnote\n" + pem_of(rsa_key()), ""},
        {"PEM with a chain before it", pem_of(other.get()) + plain + pem_of(rsa_key()), ""},
        {"encrypted PKCS#8", plain + pem_of(rsa_key(), k_sentinel), k_sentinel},
        {"a passphrase that is not needed", plain + pem_of(rsa_key()), k_sentinel},
        {"PFX", pfx_of(rsa_key(), certificate.get(), k_sentinel), k_sentinel},
        {"PFX with an empty passphrase", pfx_of(rsa_key(), certificate.get(), ""), ""},
        {"PFX without one", pfx_of(rsa_key(), certificate.get(), nullptr), ""},
    };
    for (const Case& one : cases) {
        INFO(one.what);
        const auto loaded = load_certificate(one.content, word(one.passphrase), "app.pem");
        REQUIRE(loaded);
        CHECK(format_utc(loaded->not_before()) == "2026-01-01T00:00:00Z");
        CHECK(format_utc(loaded->not_after()) == "2027-01-01T00:00:00Z");
        const auto signature = loaded->sign_ps256("text");
        REQUIRE(signature);
        CHECK(verifies(rsa_key(), "text", *signature, 32));
    }
}

TEST_CASE("the thumbprint is base64url of SHA-256 over the DER form") {
    const auto certificate = certificate_for(rsa_key());
    const auto loaded =
        load_certificate(pem_of(certificate.get()) + pem_of(rsa_key()), {}, "app.pem");
    REQUIRE(loaded);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate.get(), EVP_sha256(), digest, &size);
    CHECK(loaded->thumbprint().size() == 43);
    CHECK(from_base64url(loaded->thumbprint()) ==
          std::string(reinterpret_cast<const char*>(digest), size));
}

TEST_CASE("PS256 signs with a salt of the length of the digest and of no other") {
    const auto certificate = certificate_for(rsa_key());
    const auto loaded =
        load_certificate(pem_of(certificate.get()) + pem_of(rsa_key()), {}, "app.pem");
    REQUIRE(loaded);
    const auto signature = loaded->sign_ps256("text");
    REQUIRE(signature);
    CHECK(verifies(rsa_key(), "text", *signature, 32));
    CHECK_FALSE(verifies(rsa_key(), "texT", *signature, 32));
    CHECK_FALSE(verifies(rsa_key(), "text", *signature, 222));
    CHECK_FALSE(verifies(other_rsa_key(), "text", *signature, 32));
    CHECK(*signature != *loaded->sign_ps256("text"));
}

TEST_CASE("a key of another certificate is refused") {
    const auto certificate = certificate_for(rsa_key());
    CHECK(says(refused(pem_of(certificate.get()) + pem_of(other_rsa_key())),
               "does not belong to the certificate"));
}

TEST_CASE("a missing and a wrong passphrase are told apart") {
    const auto certificate = certificate_for(rsa_key());
    const std::string pem = pem_of(certificate.get()) + pem_of(rsa_key(), k_sentinel);
    const std::string pfx = pfx_of(rsa_key(), certificate.get(), k_sentinel);
    CHECK(says(refused(pem), "the key is encrypted; put its passphrase into "));
    CHECK(says(refused(pem, word("wrong")), "cannot be decrypted; check the passphrase in "));
    CHECK(says(refused(pfx), "the PFX is encrypted; put its passphrase into "));
    CHECK(says(refused(pfx, word("wrong")), "does not open with the passphrase in "));
}

TEST_CASE("what is no certificate with a key says so") {
    const auto certificate = certificate_for(rsa_key());
    CHECK(says(refused(pem_of(certificate.get())), "holds no readable private key"));
    CHECK(says(refused(pem_of(rsa_key())), "holds a key but no certificate"));
    CHECK(says(refused("hello"), "is neither PEM nor PFX"));
    CHECK(says(refused(std::string(1000, '\0')), "is neither PEM nor PFX"));
    CHECK(says(refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
               "holds no readable private key"));
    const std::string pfx = pfx_of(rsa_key(), certificate.get(), k_sentinel);
    CHECK(says(refused(pfx.substr(0, pfx.size() / 2), word(k_sentinel)), "is neither PEM nor PFX"));
}

TEST_CASE("a key that is not RSA or too short is refused with the reason") {
    const Owned<EVP_PKEY> ec(EVP_EC_gen("P-256"));
    const auto ec_certificate = certificate_for(ec.get());
    CHECK(says(refused(pem_of(ec_certificate.get()) + pem_of(ec.get())), "the key is not RSA"));
    const Owned<EVP_PKEY> weak(EVP_RSA_gen(1024));
    const auto weak_certificate = certificate_for(weak.get());
    CHECK(says(refused(pem_of(weak_certificate.get()) + pem_of(weak.get())),
               "the RSA key has 1024 bits; 2048 are needed"));
}

TEST_CASE("a failed load leaves nothing in the error queue of the library") {
    refused("hello");
    refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a PFX in the old encryption says how to convert it") {
    // RC2 lives in OpenSSL's legacy provider, which the product does not load.
    OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(nullptr, "legacy");
    if (legacy == nullptr) {
        WARN("skipped: OpenSSL's legacy provider is not installed");
        return;
    }
    OSSL_PROVIDER* standard = OSSL_PROVIDER_load(nullptr, "default");
    const auto certificate = certificate_for(rsa_key());
    const Owned<PKCS12> pfx(PKCS12_create(k_sentinel, "contoso", rsa_key(), certificate.get(),
                                          nullptr, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                          NID_pbe_WithSHA1And40BitRC2_CBC, 0, 0, 0));
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    i2d_PKCS12_bio(bio.get(), pfx.get());
    OSSL_PROVIDER_unload(legacy);
    const Error error = refused(text_of(bio.get()), word(k_sentinel));
    OSSL_PROVIDER_unload(standard);
    CHECK(says(error, "convert it with openssl pkcs12 -legacy"));
}
