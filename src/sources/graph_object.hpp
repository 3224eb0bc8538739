// One object of Graph, and its fields.
#pragma once

#include "sources/graph_page.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace smtpaudit {

// The object at `url`; absent (404) is GraphProblemKind::no_such_api.
tl::expected<nlohmann::json, GraphProblem> graph_object(PullContext& context,
                                                        const LiveSource& source,
                                                        const std::string& url);

// The text of a field; empty: absent, null, or of another type.
std::string json_text(const nlohmann::json& object, std::string_view key);

// Asks for `url` and throws the answer away: complete if it was given.
Coverage probe_graph(PullContext& context, const LiveSource& source, const std::string& url);

}  // namespace smtpaudit
