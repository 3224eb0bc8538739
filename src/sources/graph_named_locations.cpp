#include "sources/graph_named_locations.hpp"

#include "model/facts.hpp"
#include "sources/graph_list.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

// The list takes part in the throttle of Conditional Access: one request in a second.
constexpr std::array<Permission, 1> k_permissions = {
    {{"Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68",
      "572fea84-0151-49b2-9301-11cb16974376"}}};

// An ipNamedLocation has ranges, a countryNamedLocation has none and is no network.
std::optional<NamedLocation> location_of(const json& row) {
    if (!row.is_object()) return std::nullopt;
    NamedLocation location{json_text(row, "displayName"), {}};
    const auto ranges = row.find("ipRanges");
    if (location.name.empty() || ranges == row.end() || !ranges->is_array()) return std::nullopt;
    for (const json& range : *ranges)
        if (range.is_object())
            if (std::string text = json_text(range, "cidrAddress"); !text.empty())
                location.ranges.push_back(std::move(text));
    if (location.ranges.empty()) return std::nullopt;
    return location;
}

Coverage pull_named_locations(PullContext& context, EvidenceSink& sink) {
    Coverage coverage;
    coverage.source = k_graph_named_locations.id;
    coverage.state = CoverageState::complete;
    TenantFacts facts;
    facts.named_locations.emplace();
    facts.origin = "Microsoft Graph named locations";
    const GraphList list{context, k_graph_named_locations,
                         [&](const json& row) {
                             ++coverage.rows;
                             if (auto location = location_of(row))
                                 facts.named_locations->push_back(std::move(*location));
                         },
                         [&] { ++coverage.files; }};
    const auto problem =
        list.walk(context.graph_url + "/v1.0/identity/conditionalAccess/namedLocations");
    if (problem)
        end_with(coverage, *problem, context.chosen_by_name);
    else
        sink.tenant(facts);
    return coverage;
}

Coverage probe_named_locations(PullContext& context) {
    return probe_graph(
        context, k_graph_named_locations,
        context.graph_url + "/v1.0/identity/conditionalAccess/namedLocations?$top=1");
}

}  // namespace

constinit const LiveSource k_graph_named_locations = {
    .id = "named_locations",
    .title = "The tenant's own names for its networks (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = "Security Reader or Global Reader",
    .licence = "Entra ID P1 or P2",
    .retention = {},
    .budget = "graph-policies",
    .pull = pull_named_locations,
    .probe = probe_named_locations,
};

}  // namespace smtpaudit
