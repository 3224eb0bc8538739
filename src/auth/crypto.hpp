// The only door to OpenSSL for keys and signatures: RSA certificates, PS256, base64url.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace smtpaudit {

// An RSA key and the certificate that it belongs to. Thread-safe.
class SigningCertificate {
public:
    SigningCertificate(SigningCertificate&&) noexcept;
    SigningCertificate& operator=(SigningCertificate&&) noexcept;
    ~SigningCertificate();

    // x5t#S256: base64url of SHA-256 over the certificate's DER form (RFC 7515 4.1.8).
    std::string thumbprint() const;
    UtcTime not_before() const;
    UtcTime not_after() const;
    // RSASSA-PSS with SHA-256, MGF1 SHA-256 and a salt of 32 bytes (RFC 7518 3.5); raw bytes.
    Result<std::string> sign_ps256(std::string_view text) const;

private:
    struct State;
    explicit SigningCertificate(std::unique_ptr<State> state);
    friend Result<SigningCertificate> load_certificate(std::string_view, const Secret&,
                                                       const std::string&);
    std::unique_ptr<State> state_;
};

// `content` is PEM (certificates and one key, PKCS#8 or PKCS#1, encrypted or not, in any order) or
// PFX (PKCS#12). `name` is for messages. Errc::input: neither of the two, a wrong or missing
// passphrase, no key, a key that is not RSA of 2048 bits or more, a key of another certificate.
Result<SigningCertificate> load_certificate(std::string_view content, const Secret& passphrase,
                                            const std::string& name);

std::string sha256_bytes(std::string_view text);  // 32 raw bytes
std::string base64url(std::string_view bytes);  // RFC 4648 5, without padding

}  // namespace smtpaudit
