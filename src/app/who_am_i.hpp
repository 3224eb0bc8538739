// Who the credential is, as Microsoft Graph tells it.
#pragma once

#include "app/commands.hpp"
#include "app/session.hpp"
#include "sources/graph_lookup.hpp"

#include <optional>
#include <string>

namespace smtpaudit {

// Asks Graph whether a person signed in, and tells the session. An application is nullopt.
std::optional<Person> find_person(const CommandContext& context, Session& session);

struct WhoAmI {
    bool is_person = false;  // else an application
    std::string text;  // lines for people: who, with what, which tenant, which roles
};

// Signs in. No token: the error of the credential. What Graph does not tell stays untold: an
// application may seldom read its own name.
Result<WhoAmI> who_am_i(const CommandContext& context, Session& session);

}  // namespace smtpaudit
