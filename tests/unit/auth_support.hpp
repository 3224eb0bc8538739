// What the tests of auth/ share: keys and certificates made at start, a folder that goes away, and
// the answers of a scripted token endpoint.
#pragma once

#include "auth/form.hpp"
#include "auth/token_endpoint.hpp"
#include "base/text.hpp"
#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/fakes.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace smtpaudit::test {

inline constexpr const char* k_client_id = "11111111-2222-3333-4444-555555555555";
inline constexpr const char* k_tenant = "contoso.onmicrosoft.com";
inline constexpr const char* k_token_url =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";
inline constexpr const char* k_graph = "https://graph.microsoft.com";
inline constexpr const char* k_sentinel = "SENTINEL-7f3a";

inline AppIdentity contoso() { return {all_clouds().data(), k_tenant, k_client_id}; }

// A network, a clock and chance, and a context over them.
struct Stage {
    FakeHttp http;
    FakeClock clock{"2026-11-24T10:00:00Z"};
    FakeRandom random;
    SignInContext context() { return {http, clock, random}; }
};

inline HttpResponse grant(const std::string& token, const std::string& refresh = {}) {
    nlohmann::json body = {{"token_type", "Bearer"}, {"expires_in", 3599}, {"access_token", token}};
    if (!refresh.empty()) body["refresh_token"] = refresh;
    return reply(200, body.dump());
}

// As the identity platform refuses: a description with trace ids, which nobody may see.
inline HttpResponse refusal(const std::string& error, long long code,
                            std::vector<HttpHeader> headers = {}) {
    const nlohmann::json body = {
        {"error", error},
        {"error_description",
         "AADSTS" + std::to_string(code) + ": SENTINEL-description\r\nTrace ID: SENTINEL-trace"},
        {"error_codes", {code}},
        {"trace_id", "SENTINEL-trace"},
        {"correlation_id", "SENTINEL-correlation"}};
    return reply(400, body.dump(), std::move(headers));
}

inline FormFields form_of(const HttpRequest& request) {
    auto fields = parse_form(request.body);
    REQUIRE(fields);
    return *fields;
}

// --- keys ---------------------------------------------------------------------------------------

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(PKCS12* pfx) const { PKCS12_free(pfx); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

inline EVP_PKEY* rsa_key() {
    static const Owned<EVP_PKEY> key(EVP_RSA_gen(2048));
    return key.get();
}
inline EVP_PKEY* other_rsa_key() {
    static const Owned<EVP_PKEY> key(EVP_RSA_gen(2048));
    return key.get();
}

inline Owned<X509> certificate_for(EVP_PKEY* key, std::string_view from = "2026-01-01T00:00:00Z",
                                   std::string_view until = "2027-01-01T00:00:00Z") {
    Owned<X509> certificate(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()),
                  parse_iso_instant(from).value().at.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()),
                  parse_iso_instant(until).value().at.time_since_epoch().count());
    X509_set_pubkey(certificate.get(), key);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

inline std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

inline std::string pem_of(X509* certificate) {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

// PKCS#8; encrypted if there is a passphrase.
inline std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    std::string word = passphrase != nullptr ? passphrase : "";
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key,
                                  passphrase != nullptr ? EVP_aes_256_cbc() : nullptr, word.data(),
                                  static_cast<int>(word.size()), nullptr, nullptr);
    return text_of(bio.get());
}

inline std::string pfx_of(EVP_PKEY* key, X509* certificate, const char* passphrase) {
    const Owned<PKCS12> pfx(PKCS12_create(passphrase, "contoso", key, certificate, nullptr,
                                          NID_aes_256_cbc, NID_aes_256_cbc, 0, 0, 0));
    const Owned<BIO> bio(BIO_new(BIO_s_mem()));
    i2d_PKCS12_bio(bio.get(), pfx.get());
    return text_of(bio.get());
}

// PS256 with exactly this salt length.
inline bool verifies(EVP_PKEY* key, std::string_view text, std::string_view signature, int salt) {
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key);
    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

// Independent of the code under test: by table position.
inline std::string from_base64url(std::string_view text) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string bytes;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = digits.find(c);
        REQUIRE(value != std::string::npos);
        bits = (bits << 6U) | static_cast<unsigned>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 255U);
        }
    }
    return bytes;
}

// --- files --------------------------------------------------------------------------------------

class TemporaryFolder {
public:
    TemporaryFolder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        for (const std::string& file : files_) ::unlink(file.c_str());
        ::rmdir(path_.c_str());
    }
    std::string write(const std::string& name, const std::string& content, mode_t mode = 0600) {
        const std::string path = path_ + '/' + name;
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
        files_.push_back(path);
        return path;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/smtpaudit-auth-XXXXXX";
    std::vector<std::string> files_;
};

}  // namespace smtpaudit::test
