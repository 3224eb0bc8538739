#include "fake_tenant/assertion.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/tls.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

// A part of the token as an object; null if it is none.
json part(std::string_view text) {
    const auto bytes = from_base64url(text);
    json object = json::parse(bytes.value_or(""), nullptr, false);
    return object.is_object() ? object : json();
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

tl::unexpected<AssertionFault> refuse(int aadsts, std::string message) {
    return tl::unexpected(AssertionFault{aadsts, std::move(message)});
}

}  // namespace

tl::expected<std::string, AssertionFault> verify_assertion(const std::string& assertion,
                                                           const AssertionCheck& check) {
    const auto parts = split(assertion, '.');
    if (parts.size() != 3) return refuse(50027, "JWT token is invalid or malformed.");
    const json header = part(parts[0]);
    const json claims = part(parts[1]);
    const auto signature = from_base64url(parts[2]);
    if (header.is_null() || claims.is_null() || !signature)
        return refuse(50027, "JWT token is invalid or malformed.");

    if (text_of(header, "alg") != "PS256" || text_of(header, "typ") != "JWT")
        return refuse(5002738, "The header must have alg PS256 and typ JWT.");
    std::string certificate;
    for (const std::string& known : check.certificates)
        if (const auto print = certificate_thumbprint(known);
            !print.empty() && print == text_of(header, "x5t#S256"))
            certificate = known;
    if (certificate.empty()) return refuse(700027, "");
    const auto signed_size = parts[0].size() + 1 + parts[1].size();
    if (!verify_ps256(certificate, std::string_view(assertion).substr(0, signed_size), *signature))
        return refuse(700027, "");

    if (text_of(claims, "aud") != check.token_url)
        return refuse(700023, "Client assertion audience claim does not match the token endpoint.");
    if (text_of(claims, "iss") != check.client_id || text_of(claims, "sub") != check.client_id)
        return refuse(700021, "Client assertion issuer or subject is not the client.");
    const std::int64_t now = check.now.time_since_epoch().count();
    const std::int64_t expires = number_of(claims, "exp");
    constexpr std::int64_t k_skew = 300;
    constexpr std::int64_t k_longest = 600;
    if (expires + k_skew < now || number_of(claims, "nbf") > now + k_skew)
        return refuse(700024, "");
    if (expires - number_of(claims, "nbf") > k_longest)
        return refuse(700024, "Client assertion is valid for more than 10 minutes.");
    const std::string id = text_of(claims, "jti");
    if (id.empty()) return refuse(50027, "Client assertion has no jti.");
    return id;
}

}  // namespace smtpaudit::fake
