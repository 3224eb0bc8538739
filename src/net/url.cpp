#include "net/url.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <utility>

namespace smtpaudit {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
    fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
}

bool good_scheme(std::string_view text) {
    return !text.empty() && is_alpha(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

// "0x7f.1", "2130706433" and "0177.0.0.1" are 127.0.0.1 to libcurl, and names to others. A host that
// ends in a number is an IPv4 address as everybody writes it, or nothing.
bool good_numbers(std::string_view host) {
    const auto labels = split(host, '.');
    const auto is_decimal = [](std::string_view label) {
        return !label.empty() && std::all_of(label.begin(), label.end(), is_digit);
    };
    const std::string_view last =
        labels.back().empty() && labels.size() > 1 ? labels[labels.size() - 2] : labels.back();
    const bool is_hex_number =
        equals_ignoring_case(last.substr(0, 2), "0x") &&
        std::all_of(last.begin() + 2, last.end(), [](char c) { return is_hex(c); });
    if (!is_decimal(last) && !is_hex_number) return true;
    return labels.size() == 4 && std::all_of(labels.begin(), labels.end(), [&](auto label) {
               if (!is_decimal(label) || label.size() > 3) return false;
               if (label.size() > 1 && label.front() == '0') return false;
               return label.size() < 3 || label <= "255";
           });
}

bool good_host(std::string_view text) {
    if (text.starts_with('[')) {
        if (text.size() < 4 || text.back() != ']') return false;
        const auto inner = text.substr(1, text.size() - 2);
        return inner.find(':') != std::string_view::npos &&
               std::all_of(inner.begin(), inner.end(),
                           [](char c) { return is_hex(c) || c == ':' || c == '.'; });
    }
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    });
    return !text.empty() && clean && good_numbers(text);
}

// "host", "host:443", "user@host"; false leaves `url` half filled.
bool parse_authority(std::string_view text, Url& url) {
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        url.userinfo = std::string(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    const auto bracket = text.rfind(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto digits = text.substr(colon + 1);
        std::uint16_t port = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return false;
        url.port = port;
        text = text.substr(0, colon);
    }
    url.host = ascii_lower(text);
    return good_host(text);
}

std::string_view first_segment(std::string_view path) {
    path.remove_prefix(1);
    return path.substr(0, path.find('/'));
}

// "." or "..", plain or as %2e: a server may fold them into another version root.
bool has_dot_segment(std::string_view path) {
    for (const auto segment : split(path, '/')) {
        std::string plain;
        for (std::size_t i = 0; i < segment.size(); ++i) {
            const bool dot = equals_ignoring_case(segment.substr(i, 3), "%2e");
            plain += dot ? '.' : segment[i];
            if (dot) i += 2;
        }
        if (plain == "." || plain == "..") return true;
    }
    return false;
}

// Why a link must not be followed; empty: it may.
std::string refusal(const Url& from, const Url& to, LinkHosts hosts) {
    constexpr std::size_t k_columns = 80;
    const auto shown = [](std::string_view text) {
        return cut_to_width(printable(text), k_columns);
    };
    if (to.scheme != "https") return fmt::format("it is {}, not https", shown(to.scheme));
    if (to.userinfo) return fmt::format("it has a user name before its host {}", shown(to.host));
    const bool below = hosts == LinkHosts::same_or_below && to.host.ends_with("." + from.host);
    if (to.host != from.host && !below)
        return fmt::format("it goes to another host, {}", shown(to.host));
    if (to.port_or_default() != from.port_or_default())
        return fmt::format("it goes to another port, {}", to.port_or_default());
    if (has_dot_segment(to.path)) return "its path has dot segments";
    if (first_segment(to.path) != first_segment(from.path))
        return fmt::format("it leaves /{} for /{}", shown(first_segment(from.path)),
                           shown(first_segment(to.path)));
    return {};
}

}  // namespace

std::uint16_t Url::port_or_default() const {
    if (port) return *port;
    if (scheme == "https") return 443;
    return scheme == "http" ? 80 : 0;
}

std::string Url::place() const {
    Url plain;
    plain.scheme = scheme;
    const bool usual = port_or_default() == plain.port_or_default();
    return usual ? host : fmt::format("{}:{}", host, port_or_default());
}

std::optional<Url> parse_url(std::string_view text) {
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7f && c != '\\' && c != '#';
    });
    const auto scheme_end = text.find("://");
    if (!clean || scheme_end == std::string_view::npos) return std::nullopt;
    Url url;
    url.scheme = ascii_lower(text.substr(0, scheme_end));
    if (!good_scheme(url.scheme)) return std::nullopt;
    text.remove_prefix(scheme_end + 3);
    const auto authority_end = std::min(text.find_first_of("/?"), text.size());
    if (!parse_authority(text.substr(0, authority_end), url)) return std::nullopt;
    text.remove_prefix(authority_end);
    if (const auto mark = text.find('?'); mark != std::string_view::npos) {
        url.query = std::string(text.substr(mark + 1));
        text = text.substr(0, mark);
    }
    url.path = text.empty() ? "/" : std::string(text);
    return url;
}

std::string redacted(std::string_view url) {
    const auto parsed = parse_url(url);
    if (!parsed) return "(unreadable URL)";
    return fmt::format("{}://{}{}", parsed->scheme, parsed->place(), parsed->path);
}

std::string percent_encode(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (is_unreserved(c))
            out += c;
        else
            append_encoded(out, c);
    }
    return out;
}

std::string form_encode(QueryPairs pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        out += name;
        out += '=';
        out += percent_encode(value);
    }
    return out;
}

std::string encode_illegal(std::string_view link) {
    constexpr std::string_view k_illegal = "\"<>\\^`{|}";
    std::string out;
    for (std::size_t i = 0; i < link.size(); ++i) {
        const char c = link[i];
        const bool lone_percent =
            c == '%' && !(i + 2 < link.size() && is_hex(link[i + 1]) && is_hex(link[i + 2]));
        if (c <= 0x20 || c >= 0x7f || lone_percent || k_illegal.find(c) != std::string_view::npos)
            append_encoded(out, c);
        else
            out += c;
    }
    return out;
}

Result<std::string> follow_link(std::string_view request_url, std::string_view next_link,
                                LinkHosts hosts) {
    const auto from = parse_url(request_url);
    if (!from) return fail(Errc::service, "next page refused: the request's own URL is unreadable");
    std::string link = encode_illegal(next_link);
    const auto to = parse_url(link);
    const std::string why =
        to ? refusal(*from, *to, hosts) : std::string("it is not an absolute URL");
    if (why.empty()) return link;
    return fail(Errc::service,
                fmt::format("{}: the link to the next page is refused: {}; nothing was sent to it",
                            redacted(request_url), why));
}

}  // namespace smtpaudit
