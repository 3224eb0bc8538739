#include "sources/graph_lookup.hpp"

#include "sources/graph_object.hpp"
#include "sources/graph_page.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::json;

// The object of a 200; anything else is nullopt.
std::optional<json> get_object(const GraphLookup& graph, const std::string& path) {
    const HttpResult answer = graph.http.send(graph_get(graph.graph_url + path), graph.stop);
    if (!answer || answer->status != 200) return std::nullopt;
    json object = json::parse(answer->body, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    return object;
}

std::optional<std::vector<std::string>> role_names(const GraphLookup& graph) {
    const auto answer = get_object(graph, "/v1.0/me/memberOf");
    if (!answer) return std::nullopt;
    const auto value = answer->find("value");
    if (value == answer->end() || !value->is_array()) return std::nullopt;
    std::vector<std::string> names;
    for (const json& element : *value) {
        if (!element.is_object() ||
            json_text(element, "@odata.type") != "#microsoft.graph.directoryRole")
            continue;
        std::string name = json_text(element, "displayName");
        if (!name.empty()) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::optional<Person> GraphLookup::me() const {
    const auto answer = get_object(*this, "/v1.0/me?$select=displayName,userPrincipalName");
    if (!answer) return std::nullopt;
    Person person;
    person.name = json_text(*answer, "displayName");
    person.user_principal_name = json_text(*answer, "userPrincipalName");
    person.roles = role_names(*this);
    return person;
}

std::optional<std::string> GraphLookup::application_name(const std::string& client_id) const {
    const auto answer =
        get_object(*this, "/v1.0/servicePrincipals(appId='" + client_id + "')?$select=displayName");
    if (!answer) return std::nullopt;
    std::string name = json_text(*answer, "displayName");
    if (name.empty()) return std::nullopt;
    return name;
}

}  // namespace smtpaudit
