// Objects of Graph that tell of policies, MFA and roles, as facts (facts/graph.md 4). A file and a
// live pull are read by the same functions.
#pragma once

#include "model/facts.hpp"
#include "sources/graph_facts.hpp"

#include <cstdint>
#include <string>

namespace smtpaudit {

// A conditionalAccessPolicy.
ConditionalAccessPolicy conditional_access_policy_of(const std::string& id,
                                                     const GraphFields& fields);
// A userRegistrationDetails; its id is the user's. Without an origin.
AccountFacts mfa_registration_of(const std::string& id, const GraphFields& fields);

enum class PrincipalKind : std::uint8_t {
    unknown,  // not expanded, or gone
    user,
    group,
    other,  // an application
};

// A unifiedRoleAssignment with its principal expanded.
struct RoleAssignment {
    std::string role_id;  // of the definition; of a built-in role also its template's
    std::string principal_id;
    PrincipalKind principal = PrincipalKind::unknown;
    std::string user_name;  // empty: not told
};
RoleAssignment role_assignment_of(const GraphFields& fields);

}  // namespace smtpaudit
