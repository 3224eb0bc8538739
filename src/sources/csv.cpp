#include "sources/csv.hpp"

#include "base/text.hpp"
#include "sources/csv_record.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::array<char, 3> k_delimiters = {',', ';', '\t'};

// "sep=;", which Excel reads and writes in front of the header; quoted by some exporters.
std::optional<char> separator_line(std::string_view line) {
    line = trim(line);
    if (line.size() == 7 && line.front() == '"' && line.back() == '"') line = line.substr(1, 5);
    // "sep=" and a tab: trimmed away.
    if (equals_ignoring_case(line, "sep=")) return '\t';
    if (line.size() != 5 || !equals_ignoring_case(line.substr(0, 4), "sep=")) return std::nullopt;
    const bool is_known =
        std::find(k_delimiters.begin(), k_delimiters.end(), line[4]) != k_delimiters.end();
    return is_known ? std::optional(line[4]) : std::nullopt;
}

// "#TYPE System.Management.Automation.PSCustomObject": Export-Csv of Windows PowerShell without
// -NoTypeInformation writes it in front of the header.
bool is_type_line(std::string_view line) { return trim(line).starts_with("#TYPE "); }

}  // namespace

struct CsvReader::State {
    explicit State(TextDecoder decoder) : text(std::move(decoder)) {}

    TextDecoder text;
    std::string buffer;
    std::size_t at = 0;  // the record in the cutter, or the next one, begins here
    bool has_record = false;  // there is one in the cutter
    bool ended = false;  // no more text behind the buffer
    char delimiter = ',';
    CsvCutter cutter;
    std::uint64_t line = 1;  // of `at`
    std::uint64_t records = 0;
    std::vector<std::string> header;

    std::string position_of(std::size_t offset) const;
    Error fault(std::string_view what, std::size_t offset) const;
    Error cut_fault() const;
    Result<void> refill();
    void leave_record();
    Result<bool> cut_record();
    Result<void> choose_delimiter(const CsvOptions& options);
    Result<void> read_header(const CsvOptions& options);
};

std::string CsvReader::State::position_of(std::size_t offset) const {
    TextCursor cursor(line);
    cursor.advance(std::string_view(buffer).substr(at, offset - at));
    return at_cursor(text.name(), cursor);
}

Error CsvReader::State::fault(std::string_view what, std::size_t offset) const {
    return {Errc::input, fmt::format("{}: {}; put the row right, or export or download "
                                     "the file again",
                                     position_of(offset), what)};
}

Error CsvReader::State::cut_fault() const {
    switch (cutter.fault()) {
        case CsvFault::unclosed_quote:
            return fault("the quote that opens here is never closed", cutter.fault_at());
        case CsvFault::quote_inside:
            return fault("a quote inside a field that does not begin with one", cutter.fault_at());
        case CsvFault::text_after_quote:
            return fault("text after the quote that closes a field", cutter.fault_at());
        case CsvFault::none: break;
    }
    return fault(fmt::format("a record of more than {} bytes", k_csv_record_limit), at);
}

Result<void> CsvReader::State::refill() {
    if (buffer.size() - at > k_csv_record_limit) return tl::unexpected(cut_fault());
    buffer.erase(0, at);
    cutter.shift(at);
    at = 0;
    SA_TRY(const std::string_view block, text.next());
    buffer += block;
    ended = block.empty();
    return {};
}

void CsvReader::State::leave_record() {
    if (cutter.has_quotes()) {
        TextCursor cursor(line);
        cursor.advance(std::string_view(buffer).substr(at, cutter.end() - at));
        line = cursor.line();
    } else {
        ++line;
    }
    at = cutter.end();
    has_record = false;
}

// Brings the record at `at` into the cutter, past blank lines; false at the end of the text.
Result<bool> CsvReader::State::cut_record() {
    for (;;) {
        if (at == buffer.size() && ended) return false;
        const CsvCut result = cutter.cut(buffer, at, delimiter, ended);
        if (result == CsvCut::malformed) return tl::unexpected(cut_fault());
        if (result == CsvCut::more_text_needed) {
            SA_CHECK(refill());
            continue;
        }
        if (cutter.end() - at > k_csv_record_limit) return tl::unexpected(cut_fault());
        if (cutter.body_end() != at) {
            has_record = true;
            return true;
        }
        leave_record();
    }
}

