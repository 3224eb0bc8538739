// Sign-in of a person on another device, with a short code (RFC 8628; facts/graph.md 5.5). Only
// when asked for: many tenants block it, because phishers like it too.
#pragma once

#include "auth/delegated.hpp"
#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <memory>

namespace smtpaudit {

std::unique_ptr<TokenSource> device_code_source(const SignInContext& context, AppIdentity identity,
                                                Tell tell);

}  // namespace smtpaudit
