// Members of groups, nested ones expanded: GET /groups/{id}/transitiveMembers.
#pragma once

#include "model/facts.hpp"
#include "sources/graph_page.hpp"

#include <map>
#include <optional>
#include <string>

namespace smtpaudit {

// Asks for each group once. A group that cannot be read is incomplete, never empty.
class GroupReader {
public:
    // Both outlive it.
    GroupReader(const PullContext& context, const LiveSource& source)
        : context_(context), source_(source) {}

    const GroupFacts& read(const std::string& id);
    const std::map<std::string, GroupFacts>& all() const { return groups_; }
    // One sentence about the groups that could not be read whole; empty: all were.
    std::string what_is_missing() const;

private:
    PullContext context_;
    const LiveSource& source_;
    std::map<std::string, GroupFacts> groups_;
    std::size_t incomplete_ = 0;
    std::optional<GraphProblem> first_problem_;
};

}  // namespace smtpaudit
