// What changed between two runs, by meaning.
#pragma once

#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// In the order in which a reader wants them: what is worse, what is open, what is better.
enum class ChangeKind : std::uint8_t {
    broken,  // Basic is refused now, and it still tries
    relapsed,  // was safe, or half migrated, and is on Basic alone or again
    appeared,  // "new": not in the old run, which looked
    louder,
    band_up,
    not_compared,  // one of the runs did not look
    migrating,  // Basic before, Basic and OAuth now
    quieter,
    band_down,
    migrated,
    gone,  // not in the new run, which looked; or present and silent
};
constexpr std::size_t k_change_kinds = 11;
std::string_view to_string(ChangeKind kind);  // "new" for appeared

struct RowState {
    Status status = Status::unknown;
    Band band = Band::info;
    int priority = 0;
    std::optional<double> monthly_basic;  // Basic messages, or sign-ins where only they are known
    bool is_sign_ins = false;  // what monthly_basic counts
    std::optional<UtcTime> last_basic;
    std::optional<Acceptance> accepted;
};

// One account or device that changed. What else changed of it stands in `also`.
struct Change {
    ChangeKind kind = ChangeKind::not_compared;
    std::vector<ChangeKind> also;
    bool is_device = false;
    std::string id, name;
    std::optional<RowState> before, after;  // at least one
    bool is_finding = false;  // what --fail-on-new counts
    std::string reason;  // one sentence
};

struct ComparedRun {
    std::string run_id;
    UtcTime generated_at;
    std::optional<std::string> tenant;  // name, else id
    std::optional<Day> from, to;
    int covered_days = 0;
    std::optional<double> messages_per_day;  // Basic, of the last 30 covered days
    std::uint64_t will_stop = 0;  // accounts that send with Basic or whose protocol is unknown
};

struct Comparison {
    ComparedRun before, after;
    std::vector<Change> changes;  // by kind, priority (descending), accounts first, id
    std::uint64_t unchanged = 0;  // rows
    std::uint64_t new_findings = 0;
    std::vector<std::string> notes;

    std::array<std::uint64_t, k_change_kinds> count_by_kind() const;
};

}  // namespace smtpaudit
