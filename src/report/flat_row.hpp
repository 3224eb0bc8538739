// A row as one line of named cells: the frozen columns of the CSV (cli.md), append only.
#pragma once

#include "model/report.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace smtpaudit {

struct FlatCell {
    enum class Kind : std::uint8_t { absent, number, text };
    Kind kind = Kind::absent;
    std::string text;  // of a number its digits; lists are joined by ';'
};

struct FlatRow {
    const Report& report;
    const Row& row;
    bool is_device;
};

struct FlatColumn {
    std::string_view name;
    FlatCell (*cell)(const FlatRow&);
};

// In the order that scripts rely on.
std::span<const FlatColumn> flat_columns();

// The same columns of a tenant that failed, in a report of several: its kind is "tenant", its status
// "failed", and `why` says why. Without such a line its absence would look like a clean result.
FlatCell failed_tenant_cell(std::string_view column, const Report& report, const TenantPart& part);

}  // namespace smtpaudit
