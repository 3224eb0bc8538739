// Everything that is judged and said of one account or device, gathered in one place.
#pragma once

#include "analysis/class_signs.hpp"
#include "analysis/inventory.hpp"
#include "analysis/risk_model.hpp"
#include "analysis/subjects.hpp"
#include "analysis/use_profile.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct SubjectView {
    bool is_device = false;
    std::string id;
    std::optional<AccountFacts> facts;  // of accounts; absent: nothing is known
    const InventoryEntry* inventory = nullptr;  // absent: not in it
    UseProfile profile;
    std::array<std::uint64_t, k_tls_versions> tls{};
    ClockFace clock;
    std::vector<std::string> countries;  // of successful sign-ins, sorted
    SubjectClass class_;
    RiskInput risk;
    std::vector<std::string> marks;  // of marks.hpp, and "sender_only"

    bool has_mark(std::string_view mark) const;
};

// TLS 1.0 and 1.1 of the messages whose version is known.
std::optional<double> old_tls_share(const std::array<std::uint64_t, k_tls_versions>& tls);

// Fills risk and marks from the rest of the view.
void judge(SubjectView& view, const EvidenceSpan& span, UtcTime now);

}  // namespace smtpaudit
