#include "sources/csv_record.hpp"

#include <algorithm>
#include <cstring>

namespace smtpaudit {
namespace {

std::size_t find_char(std::string_view text, char wanted, std::size_t from) {
    const auto* at =
        static_cast<const char*>(std::memchr(text.data() + from, wanted, text.size() - from));
    return at == nullptr ? text.size() : static_cast<std::size_t>(at - text.data());
}

}  // namespace

std::size_t CharFinder::find(std::string_view text, std::size_t from) {
    if (found_ && next_ >= from) return next_;
    next_ = find_char(text, wanted_, std::max(from, std::min(next_, text.size())));
    found_ = next_ < text.size();
    return next_;
}

void CharFinder::shift(std::size_t count) {
    found_ = found_ && next_ >= count;
    next_ -= std::min(next_, count);
}

void CsvCutter::shift(std::size_t count) {
    lf_.shift(count);
    cr_.shift(count);
    quote_.shift(count);
}

CsvCut CsvCutter::malformed(CsvFault fault, std::size_t at) {
    fault_ = fault;
    fault_at_ = at;
    return CsvCut::malformed;
}

// The line end at `at` belongs to the record; a CR at the very end may yet become a CR LF.
CsvCut CsvCutter::end_line(std::string_view text, std::size_t at, bool is_last) {
    body_end_ = at;
    end_ = at;
    if (at == text.size()) return is_last ? CsvCut::record : CsvCut::more_text_needed;
    end_ = at + 1;
    if (text[at] != '\r') return CsvCut::record;
    if (end_ == text.size()) return is_last ? CsvCut::record : CsvCut::more_text_needed;
    if (text[end_] == '\n') ++end_;
    return CsvCut::record;
}

CsvCut CsvCutter::cut(std::string_view text, std::size_t from, char delimiter, bool is_last) {
    fields_.clear();
    fault_ = CsvFault::none;
    const std::size_t line_end = std::min(lf_.find(text, from), cr_.find(text, from));
    has_quotes_ = quote_.find(text, from) < line_end;
    if (has_quotes_) return cut_quoted(text, from, delimiter, is_last);
    const CsvCut result = end_line(text, line_end, is_last);
    if (result == CsvCut::record) add_plain_fields(text, from, line_end, delimiter);
    return result;
}

void CsvCutter::add_plain_fields(std::string_view text, std::size_t from, std::size_t end,
                                 char delimiter) {
    const std::string_view line = text.substr(0, end);
    for (std::size_t at = from;;) {
        const std::size_t stop = find_char(line, delimiter, at);
        fields_.push_back({line.substr(at, stop - at), at - from, false});
        if (stop == end) return;
        at = stop + 1;
    }
}

CsvCut CsvCutter::cut_quoted(std::string_view text, std::size_t from, char delimiter,
                             bool is_last) {
    bool any_doubled = false;
    for (std::size_t at = from;;) {
        CsvField field{{}, at - from, false};
        if (at < text.size() && text[at] == '"') {
            const std::size_t opened = at;
            for (++at;; at += 2) {
                at = find_char(text, '"', at);
                if (at == text.size() || (at + 1 == text.size() && !is_last)) {
                    malformed(CsvFault::unclosed_quote, opened);
                    return is_last ? CsvCut::malformed : CsvCut::more_text_needed;
                }
                if (at + 1 == text.size() || text[at + 1] != '"') break;
                field.has_doubled_quotes = any_doubled = true;
            }
            field.text = text.substr(opened + 1, at - opened - 1);
            ++at;
        } else {
            const std::size_t begin = at;
            while (at < text.size() && text[at] != delimiter && text[at] != '\n' &&
                   text[at] != '\r' && text[at] != '"')
                ++at;
            if (at < text.size() && text[at] == '"') return malformed(CsvFault::quote_inside, at);
            field.text = text.substr(begin, at - begin);
        }
        fields_.push_back(field);
        if (at < text.size() && text[at] == delimiter) {
            ++at;
            continue;
        }
        if (at < text.size() && text[at] != '\n' && text[at] != '\r')
            return malformed(CsvFault::text_after_quote, at);
        const CsvCut result = end_line(text, at, is_last);
        if (result == CsvCut::record && any_doubled) join_doubled_quotes();
        return result;
    }
}

void CsvCutter::join_doubled_quotes() {
    std::size_t room = 0;
    for (const CsvField& field : fields_)
        if (field.has_doubled_quotes) room += field.text.size();
    unescaped_.clear();
    unescaped_.reserve(room);  // the views below must not move
    for (CsvField& field : fields_) {
        if (!field.has_doubled_quotes) continue;
        const std::size_t begin = unescaped_.size();
        for (std::size_t i = 0; i < field.text.size(); ++i) {
            unescaped_ += field.text[i];
            if (field.text[i] == '"') ++i;
        }
        field.text = std::string_view(unescaped_).substr(begin);
    }
}

}  // namespace smtpaudit
