// URLs: what we take, libcurl reads in the same way, and no link leads to another host.
#include "fuzz/fuzz.hpp"

#include "base/ip.hpp"
#include "base/text.hpp"
#include "net/paging.hpp"
#include "net/send_rules.hpp"
#include "net/url.hpp"

#include <curl/curl.h>
#include <memory>

namespace smtpaudit::fuzz {
namespace {

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::optional<std::string> part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return std::nullopt;
    std::string out(text);
    curl_free(text);
    return out;
}

// Against libcurl, which is what sends the request.
void check_reading(const std::string& text) {
    const auto ours = parse_url(text);
    if (!ours) {
        require(redacted(text) == "(unreadable URL)", "what is unreadable is not shown");
        return;
    }
    require(is_safe_text(redacted(text), false), "a shown URL is printable");
    require(redacted(text).find('?') == std::string::npos, "a shown URL has no query");
    require(ours->path.starts_with('/'), "a path begins with a slash");
    if (ours->scheme != "https" && ours->scheme != "http") return;
    const std::unique_ptr<CURLU, FreeUrl> theirs(curl_url());
    // What libcurl refuses is never sent.
    if (curl_url_set(theirs.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return;
    const auto host = part(theirs.get(), CURLUPART_HOST);
    // libcurl shortens IPv6 addresses.
    const bool is_v6 = ours->host.starts_with('[');
    require(host && (is_v6 ? parse_ip(*host + ":1") == parse_ip(ours->host + ":1")
                           : ascii_lower(*host) == ours->host),
            "libcurl goes to the host that was checked", text);
    require(part(theirs.get(), CURLUPART_SCHEME) == ours->scheme, "libcurl takes the scheme", text);
    const auto port = part(theirs.get(), CURLUPART_PORT);
    require(port ? ours->port && *port == std::to_string(*ours->port) : !ours->port,
            "libcurl takes the port", text);
    require(part(theirs.get(), CURLUPART_USER).has_value() <= ours->userinfo.has_value(),
            "libcurl sees no user name that we do not see", text);
}

void check_link(const std::string& from, const std::string& link, LinkHosts hosts) {
    const std::string legal = encode_illegal(link);
    require(encode_illegal(legal) == legal, "an encoded link stays as it is", legal);
    const auto followed = follow_link(from, link, hosts);
    if (!followed) return require_message(followed.error().message);
    require(*followed == legal, "a link is sent as it came");
    check_reading(*followed);
    const auto to = parse_url(*followed);
    const auto base = parse_url(from);
    require(to && base && to->scheme == "https" && !to->userinfo, "a link is plain https");
    require(to->port_or_default() == base->port_or_default(), "a link keeps the port");
    require(to->host == base->host ||
                (hosts == LinkHosts::same_or_below && to->host.ends_with("." + base->host)),
            "a link keeps the host", *followed);
    HttpRequest request;
    request.url = *followed;
    (void)why_not_send(request, to, false);
}

void check_walk(const std::string& first, std::string_view links) {
    NextLinkGuard guard(first, 8);
    for (const std::string_view link : split(links, '\n'))
        if (const auto next = guard.next(link); !next) require_message(next.error().message);
    require(guard.pages() <= 9, "a walk has an end");
}

}  // namespace

void urls(std::string_view bytes) {
    // libcurl takes a C string.
    const std::string text(bytes.substr(0, bytes.find('\0')));
    check_reading(text);
    check_reading("https://" + text);
    for (const LinkHosts hosts : {LinkHosts::same, LinkHosts::same_or_below}) {
        check_link("https://graph.microsoft.com/v1.0/auditLogs/signIns", text, hosts);
        check_link("https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com" + text,
                   hosts);
    }
    check_walk("https://graph.microsoft.com/v1.0/users", bytes);
    std::string proxy = text;
    if (const auto shown = tidy_proxy(proxy))
        require(is_safe_text(*shown, false), "a shown proxy is printable", *shown);
    const std::string encoded = percent_encode(bytes);
    require(is_safe_text(encoded, false) && encoded.find_first_of("&=?#/ ") == std::string::npos,
            "an encoded value stays one value");
}

}  // namespace smtpaudit::fuzz
