#include "sources/graph_groups.hpp"

#include "net/url.hpp"
#include "sources/graph_facts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace smtpaudit {
namespace {

using nlohmann::json;

// Microsoft's permission reference; the ids are the same in every tenant.
constexpr std::string_view k_grant =
    "GroupMember.Read.All (application 98830695-27a2-44f7-8c18-0c3ebc9698f6, delegated "
    "bc024368-1153-4739-b217-4326f2e966d0)";

}  // namespace

const GroupFacts& GroupReader::read(const std::string& id) {
    const auto [place, is_new] = groups_.try_emplace(id);
    GroupFacts& group = place->second;
    if (!is_new) return group;
    group.id = id;
    std::set<std::string> members;  // sorted, and once each where the walk began again
    const GraphList list{context_, source_,
                         [&](const json& member) {
                             if (!member.is_object()) return;
                             std::uint64_t ignored = 0;
                             const GraphFields fields(member, ignored);
                             const auto member_id = fields.text("id");
                             const auto type = fields.text("@odata.type");
                             const bool is_user = !type || *type == "#microsoft.graph.user";
                             if (is_user && member_id) members.insert(*member_id);
                         },
                         [] {}};
    const auto problem =
        list.walk(fmt::format("{}/v1.0/groups/{}/transitiveMembers?$select=id&$top="
                              "999",
                              context_.graph_url, percent_encode(id)));
    group.members.assign(members.begin(), members.end());
    group.is_complete = !problem;
    if (problem) {
        ++incomplete_;
        if (!first_problem_) first_problem_ = problem;
    }
    return group;
}

std::string GroupReader::what_is_missing() const {
    if (!first_problem_) return {};
    if (first_problem_->kind == GraphProblemKind::permission)
        return fmt::format("the members of {} of {} groups may not be read; grant {}", incomplete_,
                           groups_.size(), k_grant);
    return fmt::format("the members of {} of {} groups were not read ({})", incomplete_,
                       groups_.size(), first_problem_->reason);
}

}  // namespace smtpaudit
