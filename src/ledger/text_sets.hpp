// Small sets of texts, each kept once: most machines have one program and one country, and it is the
// same as their neighbour's.
#pragma once

#include "ledger/interner.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smtpaudit {

class TextSets {
public:
    static constexpr std::uint32_t k_empty = 0;
    // Enough to name a machine; a fleet has no use for more. Of more texts the first by alphabet stay,
    // so that a set does not depend on the order of the input.
    static constexpr std::size_t k_most = 16;

    // The set that also has `text`; the same one where it has it already, or where `text` is empty.
    std::uint32_t with(std::uint32_t set, std::string_view text, Interner& texts);
    // Text numbers in the order of their texts.
    std::span<const std::uint32_t> of(std::uint32_t set) const { return *sets_[set]; }

private:
    using Members = std::vector<std::uint32_t>;
    std::uint32_t keep(Members members);

    std::map<Members, std::uint32_t> numbers_{{Members{}, k_empty}};
    std::vector<const Members*> sets_{
        &numbers_.begin()->first};  // a map's keys stay where they are
    std::unordered_map<std::uint64_t, std::uint32_t> next_;  // by set and added text
};

}  // namespace smtpaudit
