// The table of column captions: which words, in which language, name which column. It is data
// (column_captions.csv, embedded); a user adds rows with --columns.
#pragma once

#include "base/result.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace smtpaudit {

class CaptionTable {
public:
    static CaptionTable built_in();
    // Adds rows of the same CSV shape: column,caption and, if wanted, language,source, in any
    // order. `name` is for messages. An unknown column name, an empty caption, or one that already
    // means another column: Errc::input with name:line:column, and nothing is added.
    Result<void> add(std::string_view csv, const std::string& name);
    // The column that a header cell names; case, spaces, underscores and apostrophe forms do not
    // matter ("Sender address" is "SENDER_ADDRESS").
    std::optional<std::string_view> column(std::string_view caption) const;

private:
    CaptionTable() = default;
    Result<void> load(std::string_view csv, const std::string& name, bool may_name_columns);

    std::set<std::string, std::less<>> columns_;
    std::map<std::string, std::string, std::less<>> column_by_caption_;  // folded captions
};

}  // namespace smtpaudit
