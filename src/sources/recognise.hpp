// Which kind of file this is, by its content; and what a file given by mistake looks like.
#pragma once

#include "sources/file_kinds.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

// nullptr: none of the kinds.
const KindEntry* kind_of_json(const JsonOpening& opening);
const KindEntry* kind_of_table(const TableHeader& header);

// One line for a file that is no kind; Errc::input. `name` is the file's.
Error unknown_json(const std::string& name, const JsonOpening& opening);
Error unknown_table(const std::string& name, const TableHeader& header);
// An HTML page or XML; nullopt: neither.
std::optional<Error> markup(const std::string& name, std::string_view opening);

}  // namespace smtpaudit
