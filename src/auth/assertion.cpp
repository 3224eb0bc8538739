#include "auth/assertion.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::chrono::minutes k_lifetime{10};
constexpr std::chrono::minutes k_backdated{1};

// Audience and client id were checked to be ASCII, but a dump must never throw.
std::string encoded(const nlohmann::ordered_json& object) {
    return base64url(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

Result<Secret> make_assertion(const SigningCertificate& certificate, std::string_view audience,
                              std::string_view client_id, UtcTime now, Random& random) {
    const UtcTime from = now - k_backdated;
    const nlohmann::ordered_json header = {
        {"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", certificate.thumbprint()}};
    const nlohmann::ordered_json claims = {{"aud", audience},
                                           {"iss", client_id},
                                           {"sub", client_id},
                                           {"jti", random_uuid(random)},
                                           {"nbf", from.time_since_epoch().count()},
                                           {"iat", now.time_since_epoch().count()},
                                           {"exp", (from + k_lifetime).time_since_epoch().count()}};
    std::string assertion = encoded(header) + '.' + encoded(claims);
    SA_TRY(const std::string signature, certificate.sign_ps256(assertion));
    assertion += '.';
    assertion += base64url(signature);
    return Secret(std::move(assertion));
}

}  // namespace smtpaudit
