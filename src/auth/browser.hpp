// Sign-in of a person in the browser: authorization code with PKCE, coming back to a port of
// 127.0.0.1 (RFC 7636, RFC 8252; facts/graph.md 5.6).
#pragma once

#include "auth/delegated.hpp"
#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <functional>
#include <memory>
#include <string>

namespace smtpaudit {

// Starts a browser and comes back at once; true if one was started. May be empty.
using OpenUrl = std::function<bool(const std::string& url)>;

// The address is always told as well: the browser may be on another screen, or there is none.
// A sign-in that nobody finishes ends after five minutes, or at once with the stop token.
std::unique_ptr<TokenSource> browser_source(const SignInContext& context, AppIdentity identity,
                                            Tell tell, OpenUrl open_url);

}  // namespace smtpaudit
