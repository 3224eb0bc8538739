// The cells of the exports as values: counts, per cents, dates, methods, TLS versions. The same
// text means the same in every locale; what can be read in two ways is not read.
#pragma once

#include "base/time.hpp"
#include "model/observation.hpp"
#include "sources/evidence_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Why a cell has no value, and what to do about it: two clauses for CsvReader::error().
struct Unreadable {
    std::string what;  // `"12.5" is not a whole number`
    std::string_view advice;
};
template <typename T>
using Reading = tl::expected<T, Unreadable>;

constexpr std::uint64_t k_most_messages = 1'000'000'000'000;

// "1234", or grouped by thousands: "1,234", "1.234", "1 234" (also NBSP, narrow NBSP), "1'234".
// One kind of separator, groups of exactly three, so 12.5 is no count; more than k_most_messages
// is refused.
Reading<std::uint64_t> read_count(std::string_view cell);

// A share of 0–100 % in ten-thousandths of a per cent: "12", "12%", "12.5 %", "12,5". A comma or
// point is always the decimal mark here, because 100 needs no grouping: "1,234" is 1.234 %.
// Digits after the fourth are cut.
constexpr std::uint64_t k_whole = 1'000'000;  // 100 %
struct Share {
    std::uint64_t parts = 0;  // of k_whole
    bool is_whole_number = false;  // written without a fraction: up to half a per cent off
};
Reading<Share> read_share(std::string_view cell);

// Dates, and the one decision a file needs: whether 4/5/2026 is in April or in May.
//
// Year first ("2026-11-22", "2026/11/22", with time, fractions and zone) is always understood.
// With the year last, DateFormat::dmy and mdy say the order and a value that does not fit is
// refused; iso refuses them all. Under `automatic` "22.11.2026" is day-first, as every country
// that writes dots does it; with slashes or dashes the first date whose two numbers differ decides
// for the whole file: it must prove the order (a number over 12), and every later one must fit.
// Where it proves nothing the file is refused and --date-format asked for, even if a later row
// would have proved it: rows are handed on as they are read, and standard input is read once.
// Years are 2000 to 2099, in four digits.
class DateReader {
public:
    explicit DateReader(DateFormat format) : format_(format) {}

    Reading<IsoInstant> read(std::string_view cell);
    // Values with a time but no zone, taken as UTC.
    std::uint64_t without_zone() const { return without_zone_; }

private:
    struct LocalDate {  // as it is written
        int first, second, year;
        char separator;
    };
    Reading<IsoInstant> read_local(std::string_view cell);
    Reading<Day> order(const LocalDate& date, std::string_view cell);

    DateFormat format_;
    std::optional<bool> day_first_;  // as the file has shown
    std::uint64_t without_zone_ = 0;
    std::string day_text_;  // the last ISO day read: rows come in runs of one day
    Day day_{};
};

// Spellings that a reader did not know, for a note.
class Spellings {
public:
    void add(std::string_view text);  // trimmed; empty counts too
    std::uint64_t count() const { return count_; }
    std::string list() const;  // `"Kerberos?", (empty)`, in order of appearance

private:
    static constexpr std::size_t k_most = 4;
    std::uint64_t count_ = 0;
    std::vector<std::string> seen_;
    bool more_ = false;
};

// "Basic Authentication", "BasicAuth" … is Basic; "OAuth2", "XOAUTH2", "Modern …" is OAuth; also
// the words of the languages that captions are known in. Both at once, or neither: unknown.
Protocol protocol_of(std::string_view cell);
// "TLS1.2", "Tls12", "TLSv1.2", "1.2", "SP_PROT_TLS1_2_SERVER" (facts/exchange.md 1.4).
TlsVersion tls_version_of(std::string_view cell);

// "scan" and "contoso.com" make one address; a name that has an @ is one already, and without a
// domain the name stands alone. Empty: there is no name. `room` holds what is made.
std::string_view sender_of(std::string_view name, std::string_view domain, std::string& room);

std::string row_count(std::uint64_t count);  // "1 row", "1,234 rows"

// Rows that name no sender (a null reverse-path): their messages belong to no account.
struct NamelessRows {
    std::uint64_t rows = 0, messages = 0, first_line = 0;
    void add(std::uint64_t row_messages, std::uint64_t line);
    void note(std::vector<std::string>& notes) const;  // nothing where there are none
};

// Remembers the last few spellings, since a file has few: one look at a row costs a comparison.
template <typename T>
class Memo {
public:
    explicit Memo(T (*meaning_of)(std::string_view)) : meaning_of_(meaning_of) {}
    // Unknown spellings are added to unknown().
    T read(std::string_view cell) {
        for (const Entry& entry : entries_)
            if (entry.text == cell) return counted(entry.value, cell);
        const T value = meaning_of_(cell);
        if (entries_.size() < k_most && cell.size() < 200)
            entries_.push_back({std::string(cell), value});
        return counted(value, cell);
    }
    const Spellings& unknown() const { return unknown_; }

private:
    static constexpr std::size_t k_most = 16;
    struct Entry {
        std::string text;
        T value;
    };
    T counted(T value, std::string_view cell) {
        if (value == T::unknown) unknown_.add(cell);
        return value;
    }
    T (*meaning_of_)(std::string_view);
    std::vector<Entry> entries_;
    Spellings unknown_;
};

}  // namespace smtpaudit
