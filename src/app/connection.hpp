// Options, environment and settings file made into how to sign in and how to reach the network.
#pragma once

#include "app/commands.hpp"
#include "auth/all_credentials.hpp"
#include "net/curl_http.hpp"

namespace smtpaudit {

// Flag before environment before settings file. A certificate, secret file or token file that is
// named on the command line decides how to sign in, unless --auth does.
Result<SignInSettings> sign_in_settings(const CommandContext& context);

// The proxy of --proxy, HTTPS_PROXY, ALL_PROXY or the settings file ("none": no proxy, whatever the
// environment says), NO_PROXY, and the authorities of --ca-bundle or SSL_CERT_FILE. A password in
// --proxy or in the settings file is Errc::usage: it may only stand in the environment.
Result<CurlSettings> network_settings_of(const CommandContext& context);

}  // namespace smtpaudit
