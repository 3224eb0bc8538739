// The services' error bodies.
#pragma once

#include "fake_tenant/http.hpp"

#include <string>
#include <string_view>

namespace smtpaudit::fake {

struct GraphError {
    std::string code;
    std::string message;
};
// What Graph says with a status when nothing more is known (facts/graph.md 1.7, 6).
GraphError usual_error(int status);

// {"error":{"code","message","innerError":{…}}}
Answer graph_error(int status, const std::string& code, const std::string& message,
                   const Record& request, UtcTime now);

// {"error","error_description":"AADSTS…: …","error_codes":[…],…} (facts/graph.md 5.8).
// `message` empty: a text that fits the code.
Answer oauth_error(int status, const std::string& error, int aadsts, const std::string& message,
                   UtcTime now);

}  // namespace smtpaudit::fake
