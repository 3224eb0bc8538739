#include "net/send_rules.hpp"

#include "base/ip.hpp"
#include "base/secret.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {

bool is_local_host(std::string_view host) {
    if (host == "localhost") return true;
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    const auto address = parse_ip(host);
    if (!address) return false;
    constexpr std::array<std::string_view, 4> k_local = {"127.0.0.0/8", "169.254.0.0/16", "::1",
                                                         "fe80::/10"};
    return std::any_of(k_local.begin(), k_local.end(), [&](std::string_view text) {
        const auto range = parse_ip_range(text);
        return range && range->contains(*address);
    });
}

std::string_view why_not_send(const HttpRequest& request, const std::optional<Url>& url,
                              bool allow_plain_http) {
    if (!url) return "the URL is unreadable";
    if (url->userinfo) return "a user name in the URL is not allowed";
    const bool plain = allow_plain_http && url->scheme == "http" && is_local_host(url->host);
    if (url->scheme != "https" && !plain) return "only https is allowed";
    const auto breaks = [](const std::string& text) {
        return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
    };
    for (const HttpHeader& header : request.headers)
        if (header.name.empty() || breaks(header.name) || breaks(header.value) ||
            header.name.find(':') != std::string::npos)
            return "a header has a line break, or a name that is none";
    return {};
}

std::optional<std::string> tidy_proxy(std::string& proxy) {
    if (proxy.find("://") == std::string::npos) {
        Secret with_scheme("http://" + proxy);  // a longer text in a new place: wipe the old one
        wipe(proxy);
        proxy = with_scheme.reveal();
    }
    auto url = parse_url(proxy);
    if (url && url->userinfo) wipe(*url->userinfo);
    constexpr std::array<std::string_view, 4> k_schemes = {"http", "https", "socks5", "socks5h"};
    if (!url || std::find(k_schemes.begin(), k_schemes.end(), url->scheme) == k_schemes.end())
        return std::nullopt;
    return url->port ? fmt::format("{}:{}", url->host, *url->port) : url->host;
}

std::string certificate_reason(long verify_result, std::string_view whose) {
    // openssl/x509_vfy.h. libcurl 7.88 leaves "unspecified" behind when the chain was good and its
    // own comparison of the name failed.
    constexpr long k_good = 0, k_unspecified = 1, k_not_yet_valid = 9, k_expired = 10,
                   k_other_name = 62;
    switch (verify_result) {
        case k_good:
        case k_unspecified:
        case k_other_name:
            return fmt::format(
                "{} certificate is for another name; something in between answers "
                "in its place",
                whose);
        case k_expired:
            return fmt::format("{} certificate has expired; check this machine's clock too", whose);
        case k_not_yet_valid:
            return fmt::format("{} certificate is not yet valid; check this machine's clock too",
                               whose);
        default:
            return fmt::format(
                "{} certificate is not trusted; behind a TLS-inspecting proxy name "
                "its authority with --ca-bundle FILE",
                whose);
    }
}

}  // namespace smtpaudit
