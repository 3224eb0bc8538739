#include "ledger/text_sets.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <string>
#include <vector>

using namespace smtpaudit;

namespace {

struct Sets {
    Interner texts;
    TextSets sets;

    std::uint32_t of(const std::vector<std::string>& members) {
        std::uint32_t set = TextSets::k_empty;
        for (const std::string& text : members) set = sets.with(set, text, texts);
        return set;
    }
    std::vector<std::string> texts_in(std::uint32_t set) const {
        std::vector<std::string> out;
        for (const std::uint32_t number : sets.of(set)) out.emplace_back(texts.text(number));
        return out;
    }
};

}  // namespace

TEST_CASE("a set of texts is one whatever their order") {
    Sets s;
    CHECK(s.texts_in(TextSets::k_empty).empty());
    const std::uint32_t set = s.of({"NL", "BR", "FR"});
    CHECK(s.texts_in(set) == std::vector<std::string>{"BR", "FR", "NL"});
    CHECK(s.of({"FR", "NL", "BR"}) == set);
    CHECK(s.of({"BR", "FR"}) != set);
}

TEST_CASE("a text that a set has changes nothing, nor does an empty one") {
    Sets s;
    const std::uint32_t set = s.of({"NL", "BR"});
    CHECK(s.sets.with(set, "BR", s.texts) == set);
    CHECK(s.sets.with(set, "", s.texts) == set);
    CHECK(s.of({""}) == TextSets::k_empty);
}

TEST_CASE("of too many texts the first by alphabet stay whatever their order") {
    std::vector<std::string> many;
    for (int i = 0; i < 40; ++i) many.push_back(fmt::format("agent{:02}", i));
    const std::vector<std::string> first(many.begin(), many.begin() + TextSets::k_most);
    Sets s;
    const std::uint32_t set = s.of(many);
    CHECK(s.texts_in(set) == first);
    std::reverse(many.begin(), many.end());
    CHECK(s.of(many) == set);
    CHECK(s.sets.with(set, "zz", s.texts) == set);
}
