// Settings, not use: what is known of an account and of the tenant. Every field is optional;
// absent means "not read", never "no".
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// facts/graph.md 4: GET /users.
struct AccountFacts {
    std::string user_id;  // Entra object id; empty: not told
    std::string user_principal_name;  // as the source writes it
    std::string mail;  // the primary address; empty: none or not told
    std::vector<std::string> addresses;  // every SMTP address, without the "smtp:" prefix
    std::optional<bool> enabled;
    std::optional<std::string> user_type;  // "Member", "Guest"
    std::optional<UtcTime> password_changed;
    std::string origin;  // the source, for people
};

// facts/graph.md 4 and organization.
struct TenantFacts {
    std::optional<std::string> id;
    std::optional<std::string> name;
    std::vector<std::string> domains;  // verified; empty: not read
    std::string origin;
};

}  // namespace smtpaudit
