// What kind of sender an address names: a guess from words, each with the pattern that hit.
#pragma once

#include "analysis/risk_model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct ClassGuess {
    Business business = Business::unknown;
    std::string because;  // `the word "scan" (pattern "scan*")`
};

// The table is data (class_patterns.json, embedded). A pattern is a whole word, or the beginning
// of one with `*`; words end at anything that is no letter, so "ups" is not in "groups".
class ClassPatterns {
public:
    static ClassPatterns built_in();
    // Looks at the local part of an address, or at any name. The first class of the table wins.
    std::optional<ClassGuess> guess(std::string_view name) const;

private:
    struct Pattern {
        Business business;
        std::string text;
    };
    std::vector<Pattern> patterns_;
};

}  // namespace smtpaudit
