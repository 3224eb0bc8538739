// The SMTP AUTH sign-ins of a tenant, from GET /auditLogs/signIns (facts/graph.md 1).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_sign_ins;

}  // namespace smtpaudit
