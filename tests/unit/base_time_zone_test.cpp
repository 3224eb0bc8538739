#include "base/time_zone.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <filesystem>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

UtcTime instant(const char* text) { return parse_iso_instant(text)->at; }

int minutes(const TimeZone& zone, const char* at) {
    return static_cast<int>(zone.stretch_at(instant(at)).offset.count() / 60);
}

void put(std::string& out, std::int64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFFU);
}

struct Parts {
    char version = '2';
    std::vector<std::pair<std::int64_t, int>> changes{};  // and the number of an offset
    std::vector<int> offsets{};  // seconds
    int leaps = 0;
    std::string rule{};
};

std::string block(const Parts& parts, int time_size) {
    std::string out = "TZif";
    out += parts.version;
    out.append(15, '\0');
    const auto times = static_cast<int>(parts.changes.size());
    const auto types = static_cast<int>(parts.offsets.size());
    for (const int count : {0, 0, parts.leaps, times, types, 4}) put(out, count, 4);
    for (const auto& [at, kind] : parts.changes) put(out, at, time_size);
    for (const auto& [at, kind] : parts.changes) put(out, kind, 1);
    for (const int offset : parts.offsets) {
        put(out, offset, 4);
        put(out, 0, 2);
    }
    out += std::string("ABC\0", 4);
    for (int i = 0; i < parts.leaps; ++i) {
        put(out, 0, time_size);
        put(out, 0, 4);
    }
    return out;
}

std::string file(const Parts& parts) {
    if (parts.version == '\0') return block(parts, 4);
    Parts old;
    old.offsets = {0};
    old.version = parts.version;
    return block(old, 4) + block(parts, 8) + "\n" + parts.rule + "\n";
}

TimeZone zone(const Parts& parts) {
    const auto made = TimeZone::from_tzif("Test/Zone", file(parts));
    REQUIRE(made);
    return *made;
}

const char* const k_paris = "CET-1CEST,M3.5.0,M10.5.0/3";

}  // namespace

TEST_CASE("summer time begins and ends at the second that the rule says") {
    const TimeZone paris = zone({.offsets = {3600}, .rule = k_paris});
    CHECK(minutes(paris, "2026-03-29T00:59:59Z") == 60);
    CHECK(minutes(paris, "2026-03-29T01:00:00Z") == 120);
    CHECK(minutes(paris, "2026-10-25T00:59:59Z") == 120);
    CHECK(minutes(paris, "2026-10-25T01:00:00Z") == 60);
    CHECK(minutes(paris, "2026-12-31T23:59:59Z") == 60);
    CHECK(minutes(paris, "2027-01-01T00:00:00Z") == 60);
    const TimeZone::Stretch summer = paris.stretch_at(instant("2026-07-01T00:00:00Z"));
    CHECK(format_utc(summer.from) == "2026-03-29T01:00:00Z");
    CHECK(format_utc(summer.to) == "2026-10-25T01:00:00Z");
    CHECK(summer.holds(summer.from));
    CHECK_FALSE(summer.holds(summer.to));
}

TEST_CASE("the south has its summer over the new year") {
    const TimeZone sydney = zone({.offsets = {36000}, .rule = "AEST-10AEDT,M10.1.0,M4.1.0/3"});
    CHECK(minutes(sydney, "2026-01-01T00:00:00Z") == 660);
    CHECK(minutes(sydney, "2026-04-04T15:59:59Z") == 660);
    CHECK(minutes(sydney, "2026-04-04T16:00:00Z") == 600);
    CHECK(minutes(sydney, "2026-10-03T16:00:00Z") == 660);
    CHECK(format_utc(sydney.stretch_at(instant("2026-12-31T20:00:00Z")).to) ==
          "2027-04-03T16:00:00Z");
}

