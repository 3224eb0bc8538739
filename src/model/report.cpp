#include "model/report.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

template <typename Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
    const auto at = std::find(names.begin(), names.end(), text);
    if (at == names.end()) return std::nullopt;
    return static_cast<Enum>(at - names.begin());
}

constexpr std::array<std::string_view, k_statuses> k_status_names = {
    "blocked_retrying", "already_blocked", "mixed",      "active_basic", "migrated",
    "dormant_basic",    "unknown",         "oauth_only", "attempted",    "enabled_unused"};
constexpr std::array<std::string_view, k_bands> k_band_names = {"info", "low", "medium", "high",
                                                                "critical"};
constexpr std::array<std::string_view, 3> k_ternary_names = {"no", "yes", "unknown"};
constexpr std::array<std::string_view, 3> k_confidence_names = {"low", "medium", "high"};
constexpr std::array<std::string_view, 3> k_precision_names = {"day", "month", "half"};
constexpr std::array<std::string_view, 2> k_kind_names = {"enforcement", "notice"};
constexpr std::array<std::string_view, 3> k_state_names = {"done", "superseded", "announced"};

}  // namespace

std::string_view to_string(Status v) { return k_status_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(Band v) { return k_band_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(Ternary v) { return k_ternary_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(Confidence v) { return k_confidence_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(Precision v) { return k_precision_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(MilestoneKind v) { return k_kind_names[static_cast<std::size_t>(v)]; }
std::string_view to_string(MilestoneState v) { return k_state_names[static_cast<std::size_t>(v)]; }

std::optional<Status> parse_status(std::string_view t) {
    return find_name<Status>(k_status_names, t);
}
std::optional<Band> parse_band(std::string_view t) { return find_name<Band>(k_band_names, t); }
std::optional<Ternary> parse_ternary(std::string_view t) {
    return find_name<Ternary>(k_ternary_names, t);
}
std::optional<Confidence> parse_confidence(std::string_view t) {
    return find_name<Confidence>(k_confidence_names, t);
}
std::optional<Precision> parse_precision(std::string_view t) {
    return find_name<Precision>(k_precision_names, t);
}
std::optional<MilestoneKind> parse_milestone_kind(std::string_view t) {
    return find_name<MilestoneKind>(k_kind_names, t);
}
std::optional<MilestoneState> parse_milestone_state(std::string_view t) {
    return find_name<MilestoneState>(k_state_names, t);
}

std::uint64_t& MessageCounts::operator[](Protocol protocol) {
    return protocol == Protocol::basic ? basic : protocol == Protocol::oauth ? oauth : unknown;
}
std::uint64_t MessageCounts::operator[](Protocol protocol) const {
    return protocol == Protocol::basic ? basic : protocol == Protocol::oauth ? oauth : unknown;
}

bool Row::is_sender() const {
    return status != Status::attempted && status != Status::enabled_unused;
}

std::optional<double> Row::old_tls_share() const {
    const std::uint64_t known = tls[0] + tls[1] + tls[2] + tls[3];
    if (known == 0) return std::nullopt;
    return static_cast<double>(tls[0] + tls[1]) / static_cast<double>(known);
}

std::optional<double> Row::basic_share() const {
    if (messages.basic + messages.oauth == 0) return std::nullopt;
    return static_cast<double>(messages.basic) /
           static_cast<double>(messages.basic + messages.oauth);
}

RowHead head_of(const Row& row) {
    return {row.status, row.band, row.priority, row.impact, row.exposure, row.messages.basic};
}

std::string names_in_short(const std::vector<std::string>& names) {
    constexpr std::size_t k_named = 3;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < k_named; ++i)
        text += (text.empty() ? "" : ", ") + names[i];
    if (names.size() > k_named) text += " and " + std::to_string(names.size() - k_named) + " more";
    return text;
}

bool Report::incomplete() const {
    return std::any_of(coverage.begin(), coverage.end(), [](const Coverage& row) {
        return row.state == CoverageState::partial || row.state == CoverageState::failed;
    });
}

}  // namespace smtpaudit
