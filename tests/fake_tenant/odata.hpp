// The part of OData's $filter that Graph offers on the lists we serve (facts/graph.md 1.5).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace smtpaudit::fake {

// An instant in ticks of 100 ns since 1970: the log's own precision.
struct Ticks {
    std::int64_t count = 0;
    friend auto operator<=>(const Ticks&, const Ticks&) = default;
};
constexpr std::int64_t k_ticks_per_second = 10'000'000;

// Absent (null) is monostate.
using Value =
    std::variant<std::monostate, bool, std::int64_t, std::string, Ticks, std::vector<std::string>>;
using Lookup = std::function<Value(std::string_view property)>;

// "2026-11-20T05:59:59.9999999Z"; anything without a time and a zone is refused.
tl::expected<Ticks, std::string> parse_ticks(std::string_view text);

struct FilterNode {
    enum class Kind : std::uint8_t { all, and_, or_, not_, compare, any, starts_with };
    Kind kind = Kind::all;
    std::string property;
    std::string op;  // eq ne gt ge lt le
    Value literal;
    std::vector<FilterNode> parts;
};

// What a list lets its callers ask: a property and the operators it takes, separated by spaces.
struct FilterRule {
    std::string_view property;
    std::string_view operators;
};

// An empty text is the filter that everything passes. The error is the service's own message.
tl::expected<FilterNode, std::string> parse_filter(std::string_view text,
                                                   std::span<const FilterRule> rules);
bool passes(const FilterNode& filter, const Lookup& lookup);
// True if the filter speaks of the property at all.
bool mentions(const FilterNode& filter, std::string_view property);
// The bounds that every row must keep, from comparisons joined by `and`; used to skip rows.
struct TickRange {
    std::int64_t first = INT64_MIN;
    std::int64_t last = INT64_MAX;
};
TickRange bounds(const FilterNode& filter, std::string_view property);

}  // namespace smtpaudit::fake
