// What something is, from every sign there is: its name, when it sends, how old its TLS is. Two
// signs that agree make a class sure; one alone is a guess.
#pragma once

#include "analysis/cadence.hpp"
#include "analysis/class_guess.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smtpaudit {

enum class ClassSource : std::uint8_t { unknown, guess, accounts, signs, inventory };

struct SubjectClass {
    Business business = Business::unknown;
    ClassSource source = ClassSource::unknown;
    ClassGuess guess;  // where a name says so
    bool by_accounts = false;  // of a device: its accounts say so
    bool cadence_agrees = false, tls_agrees = false;
    Cadence cadence;  // whatever it says
    bool sure() const { return source >= ClassSource::signs; }
    // The signs that agree, in words: `the word "ups" (pattern "ups"); sends rarely, on 3 of 90
    // days`. Empty for inventory and unknown.
    std::string because() const;
};

// `named`: the class that a name gives, or for a device its accounts. `old_tls_share`: of TLS 1.0
// and 1.1. The inventory is not asked here: it overrides everything.
SubjectClass class_from_signs(SubjectClass named, const Cadence& cadence,
                              std::optional<double> old_tls_share);

}  // namespace smtpaudit
