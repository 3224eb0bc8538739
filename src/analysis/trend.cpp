#include "analysis/trend.hpp"

#include "analysis/rhythm.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace smtpaudit {
namespace {

constexpr int k_forecast_most_days = 5 * 365;
constexpr double k_flat = 0.25;  // accounts a week: less than one a month is not falling
constexpr int k_late_days = 400;  // silent for longer: retired
constexpr int k_week = 7;

Day monday_of(Day day) { return day - (std::chrono::weekday(day) - std::chrono::Monday); }

std::vector<TrendDay> every_day(const std::vector<HistoryDay>& known) {
    std::map<Day, TrendDay> by_day;
    for (const HistoryDay& one : known) {
        TrendDay& day = by_day[one.day];
        day.is_partial |= !one.is_complete;
        if (one.family == CounterFamily::messages)
            day.messages = MessageCounts{one.counts[0], one.counts[1], one.counts[2]};
        else
            day.sign_ins = one.counts;
    }
    std::vector<TrendDay> days;
    if (by_day.empty()) return days;
    const Day last = by_day.rbegin()->first;
    for (Day day = by_day.begin()->first; day <= last; day += std::chrono::days(1)) {
        const auto found = by_day.find(day);
        days.push_back(found == by_day.end() ? TrendDay{} : found->second);
        days.back().day = day;
    }
    return days;
}

void add(TrendWeek& week, const TrendDay& day) {
    if (!day.has_evidence()) return;
    ++week.days;
    if (day.messages) {
        if (!week.messages) week.messages.emplace();
        week.messages->basic += day.messages->basic;
        week.messages->oauth += day.messages->oauth;
        week.messages->unknown += day.messages->unknown;
    }
    if (day.sign_ins) {
        if (!week.sign_ins) week.sign_ins.emplace();
        for (std::size_t i = 0; i < day.sign_ins->size(); ++i)
            (*week.sign_ins)[i] += (*day.sign_ins)[i];
    }
}

std::vector<TrendWeek> every_week(const std::vector<TrendDay>& days) {
    std::vector<TrendWeek> weeks;
    for (const TrendDay& day : days) {
        const Day monday = monday_of(day.day);
        if (weeks.empty() || weeks.back().monday != monday) {
            weeks.emplace_back();
            weeks.back().monday = monday;
        }
        add(weeks.back(), day);
    }
    return weeks;
}

void count_accounts(Trend& trend, const std::vector<DayBits>& accounts) {
    const Day first = trend.days.front().day;
    const Day last = trend.days.back().day;
    for (TrendWeek& week : trend.weeks) {
        const Day end = std::min(last, week.monday + std::chrono::days(k_week - 1));
        const Day start = end - std::chrono::days(k_trend_window - 1);
        int covered = 0;
        for (Day day = std::max(first, start); day <= end; day += std::chrono::days(1))
            covered +=
                trend.days[static_cast<std::size_t>(days_between(first, day))].has_evidence();
        if (covered < k_trend_least_days) continue;
        week.accounts = static_cast<std::uint64_t>(
            std::count_if(accounts.begin(), accounts.end(),
                          [&](const DayBits& bits) { return bits.any_in(start, end); }));
    }
}

// Least squares; x counts weeks back from the last one, so that the line's end is its intercept.
std::optional<Forecast> make_forecast(const Trend& trend, const Cutoff& cutoff, Day today) {
    std::vector<std::pair<double, double>> points;
    for (std::size_t back = 0; back < trend.weeks.size() && points.size() < k_forecast_most_weeks;
         ++back) {
        const TrendWeek& week = trend.weeks[trend.weeks.size() - 1 - back];
        if (week.accounts)
            points.emplace_back(-static_cast<double>(back), static_cast<double>(*week.accounts));
    }
    if (points.size() < k_forecast_least_weeks) return std::nullopt;
    double mean_x = 0;
    double mean_y = 0;
    for (const auto& [x, y] : points) {
        mean_x += x / static_cast<double>(points.size());
        mean_y += y / static_cast<double>(points.size());
    }
    double xy = 0;
    double xx = 0;
    for (const auto& [x, y] : points) {
        xy += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
    }
    Forecast forecast;
    forecast.weeks = static_cast<int>(points.size());
    forecast.per_week = xx == 0 ? 0 : xy / xx;
    const bool use_next = cutoff.date <= today && cutoff.next.has_value();
    forecast.target = use_next ? cutoff.next->id : cutoff.id;
    forecast.target_day = use_next ? cutoff.next->date : cutoff.date;
    if (forecast.per_week > -k_flat) return forecast;
    const Day end = trend.days.back().day;
    const double now = mean_y - forecast.per_week * mean_x;
    if (forecast.target_day > end)
        forecast.at_target = std::max(
            0.0, now + forecast.per_week * days_between(end, forecast.target_day) / k_week);
    const double left = std::max(0.0, now) / -forecast.per_week * k_week;  // days
    if (left <= k_forecast_most_days)
        forecast.none_by = end + std::chrono::days(static_cast<int>(std::ceil(left)));
    return forecast;
}

void find_late(Trend& trend, const std::vector<HistoryAccount>& accounts,
               const std::vector<DayBits>& basic) {
    const Day end = trend.days.back().day;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const auto last = basic[i].last();
        // Nothing sends so often that it could be late after less.
        if (!last || days_between(*last, end) <= k_week || days_between(*last, end) > k_late_days)
            continue;
        const Rhythm rhythm = rhythm_of(basic[i].days());
        if (!rhythm.due || days_between(*rhythm.due, end) <= tolerance_days(*rhythm.period_days))
            continue;
        trend.late.push_back({accounts[i].id, *basic[i].first(), *last,
                              static_cast<int>(basic[i].count()), rhythm.due, rhythm.words});
    }
    std::sort(trend.late.begin(), trend.late.end(), [](const Remembered& a, const Remembered& b) {
        return std::tie(*a.due, a.id) < std::tie(*b.due, b.id);
    });
}

}  // namespace

Trend make_trend(const std::vector<HistoryDay>& days, const std::vector<HistoryAccount>& accounts,
                 const Cutoff& cutoff, Day today) {
    Trend trend;
    trend.days = every_day(days);
    trend.weeks = every_week(trend.days);
    for (const TrendDay& day : trend.days) ++(day.has_evidence() ? trend.covered : trend.missing);
    if (trend.days.empty() || accounts.empty()) return trend;
    std::vector<DayBits> basic;
    basic.reserve(accounts.size());
    for (const HistoryAccount& account : accounts) basic.push_back(account.basic_days());
    count_accounts(trend, basic);
    trend.forecast = make_forecast(trend, cutoff, today);
    find_late(trend, accounts, basic);
    return trend;
}

}  // namespace smtpaudit
