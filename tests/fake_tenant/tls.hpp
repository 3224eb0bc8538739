// TLS with an authority made in memory: a leaf for whatever host the client names, and bad ones.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

using SSL_CTX = struct ssl_ctx_st;
using SSL = struct ssl_st;

namespace smtpaudit::fake {

// How a connection is secured; everything but `good` must be refused by a client.
enum class TlsMode : std::uint8_t {
    good,
    unknown_ca,
    wrong_name,
    expired,
    tls_1_0,  // this version and no other
    tls_1_1,
    no_handshake,  // closes after the client's hello
};

class Authority {
public:
    Authority();
    ~Authority();
    // The certificate of the good authority.
    const std::string& pem() const { return pem_; }
    // A context with a leaf for the host, made once. Owned by the authority.
    SSL_CTX* context(const std::string& host, TlsMode mode);

private:
    struct Issuer;
    std::unique_ptr<Issuer> good_, unknown_;
    std::string pem_;
    std::mutex mutex_;
    std::map<std::pair<std::string, TlsMode>, SSL_CTX*> contexts_;
};

// Asked when the client has named its host (SNI; "" without), before the certificate is sent.
using TlsChoice = std::function<TlsMode(const std::string& host)>;

struct TlsSession {
    std::shared_ptr<SSL> ssl;
    std::string sni;
    std::string version;  // "TLSv1.3"
    TlsMode mode = TlsMode::good;
    bool done = false;  // the handshake ended well
};
// Runs the server's side of the handshake on a connected socket.
TlsSession accept_tls(Authority& authority, int socket, const TlsChoice& choose);

// True if `signature` is PS256 (salt = digest length) over `text` by the certificate's key.
bool verify_ps256(const std::string& certificate_pem, std::string_view text,
                  std::string_view signature);
// base64url of SHA-256 over the DER form; "" if it is not a certificate.
std::string certificate_thumbprint(const std::string& certificate_pem);

}  // namespace smtpaudit::fake
