// What may be sent and through what, and what a refused certificate means: pure parts of curl_http.
#pragma once

#include "net/http.hpp"
#include "net/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

// "localhost", 127.0.0.0/8, ::1, 169.254.0.0/16, fe80::/10: where managed identity endpoints live.
bool is_local_host(std::string_view host);

// Why the request must not be sent; empty: it may. `url` is parse_url of its URL. Plain http only
// where `allow_plain_http`, and only to a local host.
std::string_view why_not_send(const HttpRequest& request, const std::optional<Url>& url,
                              bool allow_plain_http);

// "proxy.contoso.com:8080", for messages, of a proxy address; one without a scheme gets "http://" in
// place. nullopt: not an address, or not http, https, socks5, socks5h.
std::optional<std::string> tidy_proxy(std::string& proxy);

// One line for a certificate that was refused with this X509_V_ERR code of OpenSSL (0 and 1: the
// chain is good, the name is not). `whose` is "its" or "the proxy's".
std::string certificate_reason(long verify_result, std::string_view whose);

}  // namespace smtpaudit
