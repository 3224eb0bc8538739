// Raw libcurl for the fake tenant's own tests: what a client sees, without the product's client.
#pragma once

#include "fake_tenant/fake_tenant.hpp"

#include <curl/curl.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace smtpaudit::fake {

struct Seen {
    CURLcode code = CURLE_OK;
    long status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    std::size_t bytes = 0;  // after decompression, also those over the cap
};

// One handle that keeps its connections. `by_proxy`: through CONNECT instead of CONNECT_TO.
class Probe {
public:
    explicit Probe(const FakeTenant& tenant, bool by_proxy = false);
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    Seen get(const std::string& url, const std::vector<std::string>& headers = {});
    Seen post(const std::string& url, const std::string& form);
    // GET with this bearer token.
    Seen ask(const std::string& url);
    // A new token by the demo secret; kept for ask(). Fails the test if it is refused.
    std::string sign_in(const std::string& resource = "https://graph.microsoft.com");

    std::string token;
    std::string proxy_credentials;
    std::size_t cap = std::size_t{64} << 20U;  // a body over it is given up
    long timeout_ms = 20000;
    long tls_least = CURL_SSLVERSION_DEFAULT;
    std::string ciphers;
    bool trust = true;  // false: without the tenant's authority

private:
    Seen send(const std::string& url, const std::vector<std::string>& headers, const char* form);
    const FakeTenant& tenant_;
    bool by_proxy_;
    CURL* handle_;
};

inline constexpr const char* k_app = "a0a0a0a0-1111-4222-8333-555555555555";
inline constexpr const char* k_token_url =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";
inline constexpr const char* k_sign_ins = "https://graph.microsoft.com/beta/auditLogs/signIns";

// The repository's contoso.json, a week of it with a fixed end: every run has the same rows.
TenantSpec contoso();

// All rows of a list, following its links; ids in order, so that loss and repetition show.
struct Pulled {
    std::vector<std::string> ids;
    std::vector<std::size_t> page_sizes;
    std::vector<std::string> links;
};
Pulled pull(Probe& probe, std::string url, std::size_t max_pages = 100);

}  // namespace smtpaudit::fake
