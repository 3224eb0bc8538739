#include "model/day_bits.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

Day day(std::string_view text) { return parse_iso_day(text).value(); }

}  // namespace

TEST_CASE("days are set in any order and come back ascending") {
    DayBits bits;
    for (const char* text : {"2026-11-02", "2025-01-31", "2026-11-02", "2026-03-01"})
        bits.set(day(text));
    CHECK(bits.days() == std::vector{day("2025-01-31"), day("2026-03-01"), day("2026-11-02")});
    CHECK(bits.count() == 3);
    CHECK(*bits.first() == day("2025-01-31"));
    CHECK(*bits.last() == day("2026-11-02"));
    bits.clear(day("2026-11-02"));
    CHECK(*bits.last() == day("2026-03-01"));
    CHECK_FALSE(bits.has(day("2026-11-02")));
    CHECK(bits.has(day("2026-03-01")));
    CHECK_FALSE(bits.has(day("2027-03-01")));
}

TEST_CASE("a range is asked with both its ends") {
    DayBits bits;
    bits.set(day("2026-11-02"));
    CHECK(bits.any_in(day("2026-11-02"), day("2026-11-02")));
    CHECK(bits.any_in(day("2020-01-01"), day("2030-01-01")));
    CHECK_FALSE(bits.any_in(day("2026-11-03"), day("2026-12-31")));
    CHECK_FALSE(bits.any_in(day("2026-10-01"), day("2026-11-01")));
    CHECK_FALSE(DayBits().any_in(day("2020-01-01"), day("2030-01-01")));
}

TEST_CASE("the bytes of a set are as short as its days allow and give it back") {
    DayBits bits;
    CHECK(bits.encode().empty());
    bits.set(day("2023-01-01"));
    bits.set(day("2026-01-01"));
    CHECK(bits.encode().size() == 2 + 1097 / 8 + 1);
    CHECK(DayBits::decode(bits.encode())->days() == bits.days());
    bits.clear(day("2023-01-01"));
    CHECK(bits.encode().size() == 3);
    CHECK(DayBits::decode("")->empty());
    CHECK_FALSE(DayBits::decode("xx").has_value());
}

TEST_CASE("days outside of what two bytes can name are left out") {
    DayBits bits;
    bits.set(day("1969-12-31"));
    CHECK(bits.empty());
    CHECK_FALSE(bits.first().has_value());
}

TEST_CASE("two sets are joined whichever reaches further") {
    DayBits early;
    DayBits late;
    for (const char* text : {"2025-01-01", "2026-03-05"}) early.set(day(text));
    for (const char* text : {"2026-03-01", "2026-11-02"}) late.set(day(text));
    const std::vector all = {day("2025-01-01"), day("2026-03-01"), day("2026-03-05"),
                             day("2026-11-02")};
    DayBits joined = early;
    joined.add_all(late);
    CHECK(joined.days() == all);
    joined = late;
    joined.add_all(early);
    CHECK(joined.days() == all);
    joined.add_all(DayBits());
    CHECK(joined.days() == all);
    DayBits none;
    none.add_all(early);
    CHECK(none.days() == early.days());
}
