// What a refusal of the identity platform means, in plain words.
#pragma once

#include "base/time.hpp"
#include "net/http.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

struct TokenRefusal {
    // The OAuth error ("invalid_client"): the only field that decides anything. Empty: the answer
    // holds none, so it is not the identity platform that spoke.
    std::string error;
    // For a person: where, the error, the AADSTS number, what it means and what to do, and how far
    // the clocks are apart where that is over 5 minutes. Never the server's description, which
    // holds trace ids and may quote the request (facts/graph.md 5.8).
    std::string message;
};

// `host` is who answered, `now` this machine's clock.
TokenRefusal read_refusal(const HttpResponse& response, std::string_view host, UtcTime now);

// The plain words for an AADSTS number, or nullopt. "Subject to change" in Microsoft's words, so
// they are hints and decide nothing.
std::optional<std::string_view> sign_in_hint(long long aadsts);

// The same refusal as it comes back through the browser (error=… in the redirect).
std::string describe_refusal(std::string_view host, std::string_view error,
                             std::optional<long long> aadsts);

// The AADSTS number that begins a description ("AADSTS65001: …").
std::optional<long long> aadsts_number(std::string_view description);

}  // namespace smtpaudit
