// Who used SMTP at all in half a year: Graph's report getEmailAppUsageUserDetail (facts/graph.md 2).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_usage_report;

}  // namespace smtpaudit
