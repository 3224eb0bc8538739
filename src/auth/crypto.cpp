#include "auth/crypto.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <limits>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Pfx = std::unique_ptr<PKCS12, Freer<PKCS12_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

void free_chain(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }
using Chain = std::unique_ptr<STACK_OF(X509), Freer<free_chain>>;

constexpr int k_least_bits = 2048;
constexpr std::string_view k_passphrase_hint =
    "put its passphrase into AZURE_CLIENT_CERTIFICATE_PASSWORD";

struct Loaded {
    Key key;
    std::vector<Certificate> certificates;
};

// OpenSSL keeps its errors for the thread; what one call left must not confuse the next. Its texts
// are not passed on: they speak of ASN.1, not of what to do.
struct CleanErrors {
    CleanErrors() { ERR_clear_error(); }
    CleanErrors(const CleanErrors&) = delete;
    CleanErrors& operator=(const CleanErrors&) = delete;
    ~CleanErrors() { ERR_clear_error(); }
};

Bio memory_bio(std::string_view content) {
    return Bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

struct PassphraseAsked {
    const Secret& passphrase;
    bool asked = false;
};

// The callback of pem_password_cb; without it OpenSSL would ask on the terminal.
int give_passphrase(char* room, int size, int /*writing*/, void* user) {
    auto& asked = *static_cast<PassphraseAsked*>(user);
    asked.asked = true;
    const std::string_view text = asked.passphrase.reveal();
    if (text.empty() || size < 0 || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(room, text.data(), text.size());
    return static_cast<int>(text.size());
}

Result<Loaded> read_pem(std::string_view content, const Secret& passphrase,
                        const std::string& name) {
    Loaded loaded;
    PassphraseAsked asked{passphrase};
    const Bio key_text = memory_bio(content);
    loaded.key.reset(PEM_read_bio_PrivateKey(key_text.get(), nullptr, give_passphrase, &asked));
    if (!loaded.key) {
        if (asked.asked && passphrase.empty())
            return fail(Errc::input,
                        fmt::format("{}: the key is encrypted; {}", name, k_passphrase_hint));
        if (asked.asked)
            return fail(Errc::input,
                        fmt::format("{}: the key cannot be decrypted; check the passphrase in "
                                    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                                    name));
        return fail(Errc::input,
                    fmt::format("{}: holds no readable private key; put the certificate and its "
                                "key into one PEM file, or give the PFX",
                                name));
    }
    const Bio certificate_text = memory_bio(content);
    PassphraseAsked none{passphrase};
    while (X509* next = PEM_read_bio_X509(certificate_text.get(), nullptr, give_passphrase, &none))
        loaded.certificates.emplace_back(next);
    return loaded;
}

Result<Loaded> read_pfx(std::string_view content, const Secret& passphrase,
                        const std::string& name) {
    const Bio bytes = memory_bio(content);
    const Pfx pfx(d2i_PKCS12_bio(bytes.get(), nullptr));
    if (!pfx)
        return fail(Errc::input,
                    fmt::format("{}: is neither PEM nor PFX; give the certificate with its private "
                                "key as .pem or .pfx",
                                name));
    const std::string_view text = passphrase.reveal();
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return fail(Errc::input, fmt::format("{}: the passphrase is too long", name));
    // Secret's text comes from a std::string, so a NUL follows it. No passphrase is "" to some
    // writers and none at all to others; PKCS12_parse tries both for nullptr.
    const char* word = text.empty() ? nullptr : text.data();
    const bool has_mac = PKCS12_mac_present(pfx.get()) == 1;
    const bool opens = !has_mac ||
                       PKCS12_verify_mac(pfx.get(), word, static_cast<int>(text.size())) == 1 ||
                       (word == nullptr && PKCS12_verify_mac(pfx.get(), "", 0) == 1);
    if (!opens && text.empty())
        return fail(Errc::input,
                    fmt::format("{}: the PFX is encrypted; {}", name, k_passphrase_hint));
    if (!opens)
        return fail(Errc::input, fmt::format("{}: the PFX does not open with the passphrase in "
                                             "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                                             name));
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    const int parsed = PKCS12_parse(pfx.get(), word, &key, &certificate, &others);
    Loaded loaded;
    loaded.key.reset(key);
    if (certificate != nullptr) loaded.certificates.emplace_back(certificate);
    const Chain chain(others);
    // The passphrase is right, so what failed is the encryption: OpenSSL 3 has no RC2 any more.
    if (parsed != 1)
        return fail(Errc::input,
                    fmt::format("{}: the PFX opens, but its encryption is too old or broken; "
                                "export it again with AES-256, or convert it with openssl pkcs12 "
                                "-legacy -in old.pfx -out new.pem",
                                name));
    if (!loaded.key) return fail(Errc::input, fmt::format("{}: holds no private key", name));
    for (int i = 0; chain && i < sk_X509_num(chain.get()); ++i) {
        X509* other = sk_X509_value(chain.get(), i);
        if (X509_up_ref(other) == 1) loaded.certificates.emplace_back(other);
    }
    return loaded;
}

Result<void> check_key(const EVP_PKEY* key, const std::string& name) {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        return fail(Errc::input,
                    fmt::format("{}: the key is not RSA; the identity platform takes assertions "
                                "from RSA certificates only, so make one with RSA 2048 or more",
                                name));
    if (EVP_PKEY_get_bits(key) < k_least_bits)
        return fail(Errc::input, fmt::format("{}: the RSA key has {} bits; {} are needed", name,
                                             EVP_PKEY_get_bits(key), k_least_bits));
    return {};
}

UtcTime to_utc(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return UtcTime{};
    return UtcTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

struct SigningCertificate::State {
    Key key;
    Certificate certificate;
};

SigningCertificate::SigningCertificate(std::unique_ptr<State> state) : state_(std::move(state)) {}
SigningCertificate::SigningCertificate(SigningCertificate&&) noexcept = default;
SigningCertificate& SigningCertificate::operator=(SigningCertificate&&) noexcept = default;
SigningCertificate::~SigningCertificate() = default;

std::string SigningCertificate::thumbprint() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(state_->certificate.get(), EVP_sha256(), digest.data(), &size);
    return base64url(std::string(digest.begin(), digest.begin() + size));
}

UtcTime SigningCertificate::not_before() const {
    return to_utc(X509_get0_notBefore(state_->certificate.get()));
}

UtcTime SigningCertificate::not_after() const {
    return to_utc(X509_get0_notAfter(state_->certificate.get()));
}

Result<std::string> SigningCertificate::sign_ps256(std::string_view text) const {
    const CleanErrors clean;
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // owned by the context
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    std::string signature;
    // PSS signs with the longest salt by default; the platform wants the digest's length.
    const bool ready = context &&
                       EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr,
                                          state_->key.get()) == 1 &&
                       EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
                       EVP_PKEY_CTX_set_rsa_mgf1_md(options, EVP_sha256()) == 1 &&
                       EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
    if (ready) {
        signature.resize(size);
        if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           bytes, text.size()) == 1) {
            signature.resize(size);
            return signature;
        }
    }
    return fail(Errc::sign_in, "the certificate's key could not sign; check that the key is whole");
}

Result<SigningCertificate> load_certificate(std::string_view content, const Secret& passphrase,
                                            const std::string& name) {
    const CleanErrors clean;
    if (content.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return fail(Errc::input, fmt::format("{}: is too large for a certificate", name));
    const bool is_pem = content.find("-----BEGIN ") != std::string_view::npos;
    SA_TRY(Loaded loaded,
           is_pem ? read_pem(content, passphrase, name) : read_pfx(content, passphrase, name));
    SA_CHECK(check_key(loaded.key.get(), name));
    if (loaded.certificates.empty())
        return fail(
            Errc::input,
            fmt::format("{}: holds a key but no certificate; put both into one file", name));
    // A chain may stand in any order: the certificate is the one that the key belongs to.
    const auto own =
        std::find_if(loaded.certificates.begin(), loaded.certificates.end(),
                     [&](const Certificate& certificate) {
                         return X509_check_private_key(certificate.get(), loaded.key.get()) == 1;
                     });
    if (own == loaded.certificates.end())
        return fail(Errc::input,
                    fmt::format("{}: the private key does not belong to the certificate; put the "
                                "key that the certificate was made from into the file",
                                name));
    auto state = std::make_unique<SigningCertificate::State>();
    state->certificate = std::move(*own);
    state->key = std::move(loaded.key);
    return SigningCertificate(std::move(state));
}

std::string sha256_bytes(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {digest.begin(), digest.begin() + size};
}

std::string base64url(std::string_view bytes) {
    constexpr std::string_view k_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 3);
    unsigned bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6) text += k_digits[(bits >> (count - 6)) & 63U];
    }
    if (count > 0) text += k_digits[(bits << (6 - count)) & 63U];
    return text;
}

}  // namespace smtpaudit
