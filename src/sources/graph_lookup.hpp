// Small questions to Microsoft Graph about the caller. What is not told or not allowed is nullopt.
#pragma once

#include "net/http.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smtpaudit {

struct Person {
    std::string name, user_principal_name;  // empty: not told
    std::optional<std::vector<std::string>> roles;  // active directory roles by name, sorted
};

struct GraphLookup {
    HttpClient& http;  // the whole chain
    std::string graph_url;
    std::stop_token stop;

    // GET /me: nullopt for an application, whose token has nobody in it.
    std::optional<Person> me() const;
    // GET /servicePrincipals(appId='…'): seldom allowed (Application.Read.All).
    std::optional<std::string> application_name(const std::string& client_id) const;
};

}  // namespace smtpaudit
