// The real network: libcurl behind the HttpClient seam. The only place that knows curl.
#pragma once

#include "base/secret.hpp"
#include "net/http.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace smtpaudit {

// libcurl reads no environment and no file of its own here: what is empty is off.
struct CurlSettings {
    std::string user_agent;  // "smtpaudit/0.1.0"
    // The proxy for all hosts, "http://user:password@proxy:8080", also https, socks5, socks5h;
    // without a scheme http. Empty: none. A Secret, since a password may be in it.
    Secret proxy;
    // Hosts that go past the proxy, as in NO_PROXY: "localhost,.contoso.com,203.0.113.0/24", "*".
    std::string no_proxy;
    // A PEM file that replaces the system's certificate authorities. Empty: the system's.
    std::string ca_bundle;
    std::chrono::milliseconds connect_timeout{10'000};
    // An answer that has begun and then brings no byte for so long has failed. Before its first
    // byte only the request's total time-out counts: a long query may be silent for a minute.
    std::chrono::milliseconds stall_timeout{30'000};
    // Plain http, to a loopback or link-local address alone: managed identity endpoints have no TLS
    // (facts/graph.md 5.4). For no other client.
    bool allow_plain_http = false;

    // For tests in process, which use production URLs; no option of the program fills these.
    std::string ca_blob;  // PEM text in place of the system's authorities
    std::vector<std::string> connect_to;  // "graph.microsoft.com:443:127.0.0.1:8443"
};

// https only, TLS 1.2 or better, peer and host always verified, no redirect followed, HTTP/2 where
// offered, gzip, the body counted after unpacking, connections kept and reused; after a 503 new ones
// (facts/graph.md 6). Each concurrent call has a connection of its own. A stop ends a transfer at
// once. Header copies are wiped after use; the request itself is the caller's to wipe.
class CurlHttp final : public HttpClient {
public:
    // Errc::usage: the proxy is no address (it is not quoted). Errc::input: the CA bundle cannot be
    // opened. Errc::service: libcurl cannot start.
    static Result<std::unique_ptr<CurlHttp>> create(CurlSettings settings);
    ~CurlHttp() override;
    HttpResult send(const HttpRequest& request, std::stop_token stop) override;

private:
    struct State;
    explicit CurlHttp(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace smtpaudit
