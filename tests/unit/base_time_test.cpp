#include "base/time.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <ctime>

using namespace smtpaudit;

TEST_CASE("a time is printed in UTC whatever the time zone of the machine") {
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    CHECK(format_utc(parse_iso_instant("2026-11-22T10:20:30Z")->at) == "2026-11-22T10:20:30Z");
    unsetenv("TZ");
    tzset();
}

TEST_CASE("ISO instants with fractions of any length and every zone form are read") {
    const char* const same[] = {"2026-11-22T10:20:30Z",
                                "2026-11-22T10:20:30.1Z",
                                "2026-11-22 10:20:30.123456789Z",
                                "2026-11-22T10:20:30.12345678901234Z",
                                "2026-11-22T12:20:30+02:00",
                                "2026-11-22T12:20:30+0200",
                                "2026-11-22T12:20:30+02",
                                "2026-11-22T04:50:30-05:30",
                                "2026-11-22T10:20:30"};
    for (const char* text : same) {
        INFO(text);
        const auto at = parse_iso_instant(text);
        REQUIRE(at);
        CHECK(format_utc(at->at) == "2026-11-22T10:20:30Z");
        CHECK(at->has_time);
    }
    CHECK_FALSE(parse_iso_instant("2026-11-22T10:20:30")->has_zone);
    CHECK(parse_iso_instant("2026-11-22T10:20:30Z")->has_zone);
    CHECK_FALSE(parse_iso_instant("2026-11-22")->has_time);
    CHECK(format_utc(parse_iso_instant("2026-11-22T10:20Z")->at) == "2026-11-22T10:20:00Z");
}

TEST_CASE("what is no instant is refused and never bent into one") {
    for (const char* text :
         {"", "2026", "2026-13-01", "2026-02-30", "2026-11-22T", "2026-11-22T24:00:00Z",
          "2026-11-22T10:60:00Z", "2026-11-22T10:20:30.Z", "2026-11-22T10:20:30+2",
          "2026-11-22T10:20:30Zx", "22-11-2026", "2026-1-2", " 2026-11-22", "2026-11-22T10"}) {
        INFO(text);
        CHECK_FALSE(parse_iso_instant(text));
    }
    CHECK(parse_iso_day("2024-02-29"));
    CHECK_FALSE(parse_iso_day("2025-02-29"));
    CHECK_FALSE(parse_iso_day("2026-11-22T00:00:00Z"));
}

TEST_CASE("days are counted by the calendar") {
    const Day a = *parse_iso_day("2025-09-01");
    const Day b = *parse_iso_day("2026-11-23");
    CHECK(days_between(a, b) == 448);
    CHECK(days_between(b, a) == -448);
    CHECK(format_day_long(b) == "23 Nov 2026");
    CHECK(format_day_short(b) == "23 Nov");
}
