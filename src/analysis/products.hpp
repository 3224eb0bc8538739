// Products that can or cannot do OAuth for SMTP: a dated list with an address of evidence for each
// row. A hint, never more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct Product {
    std::string name;
    std::vector<std::string> words;  // folded; all of them are whole words of a name that fits
    bool does_oauth = false;
    std::string note, evidence;  // an address
    std::string as_of;  // the day of the evidence, ISO
};

class ProductList {
public:
    // The one that is embedded (products.json).
    static const ProductList& built_in();
    // Stands before those that are there: what the administrator says comes first.
    void add(std::vector<Product> products);
    // Sentences for the products whose words are all in this name; empty: none is known by it.
    std::vector<std::string> hints(std::string_view name) const;

private:
    std::vector<Product> products_;
};

}  // namespace smtpaudit
