#include "analysis/products.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_products;
}

namespace {

using nlohmann::json;

struct Product {
    std::string name, note, evidence;
    std::vector<std::string> words;  // folded
    bool does_oauth = false;
};

struct ProductList {
    std::string as_of;
    std::vector<Product> products;
};

// The file is built in and tested, so a mistake in it is a bug.
ProductList load() {
    const json document = json::parse(embedded::k_products);
    ProductList list;
    list.as_of = document.at("as_of");
    for (const json& one : document.at("products"))
        list.products.push_back({one.at("name"), one.at("note"), one.at("evidence"),
                                 one.at("words").get<std::vector<std::string>>(),
                                 one.at("oauth").get<bool>()});
    return list;
}

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

std::vector<std::string> product_hints(std::string_view name) {
    static const ProductList list = load();
    std::vector<std::string> hints;
    if (name.empty()) return hints;
    const std::string folded = fold_case(name);
    for (const Product& product : list.products) {
        const bool fits = std::all_of(product.words.begin(), product.words.end(),
                                      [&](const auto& word) { return has_word(folded, word); });
        if (fits)
            hints.push_back(fmt::format("hint: {} {} OAuth for SMTP: {} ({}, as of {})",
                                        product.name, product.does_oauth ? "can do" : "cannot do",
                                        product.note, product.evidence, list.as_of));
    }
    return hints;
}

}  // namespace smtpaudit
