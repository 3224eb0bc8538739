#include "app/report_days.hpp"
#include "app/watched_folder.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

using namespace smtpaudit;
using test::FakeFiles;

namespace {

const UtcTime k_now = parse_iso_instant("2026-11-23T12:00:00Z").value().at;

std::string span_of(const RequestOptions& options) {
    const auto span = report_span(options, k_now);
    return span ? span_text(*span) : span.error().message;
}

RequestOptions days(std::optional<int> count, std::optional<std::string> from = {},
                    std::optional<std::string> to = {}) {
    RequestOptions options;
    options.days = count;
    options.from = std::move(from);
    options.to = std::move(to);
    return options;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("a report covers whole days up to yesterday that Exchange still has") {
    CHECK(span_of(days({})) == "2026-08-25 to 2026-11-22");
    CHECK(span_of(days(1)) == "2026-11-22");
    CHECK(span_of(days(7, {}, "2026-11-10")) == "2026-11-04 to 2026-11-10");
    CHECK(span_of(days({}, "2026-11-01")) == "2026-11-01 to 2026-11-22");
    CHECK(span_of(days({}, "2026-11-01", "2026-11-01")) == "2026-11-01");
    CHECK(span_of(days(90)) == "2026-08-25 to 2026-11-22");
}

TEST_CASE("days that cannot be asked for are one line with the way out") {
    const std::pair<RequestOptions, std::string_view> cases[] = {
        {days(0), "--days 0: a number from 1 to 90"},
        {days(91), "--days 91: a number from 1 to 90"},
        {days({}, "yesterday"), "write it as 2026-11-22"},
        {days({}, "2026-11-31"), "is not a day"},
        {days({}, {}, "2026-11-23"), "the last whole day is 2026-11-22"},
        {days({}, "2026-11-10", "2026-11-09"), "--from 2026-11-10 is after"},
        {days({}, "2026-08-24"), "the first is 2026-08-25"},
        {days(90, {}, "2026-11-10"), "too long ago"},
        {days(3, "2026-11-01"), "drop one of them"},
    };
    for (const auto& [options, expected] : cases) {
        CAPTURE(expected);
        const auto span = report_span(options, k_now);
        REQUIRE_FALSE(span);
        CHECK(span.error().code == Errc::usage);
        CHECK(span.error().message.find(expected) != std::string::npos);
    }
    RequestOptions options;
    options.slice = "hour";
    CHECK_FALSE(report_slicing(options));
}

TEST_CASE("slices cover their span without gap or overlap") {
    const TimeSpan week = report_span(days(7), k_now).value();
    CHECK(slices_of(week, Slicing::whole) == std::vector<TimeSpan>{week});
    CHECK(slices_of(week, Slicing::automatic) == std::vector<TimeSpan>{week});
    const auto by_day = slices_of(week, Slicing::day);
    REQUIRE(by_day.size() == 7);
    CHECK(by_day.front().from == week.from);
    CHECK(by_day.back().to == week.to);
    for (std::size_t i = 1; i < by_day.size(); ++i) CHECK(by_day[i].from == by_day[i - 1].to);
    CHECK(finer_slices(week) == by_day);
    const auto by_hour = finer_slices(by_day.front());
    REQUIRE(by_hour.size() == 24);
    CHECK(span_text(by_hour[5]) == "2026-11-16 05:00 to 06:00");
    CHECK(by_hour.back().to == by_day.front().to);
    CHECK(finer_slices(by_hour.front()).empty());
}

TEST_CASE("a file is whole when two looks find the same bytes in it") {
    FakeFiles files;
    WatchedFolder folder(files, "in");
    files.contents["in/a.csv"] = "half";
    CHECK(folder.look().value().empty());
    files.contents["in/a.csv"] = "half and more";
    CHECK(folder.look().value().empty());
    CHECK(folder.look().value() == Paths{"in/a.csv"});
    CHECK(folder.look().value().empty());
}

TEST_CASE("unfinished downloads and empty files are never whole") {
    FakeFiles files;
    WatchedFolder folder(files, "in");
    for (const char* name : {"in/a.csv.crdownload", "in/b.csv.PART", "in/c.tmp", "in/d.csv"})
        files.contents[name] = "x";
    files.contents["in/e.csv"] = "";
    folder.look().value();
    CHECK(folder.look().value() == Paths{"in/d.csv"});
    CHECK(folder.look().value().empty());
}

TEST_CASE("a watched folder that vanishes is one line with the way out") {
    const SystemFiles files;
    WatchedFolder folder(files, "/nonexistent/downloads");
    const auto look = folder.look();
    REQUIRE_FALSE(look);
    CHECK(look.error().code == Errc::input);
    CHECK(look.error().message.find("the watched folder is gone (/nonexistent/downloads") == 0);
    CHECK(look.error().message.find("--job and --watch") != std::string::npos);
    CHECK(look.error().message.find('\n') == std::string::npos);
}
