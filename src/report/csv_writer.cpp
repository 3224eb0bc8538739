// CSV of cli.md: RFC 4180, CRLF, UTF-8.
#include "base/text.hpp"
#include "report/flat_row.hpp"
#include "report/formats.hpp"
#include "report/row_facts.hpp"

namespace smtpaudit {
namespace {

constexpr std::string_view k_bom = "\xEF\xBB\xBF";

// RFC 4180 allows no control character in a field but CR and LF; TAB is kept, since it is text to
// everybody. A sheet is also looked at with cat.
std::string without_controls(std::string_view text) {
    std::string out;
    for (;;) {
        const std::size_t at = text.find_first_of("\t\r\n");
        out += printable(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        out += text[at];
        text.remove_prefix(at + 1);
    }
}

std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

std::string csv_cell(const FlatCell& cell, bool raw) {
    if (cell.kind != FlatCell::Kind::text) return cell.text;
    std::string text = without_controls(cell.text);
    // A spreadsheet runs such a cell as a formula.
    constexpr std::string_view k_formula_starts = "=+-@\t\r";
    if (!raw && k_formula_starts.find(text.front()) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    return quoted(text);
}

Result<void> write_rows(const Report& report, const RowList& rows, bool is_device,
                        const WriteOptions& options, ByteSink& sink) {
    return for_shown_rows(rows, options, [&](const Row& row) {
        std::string line;
        for (const FlatColumn& column : flat_columns()) {
            if (!line.empty()) line += ',';
            line += csv_cell(column.cell({report, row, is_device}), options.csv_raw);
        }
        line += "\r\n";
        return sink.write(line);
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
    return {};
}

}  // namespace smtpaudit
