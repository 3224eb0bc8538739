// Delimited text, record by record, in bounded memory: RFC 4180, and what Excel and the portals
// make of it. Rows of exports, inventories and caption tables are read with it.
#pragma once

#include "sources/decode.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

constexpr std::size_t k_csv_record_limit = std::size_t{1024} * 1024;

struct CsvOptions {
    // How many of these header cells the caller knows. Comma, semicolon and tab are tried, and
    // the one with the most known cells wins, then the one with the most cells. Absent: none is
    // known.
    std::function<std::size_t(std::span<const std::string_view>)> known;
    std::stop_token stop;
};

// Fields are separated by comma, semicolon or tab, as the header record shows; a first line
// "sep=;" decides it, and one of Export-Csv ("#TYPE …") is passed over. Lines end with LF, CR LF or CR, also mixed. A quoted field may hold
// delimiters, line ends and doubled quotes. Blank lines are skipped. Spaces are kept. Every
// record has as many fields as the header. Move-only.
class CsvReader {
public:
    // Reads the header record. Nothing but blank lines, or a malformed header: Errc::input.
    static Result<CsvReader> open(TextDecoder text, const CsvOptions& options);
    static Result<CsvReader> open(std::unique_ptr<ByteSource> bytes, std::string name,
                                  const CsvOptions& options);
    CsvReader(CsvReader&&) noexcept;
    CsvReader& operator=(CsvReader&&) noexcept;
    ~CsvReader();

    const std::string& name() const;
    const std::vector<std::string>& header() const;  // trimmed
    char delimiter() const;

    // Goes to the next record; false at the end. A ragged record, a quote that is not closed or
    // stands inside an unquoted field, text after a closing quote, a record over
    // k_csv_record_limit, text that cannot be decoded: Errc::input with name:line:column, and
    // reading is over.
    Result<bool> next();
    // Field `index` of the record, index < header().size(); valid until next().
    std::string_view field(std::size_t index) const;
    std::uint64_t line() const;  // the physical line where the record begins, from 1
    std::uint64_t records() const;  // so far, without the header
    // "report.csv:17:4": where the field begins, in lines and characters.
    std::string where(std::size_t index) const;
    // Errc::input: `where`: `what` (column "caption"); `advice`.
    Error error(std::size_t index, std::string_view what, std::string_view advice) const;

private:
    struct State;
    explicit CsvReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// A text from data for a message: in quotes, printable, cut to 40 columns.
std::string in_quotes(std::string_view text);
// The same for many: `"a", "b", "c" and 4 more`.
std::string quoted_list(std::span<const std::string> texts, std::size_t most);

}  // namespace smtpaudit
