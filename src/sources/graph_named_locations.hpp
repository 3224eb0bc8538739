// What the tenant calls its networks: GET /identity/conditionalAccess/namedLocations
// (facts/graph.md 4).
#pragma once

#include "sources/live_source.hpp"

namespace smtpaudit {

extern const LiveSource k_graph_named_locations;

}  // namespace smtpaudit
