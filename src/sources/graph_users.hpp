// Who the accounts are: GET /users and GET /organization (facts/graph.md 4).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_users;
extern const LiveSource k_graph_organization;

}  // namespace smtpaudit
