// --sign-ins-from: which service the sign-ins are read from.
#pragma once

#include "app/commands.hpp"
#include "app/live_pull.hpp"
#include "sources/kusto_client.hpp"

#include <optional>
#include <string>

namespace smtpaudit {

struct SignInsFrom {
    std::optional<KustoEngine> engine;  // absent: Microsoft Graph, row by row
    std::string workspace;  // of Log Analytics, a GUID in lower case
};

// "graph" (also where nothing is given), "hunting", "log-analytics:WORKSPACE". Anything else, or a
// workspace that is no GUID, is Errc::usage.
Result<SignInsFrom> sign_ins_from(const Options& options);

// What --show-query prints: the queries that a scan of the window would send first, exactly, each
// under a comment that says whose it is. Errc::usage where the sign-ins come from Graph.
Result<std::string> shown_queries(const Options& options, PullWindow window);

}  // namespace smtpaudit
