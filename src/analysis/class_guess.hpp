// What kind of sender an address names: a guess from words, each with the pattern that hit.
#pragma once

#include "analysis/risk_model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smtpaudit {

struct ClassGuess {
    Business business = Business::unknown;
    std::string word;  // the one that hit; empty: the shape of the whole name
    std::string_view pattern;  // lives as long as the table
    std::string because() const;  // `the word "scan" (pattern "scan*")`
};

// The table is data (class_patterns.json, embedded). A pattern is a whole word, or the beginning
// of one with `*`; words end at anything that is no letter, so "ups" is not in "groups".
class ClassPatterns {
public:
    static const ClassPatterns& built_in();
    // Looks at the local part of an address, or at any name. The first class of the table wins.
    std::optional<ClassGuess> guess(std::string_view name) const;

private:
    struct Pattern {
        Business business;
        std::string text;
    };
    std::size_t find(std::string_view word) const;  // patterns_.size(): none

    std::vector<Pattern> patterns_;
    std::unordered_map<std::string_view, std::size_t> whole_words_;
    std::vector<std::size_t> beginnings_;  // the patterns with *, in the table's order
};

}  // namespace smtpaudit
