// Sign-ins read where they are kept for long or are many: the service counts them, and only counted
// rows travel (facts/graph.md 3). The same sources by id as those of Graph, so that the report is
// the same.
#pragma once

#include "sources/kusto_client.hpp"
#include "sources/live_source.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// What stands in for the source of that id ("sign_ins", "oauth_sign_ins"); nullptr: nothing, it is
// read from Graph as ever.
const LiveSource* find_kusto_source(KustoEngine engine, std::string_view id);

// The texts that such a source sends first, and alone where no limit is met; no network. Nobody
// knows the applications before Graph is asked, so their list is empty here.
std::vector<std::string> first_kusto_queries(KustoEngine engine, std::string_view id, UtcTime from,
                                             UtcTime to);

}  // namespace smtpaudit