Result<void> CsvReader::State::choose_delimiter(const CsvOptions& options) {
    struct Best {
        char delimiter;
        std::size_t known, cells;
    };
    std::optional<Best> best;
    std::optional<Error> first_error;
    for (const char candidate : k_delimiters) {
        delimiter = candidate;
        const auto cut = cut_record();
        if (!cut) {
            // A malformed record under one delimiter may be a good one under the next.
            if (!first_error) first_error = cut.error();
            if (cut.error().code != Errc::input) break;
            continue;
        }
        if (!*cut) break;
        std::vector<std::string_view> cells;
        for (const CsvField& field : cutter.fields()) cells.push_back(trim(field.text));
        const Best found{candidate, options.known ? options.known(cells) : 0, cells.size()};
        if (!best || found.known > best->known ||
            (found.known == best->known && found.cells > best->cells))
            best = found;
    }
    if (best) {
        delimiter = best->delimiter;
        return {};
    }
    if (first_error) return tl::unexpected(std::move(*first_error));
    return fail(Errc::input, text.name() + ":1:1: nothing but blank lines; export the file again");
}

Result<void> CsvReader::State::read_header(const CsvOptions& options) {
    // No text holds a NUL, so with it as the delimiter a line is one field.
    delimiter = '\0';
    std::optional<char> separator;
    auto cut = cut_record();
    if (cut && *cut && is_type_line(cutter.fields().front().text)) {
        leave_record();
        cut = cut_record();
    }
    if (cut && *cut) separator = separator_line(cutter.fields().front().text);
    if (separator) {
        leave_record();
        delimiter = *separator;
    } else {
        SA_CHECK(choose_delimiter(options));
    }
    SA_TRY(const bool found, cut_record());
    if (!found)
        return fail(Errc::input,
                    text.name() + ": there is no header record; export the file again");
    for (const CsvField& field : cutter.fields()) header.emplace_back(trim(field.text));
    leave_record();
    return {};
}

CsvReader::CsvReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::open(TextDecoder text, const CsvOptions& options) {
    auto state = std::make_unique<State>(std::move(text));
    SA_CHECK(state->read_header(options));
    return CsvReader(std::move(state));
}

Result<CsvReader> CsvReader::open(std::unique_ptr<ByteSource> bytes, std::string name,
                                  const CsvOptions& options) {
    SA_TRY(TextDecoder text, TextDecoder::open(std::move(bytes), std::move(name), options.stop));
    return open(std::move(text), options);
}

const std::string& CsvReader::name() const { return state_->text.name(); }
const std::vector<std::string>& CsvReader::header() const { return state_->header; }
char CsvReader::delimiter() const { return state_->delimiter; }
std::uint64_t CsvReader::line() const { return state_->line; }
std::uint64_t CsvReader::records() const { return state_->records; }

Result<bool> CsvReader::next() {
    State& state = *state_;
    if (state.has_record) state.leave_record();
    SA_TRY(const bool found, state.cut_record());
    if (!found) return false;
    const std::size_t seen = state.cutter.fields().size();
    if (seen != state.header.size())
        return tl::unexpected(state.fault(fmt::format("{} field{} where the header has {}", seen,
                                                      seen == 1 ? "" : "s", state.header.size()),
                                          state.at));
    ++state.records;
    return true;
}

std::string_view CsvReader::field(std::size_t index) const {
    return state_->cutter.fields()[index].text;
}

std::string CsvReader::where(std::size_t index) const {
    return state_->position_of(state_->at + state_->cutter.fields()[index].begin);
}

Error CsvReader::error(std::size_t index, std::string_view what, std::string_view advice) const {
    return {Errc::input, fmt::format("{}: {} (column {}); {}", where(index), what,
                                     in_quotes(state_->header[index]), advice)};
}

std::string in_quotes(std::string_view text) {
    return fmt::format("\"{}\"", cut_to_width(printable(text.substr(0, 400)), 40));
}

std::string quoted_list(std::span<const std::string> texts, std::size_t most) {
    std::string out;
    for (std::size_t i = 0; i < std::min(most, texts.size()); ++i)
        out += (i == 0 ? "" : ", ") + in_quotes(texts[i]);
    if (texts.size() > most) out += fmt::format(" and {} more", texts.size() - most);
    return out;
}

}  // namespace smtpaudit
