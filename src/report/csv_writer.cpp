// CSV of cli.md: RFC 4180, CRLF, UTF-8.
#include "report/csv_text.hpp"
#include "report/flat_row.hpp"
#include "report/formats.hpp"
#include "report/row_facts.hpp"

namespace smtpaudit {
namespace {

constexpr std::string_view k_bom = "\xEF\xBB\xBF";

std::string csv_cell(const FlatCell& cell, bool raw) {
    if (cell.kind != FlatCell::Kind::text) return cell.text;
    return csv_text(cell.text, raw);
}

// A line of all columns; `cell(column)` gives the FlatCell of each.
template <typename Cell>
Result<void> write_line(const WriteOptions& options, ByteSink& sink, Cell cell) {
    std::string line;
    for (const FlatColumn& column : flat_columns()) {
        if (!line.empty()) line += ',';
        line += csv_cell(cell(column), options.csv_raw);
    }
    line += "\r\n";
    return sink.write(line);
}

Result<void> write_rows(const Report& report, const RowList& rows, bool is_device,
                        const WriteOptions& options, ByteSink& sink) {
    return for_shown_rows(rows, options, [&](const Row& row) {
        return write_line(options, sink, [&](const FlatColumn& column) {
            return column.cell({report, row, is_device});
        });
    });
}

}  // namespace

Result<void> write_csv(const Report& report, const WriteOptions& options, ByteSink& sink) {
    std::string header(options.csv_bom ? k_bom : "");
    for (const FlatColumn& column : flat_columns()) {
        if (&column != &flat_columns().front()) header += ',';
        header += column.name;
    }
    header += "\r\n";
    SA_CHECK(sink.write(header));
    if (wants_accounts(options))
        SA_CHECK(write_rows(report, *report.accounts, false, options, sink));
    if (wants_devices(options)) SA_CHECK(write_rows(report, *report.devices, true, options, sink));
    for (const TenantPart& part : report.tenants)
        if (part.state == CoverageState::failed)
            SA_CHECK(write_line(options, sink, [&](const FlatColumn& column) {
                return failed_tenant_cell(column.name, report, part);
            }));
    return {};
}

}  // namespace smtpaudit
