// Everything that is judged and said of one account or device, gathered in one place.
#pragma once

#include "analysis/class_guess.hpp"
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

enum class ClassSource : std::uint8_t { unknown, guess, accounts, inventory };

struct SubjectClass {
    Business business = Business::unknown;
    ClassSource source = ClassSource::unknown;
    ClassGuess guess;  // where the source is a guess
    bool sure() const { return source == ClassSource::inventory; }
};

struct SubjectView {
    bool is_device = false;
    std::string id;
    std::optional<AccountFacts> facts;  // of accounts; absent: nothing is known
    const InventoryEntry* inventory = nullptr;  // absent: not in it
    UseProfile profile;
    std::array<std::uint64_t, k_tls_versions> tls{};
    std::vector<std::string> countries;  // of successful sign-ins, sorted
    SubjectClass class_;
    RiskInput risk;
    std::vector<std::string> marks;  // "relay_suspected", "shared_password", "sender_only"

    bool has_mark(std::string_view mark) const;
};

// Marks of the risk model, "Devices". Below these counts an office behind one address, or a
// laptop and a phone, look the same.
constexpr std::size_t k_relay_accounts = 10;
constexpr std::size_t k_shared_password_clients = 4;
constexpr int k_stable_client_days = 5;

// Fills risk and marks from the rest of the view.
void judge(SubjectView& view, const EvidenceSpan& span, UtcTime now);

}  // namespace smtpaudit
