// Keys and certificates: a file that is taken can sign, and one that is not says why.
#include "fuzz/fuzz.hpp"

#include "auth/crypto.hpp"

namespace smtpaudit::fuzz {
namespace {

void check(std::string_view bytes, const char* passphrase) {
    const auto loaded = load_certificate(bytes, Secret(std::string(passphrase)), "key.pem");
    if (!loaded) return require_message(loaded.error().message);
    require(loaded->thumbprint().size() == 43, "a thumbprint is a SHA-256");
    (void)loaded->not_before();
    (void)loaded->not_after();
    // A key whose numbers do not fit together fails here, as an error.
    const auto signature = loaded->sign_ps256("header.claims");
    if (!signature) return require_message(signature.error().message);
    require(signature->size() >= 256, "a signature is as long as its key");
}

}  // namespace

void keys(std::string_view bytes) {
    check(bytes, "");
    check(bytes, "secret");
}

}  // namespace smtpaudit::fuzz
