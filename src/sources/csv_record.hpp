// Cuts one record out of a buffer of text; knows nothing of where the text comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

struct CsvField {
    std::string_view text;
    std::size_t begin = 0;  // of the field with its quotes, from the record's first byte
    bool has_doubled_quotes = false;
};

enum class CsvFault : std::uint8_t { none, unclosed_quote, quote_inside, text_after_quote };

enum class CsvCut : std::uint8_t { record, more_text_needed, malformed };

// Looks for one character; remembers how far it has looked, so that no byte is looked at twice.
class CharFinder {
public:
    explicit CharFinder(char wanted) : wanted_(wanted) {}
    // The offset of the first one at or after `from`, or text.size().
    std::size_t find(std::string_view text, std::size_t from);
    // The text lost `count` bytes at its front.
    void shift(std::size_t count);

private:
    char wanted_;
    bool found_ = false;  // there is one at next_
    std::size_t next_ = 0;  // there is none in front of it
};

class CsvCutter {
public:
    // Cuts the record at `from`. `is_last`: no more text will come. The fields point into `text`
    // or, where quotes were doubled, into the cutter; both until the next call.
    CsvCut cut(std::string_view text, std::size_t from, char delimiter, bool is_last);
    // The text lost `count` bytes at its front.
    void shift(std::size_t count);

    const std::vector<CsvField>& fields() const { return fields_; }
    std::size_t end() const { return end_; }  // behind the record's line end
    std::size_t body_end() const { return body_end_; }  // in front of it
    bool has_quotes() const { return has_quotes_; }  // the record may span lines
    // malformed, or more_text_needed in an open quote: what it is, and its offset in `text`.
    CsvFault fault() const { return fault_; }
    std::size_t fault_at() const { return fault_at_; }

private:
    CsvCut cut_plain(std::string_view text, std::size_t from, char delimiter, bool is_last);
    CsvCut cut_quoted(std::string_view text, std::size_t from, char delimiter, bool is_last);
    CsvCut end_line(std::string_view text, std::size_t at, bool is_last);
    CsvCut malformed(CsvFault fault, std::size_t at);
    void add_plain_fields(std::string_view text, std::size_t from, std::size_t end, char delimiter);
    void join_doubled_quotes();

    CharFinder lf_{'\n'}, cr_{'\r'}, quote_{'"'};
    std::vector<CsvField> fields_;
    std::string unescaped_;
    std::size_t end_ = 0, body_end_ = 0, fault_at_ = 0;
    bool has_quotes_ = false;
    CsvFault fault_ = CsvFault::none;
};

}  // namespace smtpaudit
