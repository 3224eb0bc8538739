// Products that can or cannot do OAuth for SMTP: a dated list with an address of evidence for each
// row (products.json, embedded). A hint, never more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Sentences for products whose words are all in this name; empty: no product is known by it.
std::vector<std::string> product_hints(std::string_view name);

}  // namespace smtpaudit
