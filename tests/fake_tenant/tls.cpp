#include "fake_tenant/tls.hpp"

#include "fake_tenant/codec.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace smtpaudit::fake {

namespace {

template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

Key make_key() { return Key(EVP_EC_gen("P-256")); }

struct Leaf {
    std::string subject;
    std::string alt_names;  // OpenSSL's subjectAltName syntax; empty: an authority
    bool expired = false;
};

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("fake tenant: bad certificate extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// `issuer` null: self-signed.
Certificate make_certificate(const Leaf& leaf, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    const std::string seed = sha256(leaf.subject + (leaf.expired ? "expired" : ""));
    std::uint64_t serial = 1;
    for (std::size_t i = 0; i < 7; ++i) serial = serial * 256 + static_cast<unsigned char>(seed[i]);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
    constexpr long k_day = 86400;
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -k_day * (leaf.expired ? 60 : 2));
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), k_day * (leaf.expired ? -30 : 30));
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(leaf.subject.c_str()), -1, -1,
                               0);
    X509* parent = issuer != nullptr ? issuer : certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent));
    if (leaf.alt_names.empty()) {
        add_extension(certificate.get(), parent, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate.get(), parent, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(certificate.get(), parent, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(certificate.get(), parent, NID_key_usage, "critical,digitalSignature");
        add_extension(certificate.get(), parent, NID_ext_key_usage, "serverAuth");
        add_extension(certificate.get(), parent, NID_subject_alt_name, leaf.alt_names);
    }
    add_extension(certificate.get(), parent, NID_subject_key_identifier, "hash");
    if (X509_sign(certificate.get(), issuer_key != nullptr ? issuer_key : key, EVP_sha256()) == 0)
        throw std::runtime_error("fake tenant: a certificate cannot be signed");
    return certificate;
}

Certificate read_certificate(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

int select_http_1_1(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
    static constexpr unsigned char k_protocol[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, k_protocol, sizeof k_protocol - 1, offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// The host in a client's hello: a list with one entry of type 0 (RFC 6066 3).
std::string named_host(SSL* ssl) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) == 0 || size < 5)
        return "";
    const std::size_t length = data[3] * 256U + data[4];
    if (data[2] != 0 || length + 5 > size) return "";
    return {reinterpret_cast<const char*>(data) + 5, length};
}

struct Handshake {
    Authority* authority;
    const TlsChoice* choose;
    TlsSession* session;
};

int on_client_hello(SSL* ssl, int* alert, void*) {
    const auto* handshake = static_cast<Handshake*>(SSL_get_app_data(ssl));
    TlsSession& session = *handshake->session;
    session.sni = named_host(ssl);
    session.mode = (*handshake->choose)(session.sni);
    *alert = SSL_AD_HANDSHAKE_FAILURE;
    if (session.mode == TlsMode::no_handshake) return SSL_CLIENT_HELLO_ERROR;
    SSL_set_SSL_CTX(ssl, handshake->authority->context(session.sni, session.mode));
    if (session.mode == TlsMode::tls_1_0 || session.mode == TlsMode::tls_1_1) {
        const int version = session.mode == TlsMode::tls_1_0 ? TLS1_VERSION : TLS1_1_VERSION;
        SSL_set_min_proto_version(ssl, version);
        SSL_set_max_proto_version(ssl, version);
        SSL_set_security_level(ssl, 0);
        SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

}  // namespace

struct Authority::Issuer {
    Key key = make_key();
    Certificate certificate;
    explicit Issuer(const std::string& name)
        : certificate(make_certificate({name, "", false}, key.get(), nullptr, nullptr)) {}
};

Authority::Authority()
    : good_(std::make_unique<Issuer>("Fake tenant authority")),
      unknown_(std::make_unique<Issuer>("Authority nobody trusts")) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), good_->certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    pem_.assign(data, static_cast<std::size_t>(size));
}

Authority::~Authority() {
    for (const auto& [key, context] : contexts_) SSL_CTX_free(context);
}

SSL_CTX* Authority::context(const std::string& host, TlsMode mode) {
    const std::lock_guard lock(mutex_);
    SSL_CTX*& context = contexts_[{host, mode}];
    if (context != nullptr) return context;

    const std::string name = host.empty() ? "localhost" : host;
    Leaf leaf{name, host.empty() ? "DNS:localhost,IP:127.0.0.1" : "DNS:" + name, false};
    if (mode == TlsMode::wrong_name) leaf = {"wrong.example", "DNS:wrong.example", false};
    leaf.expired = mode == TlsMode::expired;
    const Issuer& issuer = mode == TlsMode::unknown_ca ? *unknown_ : *good_;
    const Key key = make_key();
    const Certificate certificate =
        make_certificate(leaf, key.get(), issuer.certificate.get(), issuer.key.get());

    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, certificate.get());
    SSL_CTX_use_PrivateKey(context, key.get());
    SSL_CTX_set_alpn_select_cb(context, select_http_1_1, nullptr);
    SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
    // Resumed sessions would skip the certificate that a later rule wants to send.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    return context;
}

TlsSession accept_tls(Authority& authority, int socket, const TlsChoice& choose) {
    TlsSession session;
    session.ssl.reset(SSL_new(authority.context("", TlsMode::good)), SSL_free);
    Handshake handshake{&authority, &choose, &session};
    SSL_set_app_data(session.ssl.get(), &handshake);
    // OpenSSL's default of TLS 1.2 would hide the mode that offers an older one.
    SSL_set_min_proto_version(session.ssl.get(), TLS1_VERSION);
    SSL_set_fd(session.ssl.get(), socket);
    session.done = SSL_accept(session.ssl.get()) == 1;
    session.version = SSL_get_version(session.ssl.get());
    SSL_set_app_data(session.ssl.get(), nullptr);
    ERR_clear_error();
    return session;
}

bool verify_ps256(const std::string& certificate_pem, std::string_view text,
                  std::string_view signature) {
    const Certificate certificate = read_certificate(certificate_pem);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate.get()) : nullptr;
    EVP_PKEY_CTX* options = nullptr;
    const bool ready =
        key != nullptr && EVP_PKEY_is_a(key, "RSA") == 1 &&
        EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    const bool good =
        ready &&
        EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                         text.size()) == 1;
    ERR_clear_error();
    return good;
}

std::string certificate_thumbprint(const std::string& certificate_pem) {
    const Certificate certificate = read_certificate(certificate_pem);
    ERR_clear_error();
    if (!certificate) return "";
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) return "";
    const std::string print =
        base64url(sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)}));
    OPENSSL_free(der);
    return print;
}

}  // namespace smtpaudit::fake
