// A Graph list of modest size, walked page by page in order.
#pragma once

#include "sources/graph_page.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace smtpaudit {

// Asks for `url` and all its next pages; `on_element` for each element of `value`, `on_page` after
// each page. The problem that ended the walk, or nullopt: all was read. A lost skip token begins
// again from the start, once: elements then come a second time.
struct GraphList {
    PullContext& context;
    const LiveSource& source;
    std::function<void(const nlohmann::json&)> on_element;
    std::function<void()> on_page;

    std::optional<GraphProblem> walk(const std::string& url) const;

private:
    std::optional<GraphProblem> walk_once(const std::string& url) const;
};

}  // namespace smtpaudit
