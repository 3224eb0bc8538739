#include "analysis/rhythm.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>

namespace smtpaudit {
namespace {

constexpr int k_burst_gap = 7;  // days; so far apart is a new sending
constexpr int k_year_least = 345, k_year_most = 385;
constexpr std::size_t k_looked_at = 6;  // of the latest distances

std::vector<Day> sendings(const std::vector<Day>& days) {
    std::vector<Day> starts = {days.front()};
    for (std::size_t i = 1; i < days.size(); ++i)
        if (days_between(days[i - 1], days[i]) >= k_burst_gap) starts.push_back(days[i]);
    return starts;
}

std::optional<int> even_period(const std::vector<Day>& starts) {
    if (starts.size() < 3) return std::nullopt;
    std::vector<int> distances;
    for (std::size_t i = starts.size() - 1; i > 0 && distances.size() < k_looked_at; --i)
        distances.push_back(days_between(starts[i - 1], starts[i]));
    std::sort(distances.begin(), distances.end());
    const int median = distances[distances.size() / 2];
    const bool even = std::all_of(distances.begin(), distances.end(), [&](int distance) {
        return std::abs(distance - median) <= tolerance_days(median);
    });
    return even ? std::optional(median) : std::nullopt;
}

// The last sending has one a year before it.
std::optional<Day> year_before(const std::vector<Day>& starts) {
    const auto found = std::find_if(starts.begin(), starts.end(), [&](Day start) {
        const int distance = days_between(start, starts.back());
        return distance >= k_year_least && distance <= k_year_most;
    });
    return found == starts.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

int tolerance_days(int period_days) { return std::clamp(period_days / 5, 4, 14); }

Rhythm rhythm_of(const std::vector<Day>& days) {
    const std::vector<Day> starts = sendings(days);
    Rhythm rhythm;
    rhythm.period_days = even_period(starts);
    if (rhythm.period_days) {
        rhythm.words =
            fmt::format("sent about every {} days, {} times", *rhythm.period_days, starts.size());
    } else if (const auto before = year_before(starts)) {
        rhythm.period_days = days_between(*before, starts.back());
        rhythm.words = fmt::format("sent at the same time a year apart, {} and {}",
                                   format_day_long(*before), format_day_long(starts.back()));
    } else if (days.size() == 1) {
        rhythm.words = "sent on one day, " + format_day_long(days.front());
    } else {
        rhythm.words = fmt::format("sent on {} days from {} to {}", days.size(),
                                   format_day_long(days.front()), format_day_long(days.back()));
    }
    if (rhythm.period_days) rhythm.due = starts.back() + std::chrono::days(*rhythm.period_days);
    return rhythm;
}

std::string due_words(const Rhythm& rhythm, Day end) {
    if (!rhythm.due) return {};
    const std::string day = format_day_long(*rhythm.due);
    if (days_between(*rhythm.due, end) > tolerance_days(*rhythm.period_days))
        return fmt::format("should have sent by {}: it failed, or it is retired", day);
    return "next about " + day;
}

}  // namespace smtpaudit
