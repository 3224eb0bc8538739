#include "app/products_file.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "sources/csv.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>

namespace smtpaudit {
namespace {

enum Column : std::size_t { k_name, k_words, k_oauth, k_note, k_evidence, k_as_of, k_columns };
constexpr std::array<std::string_view, k_columns> k_column_names = {"name", "words",    "oauth",
                                                                    "note", "evidence", "as_of"};
constexpr std::string_view k_advice = "see docs/remedies.md, \"Products of your own\"";

using Places = std::array<std::optional<std::size_t>, k_columns>;

const std::string_view* find_name(std::string_view caption) {
    return std::find(k_column_names.begin(), k_column_names.end(), fold_case(trim(caption)));
}

Result<Places> find_columns(const CsvReader& csv) {
    Places places;
    for (std::size_t i = 0; i < csv.header().size(); ++i) {
        const auto* const at = find_name(csv.header()[i]);
        if (at == k_column_names.end())
            return fail(Errc::input,
                        fmt::format("{}:1: the products have no column {}; the columns are "
                                    "name,words,oauth,note,evidence,as_of",
                                    csv.name(), in_quotes(csv.header()[i])));
        places[static_cast<std::size_t>(at - k_column_names.begin())] = i;
    }
    for (const Column needed : {k_name, k_words, k_oauth, k_evidence, k_as_of})
        if (!places[needed])
            return fail(Errc::input, fmt::format("{}:1: the column \"{}\" is missing; {}",
                                                 csv.name(), k_column_names[needed], k_advice));
    return places;
}

std::vector<std::string> words_of(std::string_view cell) {
    std::vector<std::string> words;
    const std::string folded = fold_case(cell);
    for (const std::string_view word : split(folded, ' '))
        if (!word.empty()) words.emplace_back(word);
    return words;
}

bool is_address(std::string_view text) {
    const std::string folded = fold_case(text);
    const std::string_view rest =
        folded.starts_with("https://")  ? std::string_view(folded).substr(8)
        : folded.starts_with("http://") ? std::string_view(folded).substr(7)
                                        : std::string_view();
    return rest.find('.') != std::string_view::npos &&
           rest.find_first_of(" \t\r\n") == std::string_view::npos;
}

Result<Product> read_product(const CsvReader& csv, const Places& places) {
    const auto text = [&](Column column) {
        return places[column] ? std::string(trim(csv.field(*places[column]))) : std::string();
    };
    const auto refuse = [&](Column column, const std::string& what, std::string_view advice) {
        return tl::unexpected(csv.error(*places[column], what, std::string(advice)));
    };
    Product product;
    product.name = text(k_name);
    if (product.name.empty()) return refuse(k_name, "empty", "the product's name goes here");
    product.words = words_of(text(k_words));
    if (product.words.empty())
        return refuse(k_words, "empty",
                      "the words that the inventory's name must have go here, with blanks between");
    const std::string oauth = fold_case(text(k_oauth));
    if (oauth != "yes" && oauth != "no")
        return refuse(k_oauth, in_quotes(oauth) + " is neither yes nor no",
                      "say whether it can do OAuth for SMTP");
    product.does_oauth = oauth == "yes";
    product.note = text(k_note);
    product.evidence = text(k_evidence);
    if (!is_address(product.evidence))
        return refuse(k_evidence, in_quotes(product.evidence) + " is no address",
                      "a row needs one that shows it, like https://example.com/manual");
    product.as_of = text(k_as_of);
    if (!parse_iso_day(product.as_of))
        return refuse(k_as_of, in_quotes(product.as_of) + " is no day",
                      "write the day of the evidence like 2026-11-24");
    return product;
}

}  // namespace

Result<std::vector<Product>> read_products(const Files& files, const std::string& path) {
    SA_TRY(std::unique_ptr<ByteSource> bytes, files.open(path));
    CsvOptions options;
    options.known = [](std::span<const std::string_view> cells) {
        return static_cast<std::size_t>(std::count_if(
            cells.begin(), cells.end(),
            [](std::string_view cell) { return find_name(cell) != k_column_names.end(); }));
    };
    SA_TRY(CsvReader csv, CsvReader::open(std::move(bytes), path, options));
    SA_TRY(const Places places, find_columns(csv));
    std::vector<Product> products;
    for (;;) {
        SA_TRY(const bool more, csv.next());
        if (!more) return products;
        SA_TRY(Product product, read_product(csv, places));
        products.push_back(std::move(product));
    }
}

}  // namespace smtpaudit
