// The products file: CSV with the columns name,words,oauth,note,evidence,as_of.
#pragma once

#include "analysis/products.hpp"
#include "base/files.hpp"

#include <string>
#include <vector>

namespace smtpaudit {

// Absent, malformed, or a row without a name, words, yes or no, an address of evidence and its day:
// Errc::input with name:line:column.
Result<std::vector<Product>> read_products(const Files& files, const std::string& path);

}  // namespace smtpaudit
