#include "auth/sign_in_errors.hpp"

#include "auth/json_reply.hpp"
#include "base/text.hpp"
#include "net/retry_after.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace smtpaudit {
namespace {

struct CodeHint {
    long long code;
    std::string_view hint;
};

// facts/graph.md 5.8 and Microsoft's reference of error codes. Sorted by number.
constexpr CodeHint k_code_hints[] = {
    {50011,
     "the redirect address is not registered; add http://localhost under \"Mobile and "
     "desktop applications\" of the app registration"},
    {50020, "this user belongs to another tenant; sign in with an account of the tenant to audit"},
    {50034, "the tenant has no such user"},
    {50053, "the account is locked after too many attempts"},
    {50057, "the user account is disabled"},
    {50076,
     "multi-factor authentication is required; sign in with --auth browser, or use an "
     "application credential"},
    {50079, "the user must first register for multi-factor authentication"},
    {50105, "the user is not assigned to the application; an administrator has to assign it"},
    {50126, "wrong user name or password"},
    {50173, "the sign-in is no longer valid because the password has changed; sign in again"},
    {50196, "the platform saw the same request too often and calls it a loop; wait some minutes"},
    {53000,
     "Conditional Access wants a compliant device; use an application credential, or let an "
     "administrator exempt this sign-in"},
    {53003,
     "a Conditional Access policy blocks this sign-in; use an application credential, or "
     "let an administrator exempt it"},
    {54005, "the code was used before; sign in again"},
    {65001,
     "nobody has consented to the permissions of the application; an administrator has to "
     "grant admin consent (\"API permissions\" of the app registration)"},
    {65004, "consent was declined; the permissions are needed to read the evidence"},
    {70008, "the sign-in has expired; sign in again"},
    {70011, "the scope is not valid for this cloud; check --cloud"},
    {70016, "the sign-in is still waited for"},
    {70019, "the device code has expired; start again"},
    {70021,
     "the application trusts no such workload; add a federated credential with this very issuer, "
     "subject and audience under \"Certificates & secrets\" of the app registration"},
    {90002, "there is no such tenant in this cloud; check --tenant and --cloud"},
    {90014, "a required field is missing; check --tenant and --client-id"},
    {90038, "the tenant lives in another cloud; choose it with --cloud"},
    {90055, "the tenant is throttled because of too many requests; try again later"},
    {90094, "an administrator has to grant admin consent to the permissions of the application"},
    {500011,
     "the tenant does not know the service that the token is for; check --cloud, and that "
     "the tenant has the service"},
    {530035,
     "security defaults block this sign-in; use --auth browser or an application "
     "credential"},
    {700016, "the application is not in this tenant; check --client-id and --tenant"},
    {700022, "the token was asked for several services at once"},
    {700024, "the signed assertion is outside its time range; check the clock of this machine"},
    {700025,
     "the application is registered as a public client and must not send a secret; use "
     "--auth browser or device-code"},
    {700027,
     "the signature of the assertion was not accepted; upload this very certificate under "
     "\"Certificates & secrets\" of the app registration"},
    {700082, "the sign-in has expired through inactivity; sign in again"},
    {700211,
     "the application does not trust the issuer of the workload's token; check \"Issuer\" of the "
     "federated credential, letter for letter"},
    {700212,
     "the workload's token is made out to another audience than the federated credential names"},
    {700213,
     "the application does not trust the subject of the workload's token; check \"Subject "
     "identifier\" of the federated credential, letter for letter (repository, branch or "
     "environment, service connection)"},
    {900023, "the tenant is neither an id nor a domain that the platform knows; check --tenant"},
    {900382, "the tenant lives in another cloud; choose it with --cloud"},
    {1000502,
     "the certificate is outside its validity period; upload a new one under "
     "\"Certificates & secrets\" of the app registration"},
    {7000112,
     "the application is disabled in this tenant; enable it under \"Enterprise "
     "applications\""},
    {7000215, "wrong client secret; give the secret's value, not its id"},
    {7000218,
     "the application wants a secret or a certificate; for --auth browser and device-code "
     "turn on \"Allow public client flows\" in the app registration"},
    {7000222,
     "the client secret has expired; make a new one under \"Certificates & secrets\" of "
     "the app registration"},
};

struct ErrorHint {
    std::string_view error;
    std::string_view hint;
};

// RFC 6749 5.2 and 4.1.2.1, RFC 8628 3.5, and Microsoft's own.
constexpr ErrorHint k_error_hints[] = {
    {"access_denied", "the sign-in or the consent was declined"},
    {"authorization_declined", "the sign-in was declined"},
    {"bad_verification_code", "the platform does not know the device code; start again"},
    {"consent_required", "an administrator has to consent to the permissions of the application"},
    {"expired_token", "the device code has expired; start again"},
    {"interaction_required",
     "the platform wants a person to sign in; use --auth browser, or an "
     "application credential"},
    {"invalid_client",
     "the application's secret or certificate was not accepted; check "
     "--client-id, and that the credential is current"},
    {"invalid_grant", "the sign-in was not accepted or has expired; sign in again"},
    {"invalid_request", "the request was not accepted; check --tenant and --client-id"},
    {"invalid_resource",
     "the tenant does not know the service that the token is for; check "
     "--cloud"},
    {"invalid_scope", "the permissions asked for are not valid here; check --cloud"},
    {"login_required", "the platform wants a person to sign in; use --auth browser"},
    {"server_error", "the identity platform failed; try again later"},
    {"temporarily_unavailable", "the identity platform is busy; try again later"},
    {"unauthorized_client",
     "the application may not sign in this way, or is not in this tenant; "
     "check --client-id and --tenant"},
    {"unsupported_grant_type", "the platform does not offer this way to sign in"},
};

// What may be shown of `error`: the shape of every OAuth error. Anything else is text of whoever
// wrote the answer.
bool is_error_name(std::string_view error) {
    return !error.empty() && error.size() <= 40 &&
           std::all_of(error.begin(), error.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::string_view hint_for(std::string_view error, std::optional<long long> aadsts) {
    if (aadsts)
        if (const auto hint = sign_in_hint(*aadsts)) return *hint;
    const auto* found = std::find_if(std::begin(k_error_hints), std::end(k_error_hints),
                                     [&](const ErrorHint& entry) { return entry.error == error; });
    return found != std::end(k_error_hints) ? found->hint : "the sign-in was not accepted";
}

// "; this machine's clock is 12 minutes ahead of the server's: …", or nothing.
std::string clock_remark(const HttpResponse& response, UtcTime now) {
    constexpr std::chrono::minutes k_tolerated{5};
    const auto date = response.header("Date");
    const auto served = date ? parse_http_date(*date, now) : std::nullopt;
    if (!served) return {};
    const auto ahead = now - *served;
    const auto apart = ahead < ahead.zero() ? -ahead : ahead;
    if (apart <= k_tolerated) return {};
    const auto minutes = std::chrono::round<std::chrono::minutes>(apart);
    return fmt::format("; this machine's clock is off: {} minutes {} the server's; set it right",
                       minutes.count(), ahead < ahead.zero() ? "behind" : "ahead of");
}

}  // namespace

std::optional<std::string_view> sign_in_hint(long long aadsts) {
    const auto* found = std::find_if(std::begin(k_code_hints), std::end(k_code_hints),
                                     [&](const CodeHint& entry) { return entry.code == aadsts; });
    if (found == std::end(k_code_hints)) return std::nullopt;
    return found->hint;
}

std::optional<long long> aadsts_number(std::string_view description) {
    constexpr std::string_view k_mark = "AADSTS";
    if (!description.starts_with(k_mark)) return std::nullopt;
    description.remove_prefix(k_mark.size());
    int code = 0;  // seven digits today
    const auto [end, error] =
        std::from_chars(description.data(), description.data() + description.size(), code);
    if (error != std::errc{} || code <= 0) return std::nullopt;
    return code;
}

std::string describe_refusal(std::string_view host, std::string_view error,
                             std::optional<long long> aadsts) {
    std::string what(is_error_name(error) ? error : "an unknown error");
    if (aadsts) what += fmt::format(", AADSTS{}", *aadsts);
    return fmt::format("{} refused the sign-in ({}): {}", host, what, hint_for(error, aadsts));
}

TokenRefusal read_refusal(const HttpResponse& response, std::string_view host, UtcTime now) {
    const auto reply = JsonReply::parse(response.body);
    const auto error = reply ? reply->text("error") : std::nullopt;
    if (!error || error->empty())
        return {{},
                fmt::format("{} answered {} without saying why; is a proxy in between?", host,
                            describe_failure(response))};
    const auto codes = reply->numbers("error_codes");
    std::optional<long long> aadsts;
    if (!codes.empty() && codes.front() > 0) aadsts = codes.front();
    if (!aadsts) aadsts = aadsts_number(reply->text("error_description").value_or(""));
    return {*error, describe_refusal(host, *error, aadsts) + clock_remark(response, now)};
}

}  // namespace smtpaudit
