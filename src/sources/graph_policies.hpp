// What Entra decides about legacy sign-ins, who registered MFA, and who holds a directory role
// (facts/graph.md 4).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_security_defaults;
extern const LiveSource k_graph_conditional_access;
extern const LiveSource k_graph_mfa_registration;
extern const LiveSource k_graph_directory_roles;

}  // namespace smtpaudit
