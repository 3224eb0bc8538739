#include "sources/table_header.hpp"

#include "base/text.hpp"
#include "sources/csv.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_in_message = 12;

bool is_one_of(std::span<const std::string_view> columns, std::string_view column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
}

std::string without_blanks(std::string_view caption) {
    std::string out = ascii_lower(caption);
    std::erase_if(out, [](char c) { return c == ' ' || c == '_'; });
    return out;
}

}  // namespace

TableHeader::TableHeader(std::vector<std::string> captions, const CaptionTable& table)
    : captions_(std::move(captions)) {
    for (const std::string& caption : captions_)
        columns_.emplace_back(table.column(caption).value_or(""));
}

std::optional<std::size_t> TableHeader::find(std::string_view column) const {
    const auto at = std::find(columns_.begin(), columns_.end(), column);
    if (column.empty() || at == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(at - columns_.begin());
}

std::size_t TableHeader::count_of(std::span<const std::string_view> columns) const {
    return static_cast<std::size_t>(std::count_if(
        columns.begin(), columns.end(), [this](std::string_view column) { return has(column); }));
}

bool TableHeader::has_caption(std::string_view caption) const {
    const std::string wanted = without_blanks(caption);
    return std::any_of(captions_.begin(), captions_.end(), [&](const std::string& candidate) {
        return without_blanks(candidate) == wanted;
    });
}

Result<void> TableHeader::check_unique(const std::string& name) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::size_t first = find(columns_[i]).value_or(i);
        if (first == i) continue;
        return fail(
            Errc::input,
            fmt::format("{}:1:1: the header cells {} and {} both name the column {}; take one "
                        "out, or rename it",
                        name, in_quotes(captions_[first]), in_quotes(captions_[i]), columns_[i]));
    }
    return {};
}

std::vector<std::string> TableHeader::others(std::span<const std::string_view> columns) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < captions_.size(); ++i)
        if (!captions_[i].empty() && !is_one_of(columns, columns_[i])) out.push_back(captions_[i]);
    return out;
}

void note_others(const std::vector<std::string>& others, std::vector<std::string>& notes) {
    if (others.empty()) return;
    notes.push_back(fmt::format("column{} not used: {}", others.size() == 1 ? "" : "s",
                                quoted_list(others, k_most_in_message)));
}

Error missing_column(const std::string& name, std::string_view column, const TableHeader& header) {
    return {
        Errc::input,
        fmt::format("{}:1:1: there is no column {}; the header has {}; if one of them is it, name "
                    "it with --columns",
                    name, column, quoted_list(header.captions(), k_most_in_message))};
}

namespace {

class OpeningScanner {
public:
    explicit OpeningScanner(std::string_view text) : text_(text) {}

    std::optional<JsonOpening> scan() {
        skip_blanks();
        if (at_ == text_.size() || (text_[at_] != '{' && text_[at_] != '[')) return std::nullopt;
        opening_.is_array = text_[at_] == '[';
        while (at_ < text_.size() && !is_done_) step();
        return std::move(opening_);
    }

private:
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    void step() {
        const char c = text_[at_++];
        if (c == '{' || c == '[') {
            open(c == '{');
        } else if (c == '}' || c == ']') {
            close();
        } else if (c == '"') {
            const auto string = take_string();
            if (!string) return;
            if (is_context_)
                opening_.context = *string;
            else
                maybe_key(*string);
            is_context_ = is_context_key_;
            is_context_key_ = false;
        }
    }

    void open(bool is_object) {
        const bool in_array = !stack_.empty() && stack_.back() == '[';
        stack_ += is_object ? '{' : '[';
        if (!is_object) return;
        if (record_depth_ == 0 && in_array) record_depth_ = stack_.size();
        if (object_depth_ == 0) object_depth_ = stack_.size();
    }

    void close() {
        if (stack_.size() == record_depth_) record_depth_ = std::string::npos;
        if (stack_.size() == object_depth_) object_depth_ = std::string::npos;
        if (!stack_.empty()) stack_.pop_back();
        is_done_ = stack_.empty();
    }

    // From behind the opening quote; nullopt: the text ends in it. Escapes stay as they are:
    // no key that a kind asks for has one.
    std::optional<std::string_view> take_string() {
        const std::size_t begin = at_;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '"') {
                return text_.substr(begin, at_++ - begin);
            }
        }
        at_ = text_.size();
        return std::nullopt;
    }

    void maybe_key(std::string_view string) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != ':' || stack_.empty()) return;
        if (stack_.size() == object_depth_) {
            opening_.keys.emplace(string);
            is_context_key_ = string == "@odata.context";
        }
        if (stack_.size() == record_depth_) opening_.record_keys.emplace(string);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string stack_;  // of open brackets
    // How deep the first object, and the first object in an array, are; 0: not come, npos: passed.
    std::size_t object_depth_ = 0, record_depth_ = 0;
    bool is_done_ = false;
    // This text is the key, the next one its value.
    bool is_context_key_ = false, is_context_ = false;
    JsonOpening opening_;
};

}  // namespace

std::optional<JsonOpening> json_opening(std::string_view text) {
    return OpeningScanner(text).scan();
}

}  // namespace smtpaudit
