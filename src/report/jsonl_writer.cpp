// JSON Lines: the columns of the CSV as one flat object for each row, for log pipelines and jq.
#include "report/flat_row.hpp"
#include "report/formats.hpp"
#include "report/json_text.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

std::string json_cell(const FlatCell& cell) {
    switch (cell.kind) {
        case FlatCell::Kind::absent: return "null";
        case FlatCell::Kind::number: return cell.text;
        case FlatCell::Kind::text: break;
    }
    return dump_line(nlohmann::ordered_json(cell.text));
}

// A line of all columns; `cell(column)` gives the FlatCell of each.
template <typename Cell>
Result<void> write_line(ByteSink& sink, Cell cell) {
    std::string line;
    for (const FlatColumn& column : flat_columns()) {
        line += line.empty() ? "{\"" : ",\"";
        line += column.name;
        line += "\":";
        line += json_cell(cell(column));
    }
    line += "}\n";
    return sink.write(line);
}

Result<void> write_lines(const Report& report, const RowList& rows, bool is_device,
                         ByteSink& sink) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        SA_CHECK(write_line(sink, [&](const FlatColumn& column) {
            return column.cell({report, row, is_device});
        }));
    }
    return {};
}

}  // namespace

Result<void> write_jsonl(const Report& report, const WriteOptions&, ByteSink& sink) {
    SA_CHECK(write_lines(report, *report.accounts, false, sink));
    SA_CHECK(write_lines(report, *report.devices, true, sink));
    for (const TenantPart& part : report.tenants)
        if (part.state == CoverageState::failed)
            SA_CHECK(write_line(sink, [&](const FlatColumn& column) {
                return failed_tenant_cell(column.name, report, part);
            }));
    return {};
}

}  // namespace smtpaudit
