// Small encodings of the web: percent, base64url, forms, HTTP dates, digests.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit::fake {

std::string percent_decode(std::string_view text, bool plus_is_space);
// Everything but unreserved characters (RFC 3986 2.3) and those in `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");
// A query or a form as names and values; the first of a repeated name wins.
std::map<std::string, std::string> parse_form(std::string_view text);

std::string base64url(std::string_view bytes);  // without padding
std::optional<std::string> from_base64url(std::string_view text);
std::string from_base64(std::string_view text);  // padded alphabet; "" when it is not one

std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string sha256_hex(std::string_view bytes);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7)
std::string http_date(UtcTime at);

// A number that looks random and depends on its arguments alone (splitmix64).
std::uint64_t scramble(std::uint64_t a, std::uint64_t b = 0);
// A UUID made of two such numbers.
std::string uuid_of(std::uint64_t a, std::uint64_t b);
// The text as a JSON string, with its quotes.
std::string json_string(std::string_view text);

}  // namespace smtpaudit::fake
