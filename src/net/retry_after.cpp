#include "net/retry_after.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 7> k_days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_day_name(std::string_view text, bool whole) {
    return std::any_of(k_days.begin(), k_days.end(), [&](std::string_view day) {
        return text == (whole ? day : day.substr(0, 3));
    });
}

// Exactly `digits` digits.
std::optional<int> number(std::string_view text, std::size_t digits) {
    int value = 0;
    const bool plain = text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
                           return c >= '0' && c <= '9';
                       });
    if (!plain) return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<UtcTime> instant(std::optional<int> year, std::string_view month,
                               std::optional<int> day, std::string_view time) {
    const auto* found = std::find(k_months.begin(), k_months.end(), month);
    if (!year || !day || found == k_months.end()) return std::nullopt;
    const auto date = make_day(*year, static_cast<unsigned>(found - k_months.begin()) + 1,
                               static_cast<unsigned>(*day));
    if (!date || time.size() != 8 || time[2] != ':' || time[5] != ':') return std::nullopt;
    const auto hour = number(time.substr(0, 2), 2);
    const auto minute = number(time.substr(3, 2), 2);
    const auto second = number(time.substr(6, 2), 2);
    // 60 is a leap second.
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    return *date + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<UtcTime> imf_date(const std::vector<std::string_view>& words) {
    if (words.size() != 6 || words[5] != "GMT" || !words[0].ends_with(',') ||
        !is_day_name(words[0].substr(0, words[0].size() - 1), false))
        return std::nullopt;
    return instant(number(words[3], 4), words[2], number(words[1], 2), words[4]);
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<UtcTime> rfc850_date(const std::vector<std::string_view>& words, UtcTime now) {
    if (words.size() != 4 || words[3] != "GMT" || !words[0].ends_with(',') ||
        !is_day_name(words[0].substr(0, words[0].size() - 1), true))
        return std::nullopt;
    const auto parts = split(words[1], '-');
    if (parts.size() != 3) return std::nullopt;
    auto year = number(parts[2], 2);
    if (!year) return std::nullopt;
    const int this_year = static_cast<int>(std::chrono::year_month_day(day_of(now)).year());
    *year += this_year / 100 * 100;
    if (*year > this_year + 50) *year -= 100;
    return instant(year, parts[1], number(parts[0], 2), words[2]);
}

// "Sun Nov  6 08:49:37 1994": the day is padded with a space, so there is an empty word.
std::optional<UtcTime> asctime_date(std::vector<std::string_view> words) {
    const bool padded = words.size() == 6 && words[2].empty() && words[3].size() == 1;
    if (padded) words.erase(words.begin() + 2);
    if (words.size() != 5 || !is_day_name(words[0], false)) return std::nullopt;
    return instant(number(words[4], 4), words[1], number(words[2], padded ? 1 : 2), words[3]);
}

}  // namespace

std::optional<UtcTime> parse_http_date(std::string_view text, UtcTime now) {
    const auto words = split(trim(text), ' ');
    if (const auto at = imf_date(words)) return at;
    if (const auto at = rfc850_date(words, now)) return at;
    return asctime_date(words);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, UtcTime now) {
    value = trim(value);
    std::chrono::seconds wait{0};
    if (!value.empty() && value.front() >= '0' && value.front() <= '9') {
        long long seconds = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
        wait = std::chrono::seconds(seconds);
    } else if (const auto at = parse_http_date(value, now)) {
        wait = *at - now;
    }
    if (wait <= 0s || wait > k_longest_retry_after) return std::nullopt;
    return wait;
}

std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response, UtcTime now) {
    const auto value = response.header("Retry-After");
    if (!value) return std::nullopt;
    const auto date = response.header("Date");
    const auto served = date ? parse_http_date(*date, now) : std::nullopt;
    return parse_retry_after(*value, served.value_or(now));
}

}  // namespace smtpaudit
