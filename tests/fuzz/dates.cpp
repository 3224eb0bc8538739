// Dates and the other values of cells: what is read means what is printed.
#include "fuzz/fuzz.hpp"

#include "base/ip.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "sources/values.hpp"

namespace smtpaudit::fuzz {
namespace {

void check_instant(std::string_view text) {
    if (const auto read = parse_iso_instant(text)) {
        const auto again = parse_iso_instant(format_utc(read->at));
        require(again && again->at == read->at && again->has_time && again->has_zone,
                "an instant is read again as it was", text);
    }
    if (const auto day = parse_iso_day(text)) {
        require(parse_iso_day(format_day(*day)) == day, "a day is read again as it was", text);
        require(!format_day_long(*day).empty() && !format_day_short(*day).empty(),
                "a day can be shown");
    }
}

void check_cells(std::string_view bytes, DateFormat format) {
    DateReader dates(format);
    for (const std::string_view cell : split(bytes, '\n')) {
        const auto read = dates.read(cell);
        if (!read) {
            require_message(read.error().what);
            continue;
        }
        const std::chrono::year_month_day day(day_of(read->at));
        const int year = static_cast<int>(day.year());
        // A zone may move the last night of a century.
        require(year >= 1999 && year <= 2100, "a date is of our time", cell);
        DateReader iso(DateFormat::iso);
        const auto again = iso.read(format_utc(read->at));
        require(year < 2000 || year > 2099 || (again && again->at == read->at),
                "a date is read again as it was", cell);
    }
}

void check_values(std::string_view cell) {
    if (const auto count = read_count(cell))
        require(*count <= k_most_messages && read_count(std::to_string(*count)) == *count,
                "a count is read again as it was", cell);
    if (const auto share = read_share(cell))
        require(share->parts <= k_whole, "a share is at most the whole", cell);
    if (const auto address = parse_ip(cell)) {
        require(parse_ip(format_ip(*address)) == address, "an address is read again as it was",
                cell);
        const auto range = parse_ip_range(format_device(address->device_key()));
        require(range && range->contains(*address), "a device holds its address", cell);
    }
    if (const auto range = parse_ip_range(cell))
        require(range->contains(range->first), "a range holds its first address", cell);
    (void)protocol_of(cell);
    (void)tls_version_of(cell);
    const std::string folded = fold_case(cell);
    if (!find_invalid_utf8(cell))
        require(fold_case(folded) == folded, "folding twice is folding once", cell);
    require(is_safe_text(printable(cell), false), "printable text is printable", cell);
    for (const std::size_t width : {std::size_t{1}, std::size_t{7}, std::size_t{40}})
        require(display_width(cut_to_width(printable(cell), width)) <= width, "a cut text fits",
                cell);
}

}  // namespace

void dates(std::string_view bytes) {
    for (const DateFormat format :
         {DateFormat::automatic, DateFormat::iso, DateFormat::dmy, DateFormat::mdy})
        check_cells(bytes, format);
    for (const std::string_view line : split(bytes, '\n')) {
        check_instant(line);
        check_values(line);
    }
}

}  // namespace smtpaudit::fuzz
