#include "ledger/day_series.hpp"

#include "support/catch.hpp"

#include <map>
#include <random>

using namespace smtpaudit;

namespace {

Day day(int number) { return Day(std::chrono::days(number)); }

}  // namespace

TEST_CASE("counts come back by day whatever the order they were added in") {
    std::mt19937 random(1);
    DayPool pool;
    std::vector<DaySeries> series(20);
    std::vector<std::map<Day, std::uint64_t>> expected(series.size());
    for (int i = 0; i < 50'000; ++i) {
        const std::size_t which = random() % series.size();
        // Half of the series in ascending days, half in any order.
        const int number =
            which % 2 == 0 ? 20'000 + i / 500 : 20'000 + static_cast<int>(random() % 90);
        const std::uint64_t count = random() % 300;
        pool.add(series[which], day(number), count);
        if (count > 0) expected[which][day(number)] += count;
    }
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < series.size(); ++i) {
        pool.read(series[i], days);
        std::map<Day, std::uint64_t> got;
        for (const DayCount& entry : days) got[entry.day] = entry.count;
        CHECK(got == expected[i]);
        CHECK(days.size() == expected[i].size());
    }
}

TEST_CASE("a count larger than 32 bits is kept whole") {
    DayPool pool;
    DaySeries series;
    pool.add(series, day(1), 10'000'000'000ULL);
    pool.add(series, day(-5), 7);
    pool.add(series, day(1), 1);
    std::vector<DayCount> days;
    pool.read(series, days);
    REQUIRE(days.size() == 2);
    CHECK(days[0].day == day(-5));
    CHECK(days[0].count == 7);
    CHECK(days[1].count == 10'000'000'001ULL);
}

TEST_CASE("rows in no order of days do not grow the series with their number") {
    std::mt19937 random(2);
    DayPool pool;
    DaySeries series;
    for (int i = 0; i < 100'000; ++i) pool.add(series, day(static_cast<int>(random() % 90)), 1);
    CHECK(series.entries <= 2 * 90 + 128);
}
