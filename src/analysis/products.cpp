#include "analysis/products.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_products;
}

namespace {

using nlohmann::json;

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool has_word(std::string_view folded, std::string_view word) {
    for (std::size_t at = folded.find(word); at != std::string_view::npos;
         at = folded.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_word_character(folded[at - 1])) &&
            (end == folded.size() || !is_word_character(folded[end])))
            return true;
    }
    return false;
}

}  // namespace

// The file is built in and tested, so a mistake in it is a bug.
const ProductList& ProductList::built_in() {
    static const ProductList list = [] {
        const json document = json::parse(embedded::k_products);
        ProductList made;
        for (const json& one : document.at("products"))
            made.products_.push_back({one.at("name"),
                                      one.at("words").get<std::vector<std::string>>(),
                                      one.at("oauth").get<bool>(), one.at("note"),
                                      one.at("evidence"), document.at("as_of")});
        return made;
    }();
    return list;
}

void ProductList::add(std::vector<Product> products) {
    products.insert(products.end(), std::make_move_iterator(products_.begin()),
                    std::make_move_iterator(products_.end()));
    products_ = std::move(products);
}

std::vector<std::string> ProductList::hints(std::string_view name) const {
    std::vector<std::string> hints;
    if (name.empty()) return hints;
    const std::string folded = fold_case(name);
    for (const Product& product : products_) {
        const bool fits = std::all_of(product.words.begin(), product.words.end(),
                                      [&](const auto& word) { return has_word(folded, word); });
        if (!fits) continue;
        const std::string note = product.note.empty() ? "" : ": " + product.note;
        hints.push_back(fmt::format("hint: {} {} OAuth for SMTP{} ({}, as of {})", product.name,
                                    product.does_oauth ? "can do" : "cannot do", note,
                                    product.evidence, product.as_of));
    }
    return hints;
}

}  // namespace smtpaudit
