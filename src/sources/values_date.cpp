#include "base/text.hpp"
#include "sources/csv.hpp"
#include "sources/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

using namespace std::chrono;

constexpr int k_first_year = 2000;
constexpr int k_last_year = 2099;

std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < text.size() && count < most && text[count] >= '0' && text[count] <= '9')
        value = value * 10 + (text[count++] - '0');
    if (count < least) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view part) {
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    return true;
}

// Blanks: also the narrow no-break space that browsers put before AM and PM.
bool take_blanks(std::string_view& text) {
    bool any = false;
    while (take(text, " ") || take(text, "\xC2\xA0") || take(text, "\xE2\x80\xAF")) any = true;
    return any;
}

enum class Half { none, am, pm, unreadable };

Half take_half(std::string_view& text) {
    const std::string word = ascii_lower(text);
    for (const std::string_view am : {"am", "a.m.", "a. m.", "a.\xC2\xA0m."})
        if (word == am) return text = {}, Half::am;
    for (const std::string_view pm : {"pm", "p.m.", "p. m.", "p.\xC2\xA0m."})
        if (word == pm) return text = {}, Half::pm;
    return word.empty() ? Half::none : Half::unreadable;
}

// "9:05", "21:05:10", "9:05:10 PM"; to the end of the text.
std::optional<seconds> time_of_day(std::string_view text) {
    const auto hour = take_number(text, 1, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = take_number(text, 2, 2);
    if (!minute) return std::nullopt;
    int second = 0;
    if (take(text, ":")) {
        const auto read = take_number(text, 2, 2);
        if (!read) return std::nullopt;
        second = *read;
        if (take(text, ".") && !take_number(text, 1, 9)) return std::nullopt;
    }
    take_blanks(text);
    const Half half = take_half(text);
    if (half == Half::unreadable || *minute > 59 || second > 59) return std::nullopt;
    if (half == Half::none)
        return *hour > 23 ? std::nullopt
                          : std::optional(hours(*hour) + minutes(*minute) + seconds(second));
    if (*hour < 1 || *hour > 12) return std::nullopt;
    const int hour_of_day = *hour % 12 + (half == Half::pm ? 12 : 0);
    return hours(hour_of_day) + minutes(*minute) + seconds(second);
}

constexpr std::string_view k_export_again =
    "put it right, or export the report again with dates such as 2026-11-22T10:00:00Z";
constexpr std::string_view k_say_order = "say which with --date-format dmy or --date-format mdy";

tl::unexpected<Unreadable> not_a_date(std::string_view cell) {
    return tl::unexpected(Unreadable{
        cell.empty() ? "a date is missing" : in_quotes(cell) + " is not a date", k_export_again});
}

tl::unexpected<Unreadable> unreadable(std::string_view cell, std::string_view why,
                                      std::string_view advice = k_export_again) {
    return tl::unexpected(Unreadable{fmt::format("{} {}", in_quotes(cell), why), advice});
}

bool is_plausible(UtcTime at) {
    const int year = static_cast<int>(year_month_day(day_of(at)).year());
    return year >= k_first_year && year <= k_last_year;
}

unsigned two_digits(const char* at) {
    return static_cast<unsigned>(at[0] - '0') * 10 + static_cast<unsigned>(at[1] - '0');
}

// The seconds of "T01:26:52", the form that nearly all rows have; nullopt: some other form.
std::optional<seconds> usual_time(std::string_view text) {
    constexpr std::string_view k_form = "T00:00:00";
    for (std::size_t i = 0; i < k_form.size(); ++i) {
        const bool fits =
            k_form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == k_form[i];
        if (!fits) return std::nullopt;
    }
    const unsigned hour = two_digits(text.data() + 1);
    const unsigned minute = two_digits(text.data() + 4);
    const unsigned second = two_digits(text.data() + 7);
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

Reading<IsoInstant> DateReader::read(std::string_view cell) {
    // "2026-11-22T01:26:52Z" on the day of the row before.
    constexpr std::size_t k_day = 10;
    if (cell.size() == 20 && cell.back() == 'Z' && cell.substr(0, k_day) == day_text_)
        if (const auto time = usual_time(cell.substr(k_day)))
            return IsoInstant{UtcTime(day_) + *time, true, true};
    const std::string_view text = trim(cell);
    auto iso = parse_iso_instant(text);
    if (!iso) {
        const auto local = read_local(text);
        if (!local) return tl::unexpected(local.error());
        iso = *local;
    } else if (iso->has_zone && text.size() > k_day) {
        if (const auto day = parse_iso_day(text.substr(0, k_day))) {
            day_ = *day;
            day_text_ = text.substr(0, k_day);
        }
    }
    if (!is_plausible(iso->at))
        return unreadable(text,
                          fmt::format("is not in the years {} to {}", k_first_year, k_last_year));
    if (iso->has_time && !iso->has_zone) ++without_zone_;
    return *iso;
}

// "22/11/2026", "22.11.2026 9:05", "11-22-2026", "11/22/2026, 9:05:10 PM", "2026/11/22".
Reading<IsoInstant> DateReader::read_local(std::string_view cell) {
    std::string_view text = cell;
    const auto first = take_number(text, 1, 4);
    if (!first || text.empty()) return not_a_date(cell);
    const char separator = text.front();
    if (separator != '/' && separator != '.' && separator != '-') return not_a_date(cell);
    text.remove_prefix(1);
    const auto second = take_number(text, 1, 2);
    if (!second || text.empty() || text.front() != separator) return not_a_date(cell);
    text.remove_prefix(1);
    const std::size_t before = text.size();
    const auto third = take_number(text, 1, 4);
    if (!third) return not_a_date(cell);
    const std::size_t third_digits = before - text.size();
    Day day;
    if (*first > 99) {
        const auto made = third_digits > 2 ? std::nullopt
                                           : make_day(*first, static_cast<unsigned>(*second),
                                                      static_cast<unsigned>(*third));
        if (!made) return not_a_date(cell);
        day = *made;
    } else {
        if (third_digits == 2) return unreadable(cell, "has a year of two digits");
        if (third_digits != 4) return not_a_date(cell);
        const auto made = order({*first, *second, *third, separator}, cell);
        if (!made) return tl::unexpected(made.error());
        day = *made;
    }
    if (text.empty()) return IsoInstant{UtcTime(day), false, false};
    const bool comma = take(text, ",");
    const bool blanks = take_blanks(text);
    if (!comma && !blanks && !take(text, "T")) return not_a_date(cell);
    const auto time = time_of_day(text);
    if (!time) return not_a_date(cell);
    return IsoInstant{UtcTime(day) + *time, true, false};
}

Reading<Day> DateReader::order(const LocalDate& date, std::string_view cell) {
    if (format_ == DateFormat::iso)
        return unreadable(cell, "does not begin with the year, as --date-format iso says");
    const auto number = [](int part) { return static_cast<unsigned>(part); };
    const auto as_dmy = make_day(date.year, number(date.second), number(date.first));
    const auto as_mdy = make_day(date.year, number(date.first), number(date.second));
    if (!as_dmy && !as_mdy) return not_a_date(cell);
    if (format_ != DateFormat::automatic) {
        const bool is_dmy = format_ == DateFormat::dmy;
        if (const auto day = is_dmy ? as_dmy : as_mdy) return *day;
        return unreadable(cell, is_dmy ? "has no day first, as --date-format dmy says"
                                       : "has no month first, as --date-format mdy says");
    }
    if (date.separator == '.') {
        if (as_dmy) return *as_dmy;
        return unreadable(cell, "has no day first, as dates with dots are read",
                          "if the month is first, say --date-format mdy");
    }
    if (date.first == date.second) return *as_dmy;
    if (!day_first_) {
        if (as_dmy && as_mdy)
            return unreadable(cell, "may be day-first or month-first", k_say_order);
        day_first_ = as_dmy.has_value();
    }
    if (const auto day = *day_first_ ? as_dmy : as_mdy) return *day;
    return unreadable(cell, *day_first_ ? "is month-first, and dates before it are day-first"
                                        : "is day-first, and dates before it are month-first");
}

}  // namespace smtpaudit
