#include "report/comparison_formats.hpp"
#include "report/history_formats.hpp"

#include "base/text.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using namespace smtpaudit::test;
using nlohmann::json;

namespace {

RowState state(Band band, int priority, std::optional<double> monthly) {
    RowState out;
    out.status = Status::active_basic;
    out.band = band;
    out.priority = priority;
    out.monthly_basic = monthly;
    out.last_basic = instant("2026-11-22T10:00:00Z");
    return out;
}

Change change(ChangeKind kind, std::string id, std::string reason) {
    Change out;
    out.kind = kind;
    out.id = std::move(id);
    out.before = state(Band::medium, 50, 40);
    out.after = state(Band::high, 66, 120);
    out.reason = std::move(reason);
    return out;
}

std::string write(const Comparison& comparison, std::string_view format,
                  const WriteOptions& options = {}) {
    TextSink sink;
    REQUIRE(find_comparison_writer(format)->write(comparison, options, sink));
    return sink.text;
}

Comparison hostile() {
    Comparison comparison;
    for (const std::string& text : hostile_texts())
        comparison.changes.push_back(change(ChangeKind::louder, text, text));
    comparison.after.tenant = hostile_texts()[0];
    comparison.notes = hostile_texts();
    return comparison;
}

void check_lines(const std::string& text, std::size_t width) {
    for (const std::string_view line : split(text, '\n')) {
        INFO(line);
        CHECK(display_width(line) <= width);
        CHECK(printable(line) == line);
    }
}

HistoryView view_of(std::initializer_list<std::optional<std::uint64_t>> basic) {
    HistoryView view;
    view.title = "contoso.com";
    view.store_path = "/home/u/history.sqlite";
    view.step = TrendStep::day;
    Day day = a_day("2026-11-02");
    for (const auto& count : basic) {
        TrendDay one;
        one.day = day;
        if (count) one.messages = MessageCounts{*count, 0, 0};
        ++(count ? view.trend.covered : view.trend.missing);
        view.trend.days.push_back(one);
        day += std::chrono::days(1);
    }
    return view;
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a change shows both its sides and its reason") {
    Comparison comparison;
    comparison.changes = {change(ChangeKind::louder, "scan@contoso.com", "three times as many")};
    const std::string table = write(comparison, "table");
    CHECK(has(table, "LOUDER (1)"));
    CHECK(has(table, "medium → high  50 → 66  scan@contoso.com   40 → 120  three times as many"));
    CHECK(has(table, "1 louder · 0 unchanged"));
}

TEST_CASE("a reason that does not fit beside its row stands below it") {
    Comparison comparison;
    comparison.changes = {change(ChangeKind::louder, "scan@contoso.com", std::string(80, 'x'))};
    WriteOptions narrow;
    narrow.columns = 80;
    const std::string table = write(comparison, "table", narrow);
    check_lines(table, 80);
    CHECK(has(table, "\n     " + std::string(75, 'x')));
}

TEST_CASE("no format of a comparison lets text from data out of its place") {
    const Comparison comparison = hostile();
    for (const std::size_t width : {std::size_t{60}, std::size_t{120}}) {
        WriteOptions options;
        options.columns = width;
        check_lines(write(comparison, "table", options), width);
    }
    CHECK(json::parse(write(comparison, "json")).at("changes").size() == hostile_texts().size());
    const std::string csv = write(comparison, "csv");
    CHECK(has(csv, ",'=cmd|"));
    CHECK(csv.find('\x1B') == std::string::npos);
    const std::string markdown = write(comparison, "markdown");
    // In a code span only, where it stays text.
    for (std::size_t at = markdown.find("<script>"); at != std::string::npos;
         at = markdown.find("<script>", at + 1))
        CHECK(markdown[at - 1] == '`');
    CHECK(markdown.find('\x1B') == std::string::npos);
}

TEST_CASE("the option --top cuts each section and says how much is left") {
    Comparison comparison;
    for (int i = 0; i < 5; ++i)
        comparison.changes.push_back(
            change(ChangeKind::louder, "a" + std::to_string(i) + "@contoso.com", "x"));
    WriteOptions options;
    options.top = 2;
    CHECK(has(write(comparison, "table", options), "3 more: --top 0"));
    CHECK(has(write(comparison, "markdown", options), "3 more"));
}

TEST_CASE("a gap in a sparkline is a dot and none is its lowest bar") {
    CHECK(sparkline({std::nullopt, 0, 1, 50, 100}) == "·▁▂▅█");
    CHECK(sparkline({0, 0}) == "▁▁");
    CHECK(sparkline({}).empty());
}

TEST_CASE("a day without evidence is said and has no count") {
    const HistoryView view = view_of({7, std::nullopt, 0});
    TextSink sink;
    REQUIRE(write_history_table(view, {}, sink));
    CHECK(has(sink.text, "2 days with evidence · 1 without (·)"));
    CHECK(has(sink.text, " 3 Nov 2026  none"));
    CHECK(has(sink.text, "no evidence"));
    CHECK(has(sink.text, " 4 Nov 2026  whole         –"));
    TextSink csv;
    REQUIRE(write_history_csv(view, {}, csv));
    CHECK(has(csv.text, "2026-11-03,none,,,,,,\r\n"));
    CHECK(has(csv.text, "2026-11-04,complete,0,0,0,,,\r\n"));
    TextSink document;
    REQUIRE(write_history_json(view, {}, document));
    CHECK(json::parse(document.text).at("days")[1].at("messages").is_null());
}

TEST_CASE("a history keeps to the width of the terminal whatever its names are") {
    for (const std::size_t width : {std::size_t{60}, std::size_t{80}, std::size_t{120}}) {
        HistoryView view = view_of({7, std::nullopt, 0});
        view.step = TrendStep::week;
        view.trend.weeks = {{a_day("2026-11-02"), 2, MessageCounts{1'000'000, 7, 9}, {}, 50'000}};
        for (const std::string& text : hostile_texts())
            view.trend.late.push_back(
                {text, a_day("2026-01-01"), a_day("2026-10-01"), 3, a_day("2026-11-01"), text});
        view.title = hostile_texts()[0];
        WriteOptions options;
        options.columns = width;
        TextSink sink;
        REQUIRE(write_history_table(view, options, sink));
        check_lines(sink.text, width);
        CHECK(has(sink.text, "SHOULD HAVE SENT BY NOW (20)"));
    }
}

TEST_CASE("an empty history says that it is empty") {
    HistoryView view;
    view.store_path = "h.sqlite";
    TextSink sink;
    REQUIRE(write_history_table(view, {}, sink));
    CHECK(has(sink.text, "No day with evidence is kept yet."));
    TextSink document;
    REQUIRE(write_history_json(view, {}, document));
    CHECK(json::parse(document.text).at("days").empty());
}
