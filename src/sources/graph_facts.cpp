#include "sources/graph_facts.hpp"

#include "base/text.hpp"
#include "sources/graph_object.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smtpaudit {

using nlohmann::json;

const json* GraphFields::find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> GraphFields::text(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    ++wrong_types_;
    return std::nullopt;
}

std::optional<bool> GraphFields::flag(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    ++wrong_types_;
    return std::nullopt;
}

std::optional<UtcTime> GraphFields::instant(const char* key) const {
    const auto written = text(key);
    if (!written) return std::nullopt;
    const auto read = parse_iso_instant(*written);
    if (read) return read->at;
    ++wrong_types_;
    return std::nullopt;
}

std::vector<const json*> GraphFields::list(const char* key) const {
    std::vector<const json*> elements;
    const json* value = find(key);
    if (value == nullptr) return elements;
    if (!value->is_array()) {
        ++wrong_types_;
        return elements;
    }
    for (const json& element : *value) elements.push_back(&element);
    return elements;
}

std::vector<std::string> GraphFields::texts(const char* key) const {
    std::vector<std::string> all;
    for (const json* element : list(key)) {
        if (element->is_string())
            all.push_back(element->get<std::string>());
        else
            ++wrong_types_;
    }
    return all;
}

const json* GraphFields::object(const char* key) const {
    const json* value = find(key);
    if (value == nullptr || value->is_object()) return value;
    ++wrong_types_;
    return nullptr;
}

Coverage GraphFactsPull::run(const std::string& url, const Take& take) {
    Coverage coverage;
    coverage.source = source_.id;
    coverage.state = CoverageState::complete;
    const GraphList list{context_, source_, [&](const json& row) { element(row, take); },
                         [&] {
                             ++coverage.files;
                             if (context_.progress)
                                 context_.progress({source_.id, coverage.files, seen_.size()});
                         }};
    const auto problem = list.walk(url);
    coverage.rows = seen_.size();
    if (problem) {
        end_with(coverage, *problem, context_.chosen_by_name);
    } else if (nameless_ > 0) {
        coverage.state = coverage.rows > 0 ? CoverageState::partial : CoverageState::failed;
        coverage.reason =
            fmt::format("{} of the rows have no readable id", group_thousands(nameless_));
    }
    if (wrong_types_ > 0)
        coverage.notes.push_back(fmt::format("{} fields of the wrong type taken as absent",
                                             group_thousands(wrong_types_)));
    return coverage;
}

void GraphFactsPull::element(const json& row, const Take& take) {
    if (!row.is_object()) {
        ++nameless_;
        return;
    }
    std::uint64_t wrong_types = 0;
    const GraphFields fields(row, wrong_types);
    const auto id = fields.text("id");
    if (!id || id->empty()) {
        ++nameless_;
        return;
    }
    // The same row on two pages, or again after a restart.
    if (!seen_.insert(*id).second) return;
    take(*id, fields);
    wrong_types_ += wrong_types;
}

Coverage probe_graph_path(PullContext& context, const LiveSource& source, std::string_view path) {
    return probe_graph(context, source, context.graph_url + std::string(path));
}

}  // namespace smtpaudit
