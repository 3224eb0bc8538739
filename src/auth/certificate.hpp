// Sign-in of an application with a certificate (facts/graph.md 5.2).
#pragma once

#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <memory>
#include <string>

namespace smtpaudit {

// Reads the certificate and its key (PEM or PFX) now, so that whatever is wrong with them shows
// before any request: read_private_file and load_certificate say what (Errc::input); a certificate
// that has expired or is not valid yet is Errc::sign_in. The passphrase is not kept.
Result<std::unique_ptr<TokenSource>> certificate_source(const SignInContext& context,
                                                        AppIdentity identity,
                                                        const std::string& path,
                                                        const Secret& passphrase);

}  // namespace smtpaudit