TEST_CASE("a rule may count backwards, in days of the year, and in negative hours") {
    // Dublin's winter time is the exception of its summer.
    CHECK(minutes(zone({.offsets = {0}, .rule = "IST-1GMT0,M10.5.0,M3.5.0/1"}),
                  "2026-07-01T00:00:00Z") == 60);
    CHECK(minutes(zone({.offsets = {0}, .rule = "IST-1GMT0,M10.5.0,M3.5.0/1"}),
                  "2026-12-01T00:00:00Z") == 0);
    // Nuuk: the change is on Saturday evening, by a rule for Sunday.
    const TimeZone nuuk = zone({.offsets = {0}, .rule = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"});
    CHECK(minutes(nuuk, "2026-03-29T00:59:59Z") == -120);
    CHECK(minutes(nuuk, "2026-03-29T01:00:00Z") == -60);
    const TimeZone julian = zone({.offsets = {0}, .rule = "AAA0BBB,J60/0,J300/0"});
    CHECK(minutes(julian, "2028-02-29T12:00:00Z") == 0);  // day 60 is 1 March, leap year or not
    CHECK(minutes(julian, "2028-03-01T00:00:00Z") == 60);
    CHECK(minutes(julian, "2027-03-01T00:00:00Z") == 60);
    const TimeZone counted = zone({.offsets = {0}, .rule = "AAA0BBB,59/0,300/0"});
    CHECK(minutes(counted, "2028-02-29T00:00:00Z") == 60);  // from 0, with the leap day
    // Summer all year, RFC 8536, 3.3.1.
    const TimeZone always = zone({.offsets = {0}, .rule = "XXX3EDT4,0/0,J365/23"});
    for (const char* at : {"2026-01-01T03:00:00Z", "2026-12-31T23:59:59Z", "2027-01-01T04:00:00Z"})
        CHECK(minutes(always, at) == -240);
    CHECK(minutes(zone({.offsets = {0}, .rule = "<+0545>-5:45"}), "2026-01-01T00:00:00Z") == 345);
}

TEST_CASE("listed changes come before the rule and the first offset before them") {
    const auto seconds = [](const char* at) { return instant(at).time_since_epoch().count(); };
    const TimeZone moved = zone(
        {.changes = {{seconds("1990-01-01T00:00:00Z"), 1}, {seconds("2000-01-01T00:00:00Z"), 2}},
         .offsets = {60, 3600, 7200},
         .rule = "EET-2"});
    CHECK(minutes(moved, "1980-01-01T00:00:00Z") == 1);
    CHECK(minutes(moved, "1995-01-01T00:00:00Z") == 60);
    CHECK(minutes(moved, "2026-01-01T00:00:00Z") == 120);
    CHECK(format_utc(moved.stretch_at(instant("1995-01-01T00:00:00Z")).to) ==
          "2000-01-01T00:00:00Z");
    // Without a rule the last offset stays; in the first version numbers have four bytes.
    const TimeZone old = zone({.version = '\0',
                               .changes = {{seconds("1990-01-01T00:00:00Z"), 1}},
                               .offsets = {0, -18000}});
    CHECK(minutes(old, "1989-12-31T23:59:59Z") == 0);
    CHECK(minutes(old, "2026-01-01T00:00:00Z") == -300);
}

TEST_CASE("a broken time zone file is refused wherever it is cut") {
    const std::string whole = file({.changes = {{0, 1}}, .offsets = {0, 3600}, .rule = k_paris});
    REQUIRE(TimeZone::from_tzif("Test/Zone", whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto made = TimeZone::from_tzif("Test/Zone", whole.substr(0, size));
        REQUIRE_FALSE(made);
        CHECK(made.error().code == Errc::input);
        CHECK(made.error().message.starts_with("Test/Zone: is no time zone file: "));
    }
    const auto refused = [](const Parts& parts) {
        return !TimeZone::from_tzif("Test/Zone", file(parts));
    };
    CHECK(refused({.changes = {{0, 2}}, .offsets = {0, 3600}}));  // no such offset
    CHECK(refused({.changes = {{5, 0}, {5, 0}}, .offsets = {0}}));  // not in order
    CHECK(refused({.offsets = {0}, .leaps = 1}));
    CHECK(refused({.offsets = {200'000}}));
    CHECK(refused({.offsets = {0}, .rule = "CET-1CEST"}));
}

TEST_CASE("a rule that is none is nothing") {
    for (const char* text :
         {"", "CE-1", "CET", "CET-", "CET-25", "CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M10.5.0",
          "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365",
          "CET-1CEST,366,1", "CET-1CEST,M3.5.0,M10.5.0/3 ", "<>0", "<ABC0", "CET-1:60",
          "CET-1CEST,M3.5.0/168,M10.5.0"}) {
        INFO(text);
        CHECK_FALSE(parse_zone_rule(text));
    }
}

TEST_CASE("an offset is a zone of its own") {
    CHECK(TimeZone().name() == "UTC");
    for (const char* text : {"UTC", "Z", "GMT"}) {
        REQUIRE(TimeZone::fixed(text));
        CHECK(TimeZone::fixed(text)->name() == "UTC");
        CHECK(minutes(*TimeZone::fixed(text), "2026-07-01T00:00:00Z") == 0);
    }
    for (const char* text : {"+05:30", "UTC+5:30", "+0530"}) {
        REQUIRE(TimeZone::fixed(text));
        CHECK(TimeZone::fixed(text)->name() == "UTC+05:30");
        CHECK(minutes(*TimeZone::fixed(text), "2026-07-01T00:00:00Z") == 330);
    }
    CHECK(minutes(*TimeZone::fixed("-03"), "2026-07-01T00:00:00Z") == -180);
    for (const char* text : {"", "+", "+15", "+1:60", "+01:00:00", "5", "CET", "+ 1", "++1"}) {
        INFO(text);
        CHECK_FALSE(TimeZone::fixed(text));
    }
}

TEST_CASE("a name leads to a file of the system's zoneinfo and nowhere else") {
    FakeFiles files;
    files.contents["/usr/share/zoneinfo/Europe/Paris"] = file({.offsets = {3600}, .rule = k_paris});
    files.contents["/etc/passwd"] = "root";
    const auto paris = read_time_zone(files, "Europe/Paris");
    REQUIRE(paris);
    CHECK(paris->name() == "Europe/Paris");
    CHECK(minutes(*paris, "2026-07-01T00:00:00Z") == 120);
    for (const char* name : {"../../../etc/passwd", "/etc/passwd", "Europe/Pariss", "Europe//Paris",
                             "Europe/", "", "Europe/Paris\n"}) {
        INFO(name);
        const auto refused = read_time_zone(files, name);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::usage);
        CHECK(refused.error().message.starts_with("--time-zone: \""));
    }
}

// The system's own files, where there are some: a year of hours of three zones by their known rules.
TEST_CASE("the zones of this system can be read") {
    const SystemFiles files;
    if (files.kind("/usr/share/zoneinfo/Europe/Paris") != PathKind::file) {
        WARN("skipped: no zoneinfo on this system");
        return;
    }
    const auto paris = read_time_zone(files, "Europe/Paris");
    REQUIRE(paris);
    CHECK(minutes(*paris, "2026-03-29T00:59:59Z") == 60);
    CHECK(minutes(*paris, "2026-03-29T01:00:00Z") == 120);
    CHECK(minutes(*paris, "2045-07-01T00:00:00Z") == 120);
    CHECK(minutes(*read_time_zone(files, "Asia/Kathmandu"), "2026-07-01T00:00:00Z") == 345);
    CHECK(minutes(*read_time_zone(files, "America/New_York"), "2026-11-01T05:59:59Z") == -240);
    CHECK(minutes(*read_time_zone(files, "America/New_York"), "2026-11-01T06:00:00Z") == -300);
}
