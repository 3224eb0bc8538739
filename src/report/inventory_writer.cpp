// The inventory file (cli.md) with the devices that were found, to be named by hand and given back.
// A class that was only guessed stays empty: given back, it would count as known.
#include "base/text.hpp"
#include "report/csv_text.hpp"
#include "report/formats.hpp"

#include <fmt/format.h>
#include <set>
#include <string>

namespace smtpaudit {
namespace {

bool is_from_inventory(const Row& row) { return row.class_.source == "inventory"; }

std::string name_of(const Row& row) {
    return fold_case(row.name) == fold_case(row.id) ? std::string() : row.name;
}

// Of an account only what the inventory told before, so that giving the file back loses nothing.
bool says_something(const Row& row) {
    return is_from_inventory(row) || row.owner || row.site || !name_of(row).empty();
}

Result<void> write_entry(const Row& row, const WriteOptions& options, ByteSink& sink) {
    const auto cell = [&](std::string_view text) { return csv_text(text, options.csv_raw); };
    return sink.write(fmt::format("{},{},{},{},{}\r\n", cell(row.id), cell(name_of(row)),
                                  is_from_inventory(row) ? cell(row.class_.name) : "",
                                  cell(row.owner.value_or("")), cell(row.site.value_or(""))));
}

}  // namespace

Result<void> write_inventory(const Report& report, const WriteOptions& options, ByteSink& sink) {
    if (options.csv_bom) SA_CHECK(sink.write("\xEF\xBB\xBF"));
    SA_CHECK(sink.write("match,name,class,owner,site\r\n"));
    std::set<std::string> seen;  // several tenants may have one address
    for (std::size_t i = 0; i < report.devices->size(); ++i)
        if (const Row row = report.devices->at(i);
            report.tenants.empty() || seen.insert(row.id).second)
            SA_CHECK(write_entry(row, options, sink));
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        const Row row = report.accounts->at(i);
        // A star would make a pattern of it.
        if (row.id.find('*') == std::string::npos && says_something(row))
            SA_CHECK(write_entry(row, options, sink));
    }
    return {};
}

}  // namespace smtpaudit
