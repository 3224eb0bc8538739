#include "base/text.hpp"
#include "report/comparison_formats.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace smtpaudit {
namespace {

constexpr std::array k_writers = {
    ComparisonWriter{"table", write_comparison_table},
    ComparisonWriter{"csv", write_comparison_csv},
    ComparisonWriter{"json", write_comparison_json},
    ComparisonWriter{"markdown", write_comparison_markdown},
};

constexpr std::string_view k_arrow = " → ";

std::string from_to(const std::string& before, const std::string& after) {
    if (before.empty()) return after;
    if (after.empty() || before == after) return before;
    return before + std::string(k_arrow) + after;
}

std::string rate_text(const std::optional<RowState>& state) {
    if (!state) return "";
    if (!state->monthly_basic) return "–";
    return group_thousands(static_cast<unsigned long long>(std::llround(*state->monthly_basic))) +
           (state->is_sign_ins ? "s" : "");
}

}  // namespace

std::span<const ComparisonWriter> all_comparison_writers() { return k_writers; }

const ComparisonWriter* find_comparison_writer(std::string_view name) {
    const auto* const found =
        std::find_if(k_writers.begin(), k_writers.end(),
                     [&](const ComparisonWriter& writer) { return writer.name == name; });
    return found == k_writers.end() ? nullptr : found;
}

std::string_view change_title(ChangeKind kind) {
    constexpr std::array<std::string_view, k_change_kinds> titles = {
        "BROKEN: REFUSED, AND STILL TRYING",
        "RELAPSED",
        "NEW",
        "LOUDER",
        "BAND UP",
        "NOT COMPARED: A RUN DID NOT LOOK",
        "HALF MIGRATED",
        "QUIETER",
        "BAND DOWN",
        "MIGRATED",
        "GONE",
    };
    return titles[static_cast<std::size_t>(kind)];
}

std::vector<std::string> change_counts(const Comparison& comparison) {
    constexpr std::array<std::string_view, k_change_kinds> words = {
        "broken",           "relapsed",     "new",           "louder",
        "in a higher band", "not compared", "half migrated", "quieter",
        "in a lower band",  "migrated",     "gone"};
    std::vector<std::string> parts;
    const auto counts = comparison.count_by_kind();
    for (std::size_t i = 0; i < k_change_kinds; ++i)
        if (counts[i] > 0)
            parts.push_back(fmt::format("{} {}", group_thousands(counts[i]), words[i]));
    parts.push_back(group_thousands(comparison.unchanged) + " unchanged");
    return parts;
}

std::string band_words(const Change& change) {
    const auto text = [](const std::optional<RowState>& state) {
        return state ? std::string(to_string(state->band)) : "";
    };
    return from_to(text(change.before), text(change.after));
}

std::string priority_words(const Change& change) {
    const auto text = [](const std::optional<RowState>& state) {
        return state ? std::to_string(state->priority) : "";
    };
    return from_to(text(change.before), text(change.after));
}

std::string rate_words(const Change& change) {
    return from_to(rate_text(change.before), rate_text(change.after));
}

}  // namespace smtpaudit
