#include "sources/graph_list.hpp"

#include "net/paging.hpp"
#include "sources/json_scan.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

// Null: not JSON, or nested too deep for any answer of Graph.
std::optional<json> parse_page(std::string_view body) {
    bool too_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > static_cast<int>(k_json_depth_limit);
        return !too_deep;
    };
    json page = json::parse(body.begin(), body.end(), watch, false);
    if (too_deep || page.is_discarded()) return std::nullopt;
    return page;
}

// nullopt inside: the last page. Error: the link is there and no text.
tl::expected<std::optional<std::string>, std::string> next_link_of(const json& page) {
    const auto link = page.find("@odata.nextLink");
    if (link == page.end() || link->is_null()) return std::nullopt;
    if (!link->is_string()) return tl::unexpected(std::string("@odata.nextLink is not a text"));
    return link->get<std::string>();
}

}  // namespace

std::optional<GraphProblem> GraphList::walk(const std::string& url) const {
    auto problem = walk_once(url);
    if (problem && problem->kind == GraphProblemKind::page_token) problem = walk_once(url);
    return problem;
}

std::optional<GraphProblem> GraphList::walk_once(const std::string& first_url) const {
    NextLinkGuard guard(first_url, static_cast<std::size_t>(context.page_limit));
    std::string url = first_url;
    for (PageOrder order = PageOrder::first;; order = PageOrder::later) {
        // The test whether a body is whole is the reading of it: each page is parsed once.
        std::optional<json> page;
        HttpRequest request = graph_get(url);
        request.body_is_whole = [&](std::string_view body) {
            page = parse_page(body);
            return page.has_value();
        };
        const HttpResult answer = context.http.send(request, context.stop);
        if (!answer || answer->status != 200) return graph_problem(answer, order, source);
        if (!page) page = parse_page(answer->body);
        if (!page) return bad_answer(*answer, "not valid JSON");
        const auto value = page->is_object() ? page->find("value") : page->end();
        if (!page->is_object() || value == page->end() || !value->is_array())
            return bad_answer(*answer, "the answer has no list named \"value\"");
        for (const json& element : *value) on_element(element);
        on_page();
        const auto next_link = next_link_of(*page);
        if (!next_link) return bad_answer(*answer, next_link.error());
        if (!*next_link) return std::nullopt;
        auto next = guard.next(**next_link);
        if (!next) return GraphProblem{GraphProblemKind::refused_link, next.error().message};
        url = std::move(*next);
    }
}

}  // namespace smtpaudit
