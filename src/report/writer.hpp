// The output formats. Writers print what the report says and decide nothing.
#pragma once

#include "base/files.hpp"
#include "model/report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace smtpaudit {

enum class Section : std::uint8_t { both, accounts, devices };

// What people read is filtered (table, csv); the run document is always whole.
struct WriteOptions {
    Section only = Section::both;
    std::size_t top = 0;  // rows of each section; 0 is all
    std::optional<Band> min_band;  // absent: every band
    bool color = false;  // ANSI colours in the table
    std::size_t columns = 0;  // terminal width; 0: 120; under 60 is taken as 60
    bool csv_raw = false;  // no leading apostrophe before = + - @
    bool csv_bom = false;  // UTF-8 BOM, for Excel
};

struct Writer {
    std::string_view name;  // of --format
    std::string_view help;  // one line
    Result<void> (*write)(const Report&, const WriteOptions&, ByteSink&);
};

// The table of writers, in the order of the help.
std::span<const Writer> all_writers();
const Writer* find_writer(std::string_view name);

}  // namespace smtpaudit
