// One row of two runs: what its change means, and the sentence that says why.
#pragma once

#include "model/comparison.hpp"
#include "model/report.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit {

// What a run can say about rows that it does not have.
enum class Sight : std::uint8_t { none, part, whole };

// What comparing needs of a row; a whole row is far larger.
struct RowDigest {
    RowState state;
    std::string name;
    bool has_messages = false;  // else sign-ins alone name it
    std::optional<UtcTime> first_seen, last_oauth;
    // Of its factors by name; unknown ones as a third of their maximum.
    std::vector<std::pair<std::string, float>> points;
};
RowDigest digest_row(const Row& row, const Report& report);

// How completely the run looked at what such a row comes from.
Sight sight_of(const Report& report, bool is_device, bool has_messages);
// "the report", "sign-ins": what the run would have had to look at.
std::string evidence_words(bool has_messages);

struct Verdict {
    std::optional<ChangeKind> kind;  // absent: nothing worth a line
    std::vector<ChangeKind> also;
    std::string reason;
};
Verdict compare_row(const RowDigest& before, const RowDigest& after, const Report& old_run);
Verdict only_after(const RowDigest& row, bool is_device, const Report& old_run);
Verdict only_before(const RowDigest& row, bool is_device, const Report& new_run);

bool sends_with_basic(Status status);  // for certain
bool is_safe(Status status);  // migrated, already blocked, OAuth only

}  // namespace smtpaudit
