#include "sources/graph_object.hpp"

#include "sources/json_scan.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

bool is_object(std::string_view body, json& object) {
    bool too_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > static_cast<int>(k_json_depth_limit);
        return !too_deep;
    };
    object = json::parse(body.begin(), body.end(), watch, false);
    return !too_deep && object.is_object();
}

}  // namespace

tl::expected<json, GraphProblem> graph_object(PullContext& context, const LiveSource& source,
                                              const std::string& url) {
    json object;
    HttpRequest request = graph_get(url);
    request.body_is_whole = [&](std::string_view body) { return is_object(body, object); };
    const HttpResult answer = context.http.send(request, context.stop);
    if (!answer || answer->status != 200)
        return tl::unexpected(graph_problem(answer, PageOrder::first, source));
    if (!object.is_object() && !is_object(answer->body, object))
        return tl::unexpected(bad_answer(*answer, "not a JSON object"));
    return object;
}

std::string json_text(const json& object, std::string_view key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Coverage probe_graph(PullContext& context, const LiveSource& source, const std::string& url) {
    Coverage coverage;
    coverage.source = source.id;
    coverage.state = CoverageState::complete;
    const HttpResult answer = context.http.send(graph_get(url), context.stop);
    if (!answer || answer->status != 200)
        end_with(coverage, graph_problem(answer, PageOrder::first, source), context.chosen_by_name);
    return coverage;
}

}  // namespace smtpaudit
