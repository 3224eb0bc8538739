#include "fake_tenant/errors.hpp"

#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <atomic>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

struct Known {
    int code;
    std::string_view text;
};
// facts/graph.md 5.8; the texts are in the platform's manner, not its words.
constexpr Known k_texts[] = {
    {7000215,
     "Invalid client secret provided. Ensure the secret being sent in the request is the "
     "client secret value, not the client secret ID."},
    {7000222, "The provided client secret keys are expired."},
    {7000216,
     "'client_assertion', 'client_secret' or 'request' is required for the "
     "'client_credentials' grant type."},
    {7000112, "Application is disabled."},
    {700016,
     "Application was not found in the directory. This can happen if the application has "
     "not been installed by the administrator of the tenant."},
    {700024, "Client assertion is not within its valid time range."},
    {700025,
     "Client is public so neither 'client_assertion' nor 'client_secret' should be "
     "presented."},
    {700027,
     "The certificate with identifier used to sign the client assertion is not registered "
     "on application, or the signature is invalid."},
    {90002,
     "Tenant was not found. Check to make sure you have the correct tenant ID and are "
     "signing into the correct cloud."},
    {900382, "Confidential Client is not supported in Cross Cloud request."},
    {65001, "The user or administrator has not consented to use the application."},
    {50076,
     "Due to a configuration change made by your administrator, you must use multi-factor "
     "authentication."},
    {53003, "Access has been blocked by Conditional Access policies."},
    {70011, "The provided value for the input parameter 'scope' is not valid."},
    {70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {70019, "Verification code expired."},
    {70018, "Verification declined or code not valid."},
    {70008, "The provided authorization code or refresh token has expired."},
    {70000, "The provided grant is not valid."},
    {501481,
     "The Code_Verifier does not match the code_challenge supplied in the authorization "
     "request."},
    {50196, "The server terminated an operation because it encountered a client request loop."},
    {90055, "There are too many requests."},
    {500011, "The resource principal was not found in the tenant."}};

std::string next_id() {
    static std::atomic<std::uint64_t> counter{1};
    const std::uint64_t number = counter++;
    return uuid_of(scramble(number, 11), scramble(number, 12));
}

}  // namespace

GraphError usual_error(int status) {
    switch (status) {
        case 400: return {"BadRequest", "Bad Request"};
        case 401:
            return {"InvalidAuthenticationToken",
                    "Lifetime validation failed, the token is "
                    "expired."};
        case 403:
            return {"Authorization_RequestDenied",
                    "Insufficient privileges to complete the operation."};
        case 404: return {"Request_ResourceNotFound", "Resource does not exist."};
        case 429:
            return {"UnknownError",
                    "This request is throttled. Please try again after the value specified in the "
                    "Retry-After header."};
        case 503: return {"serviceNotAvailable", "The service is temporarily unavailable."};
        case 504: return {"UnknownError", "Gateway time-out."};
        default: return {"UnknownError", "An error has occurred."};
    }
}

Answer graph_error(int status, const std::string& code, const std::string& message,
                   const Record& request, UtcTime now) {
    std::string date = format_utc(now);
    date.pop_back();  // Graph writes this one without a zone
    Answer answer;
    answer.status = status;
    answer.set("Content-Type", "application/json");
    json body;
    body["error"]["code"] = code;
    body["error"]["message"] = message;
    body["error"]["innerError"] = {
        {"date", date},
        {"request-id", next_id()},
        {"client-request-id", request.header("client-request-id").value_or(next_id())}};
    answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

Answer oauth_error(int status, const std::string& error, int aadsts, const std::string& message,
                   UtcTime now) {
    std::string text = message;
    for (const Known& known : k_texts)
        if (text.empty() && known.code == aadsts) text = known.text;
    std::string timestamp = format_utc(now);
    timestamp[10] = ' ';
    const std::string trace = next_id();
    const std::string correlation = next_id();
    const json body = {
        {"error", error},
        {"error_description",
         fmt::format("AADSTS{}: {}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}", aadsts,
                     text, trace, correlation, timestamp)},
        {"error_codes", json::array({aadsts})},
        {"timestamp", timestamp},
        {"trace_id", trace},
        {"correlation_id", correlation},
        {"error_uri", fmt::format("https://login.microsoftonline.com/error?code={}", aadsts)}};
    Answer answer;
    answer.status = status;
    answer.set("Content-Type", "application/json; charset=utf-8");
    answer.set("Cache-Control", "no-store, no-cache");
    answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

}  // namespace smtpaudit::fake
