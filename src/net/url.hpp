// URLs, strictly: what this parser takes, libcurl reads in the same way (RFC 3986).
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace smtpaudit {

struct Url {
    std::string scheme;  // lower case
    std::optional<std::string> userinfo;  // "" for "https://@host"; a secret may be in it
    std::string host;  // lower case; IPv6 with its brackets
    std::optional<std::uint16_t> port;
    std::string path;  // begins with '/'
    std::optional<std::string> query;  // without its '?'

    // 443 for https, 80 for http, where the URL names none; 0 for another scheme.
    std::uint16_t port_or_default() const;
    // "graph.microsoft.com", with the port where it is not the scheme's own. For messages.
    std::string place() const;
};

// Absolute URLs with a host only. nullopt: a space, a control or non-ASCII byte, a backslash, a
// fragment, an empty or odd host (anything but letters, digits, '.', '-', '_', or [IPv6]; a number
// that is no IPv4 address in its usual form), an empty or impossible port: the shapes that two
// parsers read in two ways.
std::optional<Url> parse_url(std::string_view text);

// scheme://host/path for messages and traces: no userinfo, no query (skip tokens, filters that name
// people). "(unreadable URL)" for what parse_url refuses.
std::string redacted(std::string_view url);

// Everything but RFC 3986 unreserved as %XX. For one value of a query or a form.
std::string percent_encode(std::string_view value);
// "a=1&b=2" with the values encoded; the names ("$filter") are ours and stay as they are.
using QueryPairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string form_encode(QueryPairs pairs);

// An opaque link made sendable: bytes that no URL may hold (spaces, quotes, controls, non-ASCII, a
// '%' without two hex digits) become %XX, all else stays byte for byte (facts/graph.md 6, paging).
// Brackets stay: they are legal in a host, and servers take them in a query.
std::string encode_illegal(std::string_view link);

// Where the next page may lie. Exchange moves a client to "<prefix>.outlook.office365.com"
// (facts/exchange.md 3.1).
enum class LinkHosts : std::uint8_t { same, same_or_below };

// The URL to ask for after `request_url` gave `next_link`: encode_illegal of it, if it is https, has
// an allowed host (no trailing dot, no userinfo, the default port), the same first path segment
// ("v1.0", "beta") and no dot segments (facts/graph.md 6). Otherwise Errc::service says why, and
// nothing may be sent there.
Result<std::string> follow_link(std::string_view request_url, std::string_view next_link,
                                LinkHosts hosts = LinkHosts::same);

}  // namespace smtpaudit
