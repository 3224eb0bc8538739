// Objects of Microsoft Graph as facts: their fields, and the pull of one list of them.
#pragma once

#include "base/time.hpp"
#include "sources/graph_list.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace smtpaudit {

// One object's fields. A field of the wrong type is absent, and counted. Both outlive it.
class GraphFields {
public:
    GraphFields(const nlohmann::json& object, std::uint64_t& wrong_types)
        : object_(object), wrong_types_(wrong_types) {}

    bool has(const char* key) const { return find(key) != nullptr; }
    std::optional<std::string> text(const char* key) const;
    std::optional<bool> flag(const char* key) const;
    std::optional<UtcTime> instant(const char* key) const;
    // The elements of a list; an absent one is empty.
    std::vector<const nlohmann::json*> list(const char* key) const;
    // The texts of a list; an element of another type is counted and left out.
    std::vector<std::string> texts(const char* key) const;
    // An object below; nullptr: absent.
    const nlohmann::json* object(const char* key) const;
    void count_wrong_type() const { ++wrong_types_; }

private:
    const nlohmann::json* find(const char* key) const;  // nullptr: absent or null

    const nlohmann::json& object_;
    std::uint64_t& wrong_types_;
};

// A pull of one list: what the rows come to, and its coverage.
class GraphFactsPull {
public:
    // Both outlive it.
    GraphFactsPull(PullContext& context, const LiveSource& source)
        : context_(context), source_(source) {}

    // `take` gets each object once, with its id.
    using Take = std::function<void(const std::string& id, const GraphFields&)>;
    Coverage run(const std::string& url, const Take& take);

private:
    void element(const nlohmann::json& row, const Take& take);

    PullContext& context_;
    const LiveSource& source_;
    std::unordered_set<std::string> seen_;
    std::uint64_t nameless_ = 0, wrong_types_ = 0;
};

// One GET of `path` ("/v1.0/…"): complete where it is allowed.
Coverage probe_graph_path(PullContext& context, const LiveSource& source, std::string_view path);

}  // namespace smtpaudit
