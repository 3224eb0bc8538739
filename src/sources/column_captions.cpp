#include "sources/column_captions.hpp"

#include "base/text.hpp"
#include "sources/csv.hpp"
#include "sources/view_source.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_column_captions;
}

namespace {

// Blanks and underscores go, since exports write one name as senderAddress, sender_address and
// "Sender address"; an apostrophe is an apostrophe.
std::string fold_caption(std::string_view caption) {
    struct Replacement {
        std::string_view from, to;
    };
    constexpr std::array<Replacement, 9> k_replacements = {{{" ", ""},
                                                            {"\t", ""},
                                                            {"_", ""},
                                                            {"\xC2\xA0", ""},
                                                            {"\xE2\x80\x89", ""},
                                                            {"\xE2\x80\xAF", ""},
                                                            {"\xE2\x80\x98", "'"},
                                                            {"\xE2\x80\x99", "'"},
                                                            {"\xC2\xB4", "'"}}};
    std::string out;
    while (!caption.empty()) {
        const auto found = std::find_if(
            k_replacements.begin(), k_replacements.end(),
            [&](const Replacement& replacement) { return caption.starts_with(replacement.from); });
        if (found != k_replacements.end()) {
            out += found->to;
            caption.remove_prefix(found->from.size());
        } else {
            out += caption.front();
            caption.remove_prefix(1);
        }
    }
    return fold_case(out);
}

constexpr std::array<std::string_view, 4> k_header = {"column", "caption", "language", "source"};

std::size_t header_index(const std::vector<std::string>& header, std::string_view name) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

CsvOptions caption_csv() {
    CsvOptions options;
    options.known = [](std::span<const std::string_view> cells) {
        return static_cast<std::size_t>(
            std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
                return std::find(k_header.begin(), k_header.end(), cell) != k_header.end();
            }));
    };
    return options;
}

}  // namespace

CaptionTable CaptionTable::built_in() {
    CaptionTable table;
    if (const auto loaded = table.load(embedded::k_column_captions, "column_captions.csv", true);
        !loaded)
        throw std::logic_error("the built-in column captions are malformed");
    return table;
}

Result<void> CaptionTable::add(std::string_view csv, const std::string& name) {
    CaptionTable more = *this;
    SA_CHECK(more.load(csv, name, false));
    *this = std::move(more);
    return {};
}

Result<void> CaptionTable::load(std::string_view csv, const std::string& name,
                                bool may_name_columns) {
    SA_TRY(CsvReader reader,
           CsvReader::open(std::make_unique<ViewSource>(csv), name, caption_csv()));
    const std::size_t column = header_index(reader.header(), "column");
    const std::size_t caption = header_index(reader.header(), "caption");
    if (std::max(column, caption) >= reader.header().size())
        return fail(Errc::input, fmt::format("{}:1:1: the header must name the columns \"column\" "
                                             "and \"caption\"; it has {}",
                                             name, quoted_list(reader.header(), 8)));
    for (;;) {
        SA_TRY(const bool found, reader.next());
        if (!found) return {};
        const std::string id(trim(reader.field(column)));
        const std::string words = fold_caption(trim(reader.field(caption)));
        if (may_name_columns) columns_.insert(id);
        if (!columns_.contains(id))
            return tl::unexpected(
                reader.error(column, in_quotes(id) + " is not a column that is read",
                             "known: " + join({columns_.begin(), columns_.end()}, ", ")));
        if (words.empty())
            return tl::unexpected(
                reader.error(caption, "the caption is empty", "write the caption to find"));
        const auto [entry, is_new] = column_by_caption_.try_emplace(words, id);
        if (!is_new && entry->second != id)
            return tl::unexpected(reader.error(
                caption,
                fmt::format("{} already means {}", in_quotes(reader.field(caption)), entry->second),
                "one caption can name one column only"));
    }
}

std::optional<std::string_view> CaptionTable::column(std::string_view caption) const {
    const auto found = column_by_caption_.find(fold_caption(trim(caption)));
    if (found == column_by_caption_.end()) return std::nullopt;
    return found->second;
}

}  // namespace smtpaudit
