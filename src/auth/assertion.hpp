// The signed statement by which an application with a certificate proves who it is (RFC 7523;
// facts/graph.md 5.2).
#pragma once

#include "auth/crypto.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <string_view>

namespace smtpaudit {

// A JWT: {"alg":"PS256","typ":"JWT","x5t#S256":…}, {aud, iss = sub = client id, jti, nbf, iat, exp}.
// `audience` is the token URL. It is good for 10 minutes in all, from one minute ago (a clock that
// runs a little ahead is common) until nine minutes from now. The jti is a new UUID at every call,
// so make one for each request.
Result<Secret> make_assertion(const SigningCertificate& certificate, std::string_view audience,
                              std::string_view client_id, UtcTime now, Random& random);

}  // namespace smtpaudit
