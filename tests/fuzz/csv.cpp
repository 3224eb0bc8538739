// The CSV reader: rows do not depend on how the text comes in pieces, and what was read can be
// written and read again.
#include "fuzz/fuzz.hpp"

#include "sources/csv.hpp"
#include "sources/csv_record.hpp"
#include "support/fakes.hpp"

#include <optional>
#include <vector>

namespace smtpaudit::fuzz {
namespace {

using Fields = std::vector<std::string>;

struct Rows {
    Fields header;
    char delimiter = ',';
    std::vector<Fields> rows;
    std::vector<std::uint64_t> lines;
    std::string error;  // empty: read to the end
};

Rows read(std::string text, std::size_t step) {
    Rows out;
    auto csv = CsvReader::open(std::make_unique<test::TextSource>(std::move(text), step), "f.csv",
                               CsvOptions{});
    if (!csv) {
        out.error = csv.error().message;
        return out;
    }
    out.header = csv->header();
    out.delimiter = csv->delimiter();
    for (;;) {
        const auto found = csv->next();
        if (!found) out.error = found.error().message;
        if (!found || !*found) break;
        Fields fields;
        for (std::size_t i = 0; i < out.header.size(); ++i) {
            fields.emplace_back(csv->field(i));
            require(csv->where(i).starts_with("f.csv:"), "a field has a place", csv->where(i));
        }
        out.rows.push_back(std::move(fields));
        require(out.lines.empty() || csv->line() > out.lines.back(), "lines only grow");
        out.lines.push_back(csv->line());
    }
    require(csv->records() == out.rows.size() || !out.error.empty(), "records are counted");
    return out;
}

std::string write(const Rows& rows) {
    std::string text;
    const auto line = [&](const Fields& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (i > 0) text += rows.delimiter;
            text += '"';
            for (const char c : fields[i]) {
                if (c == '"') text += '"';
                text += c;
            }
            text += '"';
        }
        text += "\r\n";
    };
    text += "sep=";
    text += rows.delimiter;
    text += "\n";
    line(rows.header);
    for (const Fields& row : rows.rows) line(row);
    return text;
}

// The records that the cutter finds when the text comes `step` bytes at a time.
std::vector<Fields> cut(std::string_view text, std::size_t step, char delimiter, bool& malformed) {
    std::vector<Fields> out;
    CsvCutter cutter;
    std::string buffer;
    std::size_t at = 0;
    bool ended = false;
    for (;;) {
        if (at == buffer.size() && ended) return out;
        switch (cutter.cut(buffer, at, delimiter, ended)) {
            case CsvCut::malformed: malformed = true; return out;
            case CsvCut::more_text_needed: {
                require(!ended, "the last block needs no more text");
                buffer.erase(0, at);
                cutter.shift(at);
                at = 0;
                const std::string_view block = text.substr(0, step);
                text.remove_prefix(block.size());
                buffer += block;
                ended = block.empty();
                break;
            }
            case CsvCut::record: {
                require(cutter.end() > at && cutter.end() <= buffer.size(), "a record has bytes");
                Fields fields;
                for (const CsvField& field : cutter.fields()) fields.emplace_back(field.text);
                require(!fields.empty(), "a record has a field");
                out.push_back(std::move(fields));
                at = cutter.end();
                break;
            }
        }
    }
}

void check_cutter(std::string_view text, unsigned choice) {
    constexpr char k_delimiters[] = {',', ';', '\t', '\0'};
    const char delimiter = k_delimiters[choice % 4];
    bool whole_malformed = false, split_malformed = false;
    const auto whole = cut(text, text.size() + 1, delimiter, whole_malformed);
    const auto pieces = cut(text, 1 + choice / 4 % 9, delimiter, split_malformed);
    require(whole == pieces && whole_malformed == split_malformed,
            "records do not depend on blocks");
}

}  // namespace

void csv(std::string_view bytes) {
    const unsigned choice = take_choice(bytes);
    check_cutter(bytes, choice);
    std::string text(bytes);
    if (choice % 16 == 15) {
        // Pushed over the edge of the decoder's block of 64 KiB, which no small input reaches.
        constexpr std::size_t k_edge = std::size_t{64} * 1024 - 16;
        std::string padded = "a,b\n\"";
        padded.resize(k_edge - choice, 'x');
        padded += "\",2\n";
        text = padded + text;
    }
    const Rows once = read(text, std::size_t{64} * 1024);
    const Rows pieces = read(text, text.size() < 4096 ? 1 + choice / 16 : 4096 + choice);
    require(once.rows == pieces.rows && once.lines == pieces.lines && once.error == pieces.error &&
                once.header == pieces.header,
            "rows do not depend on how the bytes come");
    for (const Fields& row : once.rows)
        require(row.size() == once.header.size(), "every row has the header's fields");
    if (!once.error.empty()) {
        require_message(once.error);
        return;
    }
    // A header alone with one empty field is a blank line, which is no record.
    if (once.header == Fields{""}) return;
    const Rows again = read(write(once), std::size_t{64} * 1024);
    require(again.error.empty(), "what was read can be written and read", again.error);
    require(again.header == once.header && again.rows == once.rows,
            "what was read is read again as it was");
}

}  // namespace smtpaudit::fuzz
