#include "analysis/recall.hpp"
#include "analysis/rhythm.hpp"
#include "analysis/trend.hpp"

#include "support/catch.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::vector<Day> days_of(std::initializer_list<const char*> texts) {
    std::vector<Day> days;
    for (const char* text : texts) days.push_back(a_day(text));
    return days;
}

std::vector<Day> every(std::string_view first, int step, int times) {
    std::vector<Day> days;
    for (int i = 0; i < times; ++i) days.push_back(a_day(first) + std::chrono::days(i * step));
    return days;
}

DayBits bits_of(const std::vector<Day>& days) {
    DayBits bits;
    for (const Day day : days) bits.set(day);
    return bits;
}

HistoryAccount account(std::string id, const std::vector<Day>& days) {
    return {std::move(id), bits_of(days), {}};
}

std::vector<HistoryDay> covered(std::string_view first, int count, std::uint64_t basic = 1) {
    std::vector<HistoryDay> days;
    for (const Day day : every(first, 1, count))
        days.push_back({day, CounterFamily::messages, true, "smtp_auth_report", {basic, 0, 0}});
    return days;
}

Cutoff cutoff_of() {
    Cutoff cutoff;
    cutoff.id = "2025-09";
    cutoff.date = a_day("2025-09-01");
    cutoff.next = NextEnforcement{"default-off", a_day("2026-12-31"), Precision::month, 38, "off"};
    return cutoff;
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("three sendings at like distances are a rhythm") {
    const Rhythm rhythm = rhythm_of(every("2026-01-01", 30, 4));
    CHECK(rhythm.period_days == 30);
    CHECK(*rhythm.due == a_day("2026-05-01"));
    CHECK(rhythm.words == "sent about every 30 days, 4 times");
    CHECK(
        rhythm_of(days_of({"2026-01-01", "2026-01-29", "2026-03-01", "2026-03-30"})).period_days ==
        29);
    CHECK_FALSE(rhythm_of(days_of({"2026-01-01", "2026-02-01"})).due.has_value());
    CHECK_FALSE(rhythm_of(days_of({"2026-01-01", "2026-01-20", "2026-04-01"})).due.has_value());
}

TEST_CASE("days less than a week apart are one sending") {
    const Rhythm rhythm = rhythm_of(days_of({"2026-01-01", "2026-01-02", "2026-01-05", "2026-04-01",
                                             "2026-04-02", "2026-07-01", "2026-07-04"}));
    CHECK(rhythm.period_days == 91);
    CHECK(*rhythm.due == a_day("2026-09-30"));
    CHECK_FALSE(rhythm_of(every("2026-01-01", 1, 90)).due.has_value());
    CHECK(rhythm_of(every("2026-01-01", 7, 10)).period_days == 7);
}

TEST_CASE("two sendings a year apart are a yearly job") {
    const Rhythm rhythm = rhythm_of(days_of({"2024-11-10", "2024-11-11", "2025-11-12"}));
    CHECK(*rhythm.due == a_day("2026-11-14"));
    CHECK(has(rhythm.words, "10 Nov 2024 and 12 Nov 2025"));
}

TEST_CASE("what is late is said to be only after its tolerance") {
    const Rhythm rhythm = rhythm_of(every("2026-01-01", 30, 4));  // due 1 May, six days late
    CHECK(due_words(rhythm, a_day("2026-05-07")) == "next about 1 May 2026");
    CHECK(due_words(rhythm, a_day("2026-05-08")) ==
          "should have sent by 1 May 2026: it failed, or it is retired");
    CHECK(due_words(rhythm_of(days_of({"2026-01-01"})), a_day("2026-05-08")).empty());
}

TEST_CASE("an account that the evidence lacks is remembered for 400 days") {
    Report report = empty_report();  // 25 Aug to 22 Nov 2026
    recall(report, {account("quarter@contoso.com", every("2025-09-01", 91, 4)),
                    account("retired@contoso.com", days_of({"2025-10-17"})),
                    account("once@contoso.com", days_of({"2025-10-18"})),
                    account("oauth@contoso.com", {})});
    REQUIRE(report.remembered.size() == 2);
    CHECK(report.remembered[0].id == "quarter@contoso.com");
    CHECK(has(report.remembered[0].why, "should have sent by 31 Aug 2026"));
    CHECK(report.remembered[1].id == "once@contoso.com");
    CHECK(report.remembered[1].why == "sent on one day, 18 Oct 2025");
}

TEST_CASE("rows get a note where the history reaches further back than the window") {
    Report report = empty_report();
    std::vector<Row> rows;
    for (const auto& [id, status] : {std::pair("a@contoso.com", Status::dormant_basic),
                                     std::pair("b@contoso.com", Status::oauth_only),
                                     std::pair("c@contoso.com", Status::active_basic),
                                     std::pair("d@contoso.com", Status::active_basic)}) {
        Row row;
        row.id = id;
        row.status = status;
        rows.push_back(row);
    }
    report.accounts = std::make_shared<StoredRows>(rows);
    recall(report, {account("a@contoso.com", every("2025-12-01", 91, 4)),
                    account("b@contoso.com", days_of({"2026-03-01"})),
                    account("c@contoso.com", days_of({"2025-01-01", "2026-11-01"})),
                    account("d@contoso.com", days_of({"2026-11-01"}))});
    CHECK(report.remembered.empty());
    CHECK(report.accounts->at(0).notes ==
          std::vector<std::string>{
              "history: sent about every 91 days, 4 times; next about 30 Nov 2026"});
    CHECK(report.accounts->at(1).notes ==
          std::vector<std::string>{"history: used Basic until 1 Mar 2026"});
    CHECK(report.accounts->at(2).notes ==
          std::vector<std::string>{"history: uses Basic since 1 Jan 2025 at least"});
    CHECK(report.accounts->at(3).notes.empty());
    CHECK(report.accounts->id(3) == "d@contoso.com");
}

TEST_CASE("a trend has every day and week and says which have no evidence") {
    std::vector<HistoryDay> days = covered("2026-11-02", 3, 5);  // a Monday
    const auto later = covered("2026-11-16", 2, 7);
    days.insert(days.end(), later.begin(), later.end());
    const Trend trend = make_trend(days, {}, cutoff_of(), a_day("2026-11-23"));
    CHECK(trend.days.size() == 16);
    CHECK(trend.covered == 5);
    CHECK(trend.missing == 11);
    REQUIRE(trend.weeks.size() == 3);
    CHECK(trend.weeks[0].days == 3);
    CHECK(trend.weeks[0].messages->basic == 15);
    CHECK(trend.weeks[1].days == 0);
    CHECK_FALSE(trend.weeks[1].messages.has_value());
    CHECK(trend.weeks[2].messages->basic == 14);
    CHECK_FALSE(trend.forecast.has_value());
}

TEST_CASE("messages and sign-ins of a day stand side by side") {
    std::vector<HistoryDay> days = covered("2026-11-02", 1, 5);
    days.push_back({a_day("2026-11-02"), CounterFamily::sign_ins, false, "sign_ins", {3, 9, 0}});
    const Trend trend = make_trend(days, {}, cutoff_of(), a_day("2026-11-23"));
    REQUIRE(trend.days.size() == 1);
    CHECK(trend.days[0].messages->basic == 5);
    CHECK((*trend.days[0].sign_ins)[1] == 9);
    CHECK(trend.days[0].is_partial);
}

TEST_CASE("accounts are counted over thirty days and only where enough of them are known") {
    const std::vector<HistoryDay> days = covered("2026-08-31", 84);  // twelve weeks from a Monday
    const Trend trend = make_trend(days, {account("a@contoso.com", days_of({"2026-10-05"}))},
                                   cutoff_of(), a_day("2026-11-23"));
    REQUIRE(trend.weeks.size() == 12);
    CHECK_FALSE(trend.weeks[2].accounts.has_value());  // 21 days
    CHECK(trend.weeks[3].accounts == 0);  // 28
    CHECK(trend.weeks[5].accounts == 1);  // 5 to 11 October
    CHECK(trend.weeks[8].accounts == 1);  // 3 October to 1 November
    CHECK(trend.weeks[9].accounts == 0);
}

TEST_CASE("the forecast is a straight line and says when it does not fall") {
    const std::vector<HistoryDay> days = covered("2026-08-31", 84);  // to 22 November
    std::vector<HistoryAccount> accounts;
    for (int i = 0; i < 20; ++i)  // one fewer each week
        accounts.push_back(account("a" + std::to_string(i),
                                   every("2026-08-31", 1, 84 - 7 * i > 0 ? 84 - 7 * i : 1)));
    const Trend falling = make_trend(days, accounts, cutoff_of(), a_day("2026-11-23"));
    REQUIRE(falling.forecast.has_value());
    CHECK(falling.forecast->weeks == 8);
    CHECK(falling.forecast->per_week == Approx(-1.0).margin(0.3));
    CHECK(falling.forecast->target == "default-off");
    REQUIRE(falling.forecast->at_target.has_value());
    const double now = static_cast<double>(*falling.weeks.back().accounts);
    CHECK(*falling.forecast->at_target ==
          Approx(now + falling.forecast->per_week * 39 / 7).margin(1));
    REQUIRE(falling.forecast->none_by.has_value());
    const Trend level = make_trend(days, {account("a", every("2026-08-31", 1, 84))}, cutoff_of(),
                                   a_day("2026-11-23"));
    REQUIRE(level.forecast.has_value());
    CHECK_FALSE(level.forecast->none_by.has_value());
    CHECK_FALSE(level.forecast->at_target.has_value());
}

TEST_CASE("a trend lists what should have sent by now") {
    const std::vector<HistoryDay> days = covered("2026-05-01", 200);  // to 16 November
    const Trend trend = make_trend(days,
                                   {account("monthly@contoso.com", every("2026-05-04", 30, 5)),
                                    account("daily@contoso.com", every("2026-05-01", 1, 200)),
                                    account("fine@contoso.com", every("2026-05-20", 30, 6))},
                                   cutoff_of(), a_day("2026-11-23"));
    REQUIRE(trend.late.size() == 1);
    CHECK(trend.late[0].id == "monthly@contoso.com");
    CHECK(*trend.late[0].due == a_day("2026-10-01"));
}
