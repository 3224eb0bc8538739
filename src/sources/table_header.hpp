// The beginning of a file as the kinds look at it: the columns of a table, the keys of JSON.
#pragma once

#include "base/result.hpp"
#include "sources/column_captions.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

class TableHeader {
public:
    TableHeader(std::vector<std::string> captions, const CaptionTable& table);

    const std::vector<std::string>& captions() const { return captions_; }
    // The index of the column; nullopt: the file has none.
    std::optional<std::size_t> find(std::string_view column) const;
    bool has(std::string_view column) const { return find(column).has_value(); }
    std::size_t count_of(std::span<const std::string_view> columns) const;
    // The cell says exactly this, but for case and blanks: for files that are no evidence, whose
    // captions are in no table.
    bool has_caption(std::string_view caption) const;
    // Two cells that name one column: Errc::input.
    Result<void> check_unique(const std::string& name) const;
    // Captions of none of these columns, for a note. Empty ones are left out.
    std::vector<std::string> others(std::span<const std::string_view> columns) const;

private:
    std::vector<std::string> captions_;
    std::vector<std::string> columns_;  // beside captions_; empty: unknown
};

// Adds `columns not used: "a", "b"`, or nothing.
void note_others(const std::vector<std::string>& others, std::vector<std::string>& notes);
// Errc::input: the file has not the column it needs; lists what it has.
Error missing_column(const std::string& name, std::string_view column, const TableHeader& header);

// The keys that a JSON text shows before it is parsed. A text that is cut, or is no JSON at all,
// shows the keys in front of that.
struct JsonOpening {
    bool is_array = false;  // begins with [
    std::set<std::string, std::less<>> keys;  // of the first object
    // Of the first object inside an array: a record of [{…}] or {"value":[{…}]}.
    std::set<std::string, std::less<>> record_keys;
    // "@odata.context" of the first object, as Graph writes it: what a list without rows is of.
    std::string context;
};
// nullopt: the first character that is no blank is neither { nor [.
std::optional<JsonOpening> json_opening(std::string_view text);

}  // namespace smtpaudit
