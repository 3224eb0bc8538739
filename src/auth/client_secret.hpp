// Sign-in of an application with a client secret (facts/graph.md 5.1).
#pragma once

#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <memory>

namespace smtpaudit {

std::unique_ptr<TokenSource> client_secret_source(const SignInContext& context,
                                                  AppIdentity identity, Secret secret);

}  // namespace smtpaudit
