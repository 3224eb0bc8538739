#include "analysis/cadence.hpp"
#include "analysis/class_signs.hpp"

#include "support/catch.hpp"

#include <functional>

using namespace smtpaudit;

namespace {

const Day k_first = *parse_iso_day("2026-08-25");
constexpr int k_days = 90;

EvidenceSpan ninety_days() {
    EvidenceSpan span;
    span.from = k_first;
    span.to = k_first + std::chrono::days(k_days - 1);
    for (int i = 0; i < k_days; ++i) span.covered.push_back(k_first + std::chrono::days(i));
    return span;
}

struct Sent {
    MeasureUse use;
    ClockFace clock;
};

// One submission at each hour that `hours` gives for a day; `minute` of the hour.
Sent sent(const std::function<std::vector<int>(Day)>& hours, int minute = -1) {
    Sent out;
    int n = 0;
    for (int i = 0; i < k_days; ++i) {
        const Day day = k_first + std::chrono::days(i);
        const std::vector<int> at = hours(day);
        if (at.empty()) continue;
        ++out.use.active_days;
        const std::chrono::year_month_day date(day);
        if (unsigned(date.day()) <= 3 || unsigned(date.day()) >= 29) ++out.use.month_turn_days;
        out.use.window += at.size();
        for (const int hour : at)
            out.clock.add(LocalTime(day.time_since_epoch()) + std::chrono::hours(hour) +
                          std::chrono::minutes(minute >= 0 ? minute : (n++ * 17) % 60));
    }
    return out;
}

bool is_weekend(Day day) { return std::chrono::weekday(day).iso_encoding() >= 6; }

Cadence cadence(const Sent& s) { return cadence_of(s.use, s.clock, ninety_days()); }

}  // namespace

TEST_CASE("working days and a working day's hours are office hours") {
    const Sent office = sent([](Day day) {
        return is_weekend(day) ? std::vector<int>{} : std::vector<int>{6, 8, 9, 11, 13, 15};
    });
    CHECK(cadence(office).kind == CadenceKind::office_hours);
    CHECK(cadence(office).words() == "sends on working days, 06–16 h UTC");
}

TEST_CASE("office hours that cross midnight UTC are office hours still") {
    // 08–17 h at UTC-8: the evening of Friday is Saturday in UTC.
    const Sent office = sent([](Day day) {
        std::vector<int> at;
        if (!is_weekend(day - std::chrono::days(1))) at.push_back(0);
        if (!is_weekend(day))
            for (const int hour : {16, 17, 19, 20, 22, 23}) at.push_back(hour);
        return at;
    });
    const Cadence found = cadence(office);
    CHECK(found.kind == CadenceKind::office_hours);
    CHECK(int{found.from_hour} == 16);
    CHECK(int{found.to_hour} == 0);
}

TEST_CASE("a weekend on Friday and Saturday is a weekend") {
    const Sent office = sent([](Day day) {
        const unsigned weekday = std::chrono::weekday(day).iso_encoding();
        return weekday == 5 || weekday == 6 ? std::vector<int>{} : std::vector<int>{5, 7, 9, 12};
    });
    CHECK(cadence(office).kind == CadenceKind::office_hours);
}

TEST_CASE("the same hour every night is a fixed time") {
    const Sent nightly = sent([](Day) { return std::vector<int>{2}; }, 31);
    CHECK(cadence(nightly).kind == CadenceKind::fixed_time);
    CHECK(cadence(nightly).same_minute);
    CHECK(cadence(nightly).words() ==
          "sends every day at 02–03 h UTC, in the same minutes of the hour");
}

TEST_CASE("with a known zone the hours are its own and a night is a night") {
    const TimeZone paris = *TimeZone::fixed("+01:00");
    const auto in_paris = [&](const Sent& s) {
        return cadence_of(s.use, s.clock, ninety_days(), &paris);
    };
    const Sent nightly = sent([](Day) { return std::vector<int>{2}; }, 31);
    CHECK(in_paris(nightly).kind == CadenceKind::nightly);
    CHECK(in_paris(nightly).words() ==
          "sends every night at 02–03 h UTC+01:00, in the same minutes of the hour");
    // Four machines after each other, from late in the evening to early in the morning.
    const Sent late = sent([](Day) { return std::vector<int>{1, 3, 22}; });
    CHECK(in_paris(late).kind == CadenceKind::nightly);
    CHECK(cadence(late).kind == CadenceKind::unknown);
    const Sent noon = sent([](Day) { return std::vector<int>{12}; });
    CHECK(in_paris(noon).kind == CadenceKind::fixed_time);
    const auto on_working_days = [](std::vector<int> hours) {
        return sent([hours](Day day) { return is_weekend(day) ? std::vector<int>{} : hours; });
    };
    CHECK(in_paris(on_working_days({8, 11, 16})).words() ==
          "sends on working days, 08–17 h UTC+01:00");
    // A night shift is no office.
    CHECK(in_paris(on_working_days({0, 2, 5})).kind == CadenceKind::unknown);
    CHECK(cadence(on_working_days({0, 2, 5})).kind == CadenceKind::office_hours);
}

TEST_CASE("every hour of every day is round the clock") {
    const Sent always = sent([](Day) {
        std::vector<int> at;
        for (int hour = 0; hour < 24; ++hour) at.push_back(hour);
        return at;
    });
    CHECK(cadence(always).kind == CadenceKind::round_the_clock);
    CHECK_FALSE(cadence(always).same_minute);
}

TEST_CASE("a job at the turn of the month is told from a seldom one") {
    const Sent monthly = sent([](Day day) {
        const unsigned date = unsigned(std::chrono::year_month_day(day).day());
        return date <= 2 ? std::vector<int>(12, 9) : std::vector<int>{};
    });
    CHECK(cadence(monthly).kind == CadenceKind::month_end);
    const Sent by_chance = sent([](Day day) {
        const unsigned date = unsigned(std::chrono::year_month_day(day).day());
        return date == 2 ? std::vector<int>{9} : std::vector<int>{};
    });
    CHECK(cadence(by_chance).kind == CadenceKind::rare);
    int n = 0;
    const Sent seldom =
        sent([&](Day) { return n++ % 40 == 13 ? std::vector<int>{4} : std::vector<int>{}; });
    CHECK(cadence(seldom).kind == CadenceKind::rare);
    CHECK(cadence(seldom).words() == "sends rarely, on 2 of 90 days");
}

TEST_CASE("without dates or with a few days there is no cadence") {
    CHECK(cadence_of({}, {}, EvidenceSpan{}).kind == CadenceKind::unknown);
    Sent office = sent([](Day day) {
        return is_weekend(day) ? std::vector<int>{} : std::vector<int>{6, 8, 9, 11};
    });
    EvidenceSpan week = ninety_days();
    week.from = *week.to - std::chrono::days(6);
    week.covered.erase(week.covered.begin(), week.covered.end() - 7);
    CHECK(cadence_of(office.use, office.clock, week).kind == CadenceKind::unknown);
    CHECK(cadence({}).words().empty());
}

TEST_CASE("two signs that agree make a class sure and one is a guess") {
    SubjectClass named;
    named.business = Business::alert;
    named.source = ClassSource::guess;
    named.guess = {Business::alert, "ups", "ups"};
    Cadence rare;
    rare.kind = CadenceKind::rare;
    rare.active_days = 3;
    rare.covered_days = 90;
    const SubjectClass both = class_from_signs(named, rare, std::nullopt);
    CHECK(both.source == ClassSource::signs);
    CHECK(both.sure());
    CHECK(both.because() == "the word \"ups\" (pattern \"ups\"); sends rarely, on 3 of 90 days");
    const SubjectClass old_box = class_from_signs(named, {}, 1.0);
    CHECK(old_box.source == ClassSource::signs);
    const SubjectClass alone = class_from_signs(named, {}, 0.0);
    CHECK(alone.source == ClassSource::guess);
    CHECK_FALSE(alone.sure());
    Cadence office;
    office.kind = CadenceKind::office_hours;
    CHECK(class_from_signs(named, office, std::nullopt).source == ClassSource::guess);
}

TEST_CASE("without a name only what leaves one class is said") {
    Cadence office;
    office.kind = CadenceKind::office_hours;
    CHECK(class_from_signs({}, office, std::nullopt).source == ClassSource::unknown);
    const SubjectClass scanner = class_from_signs({}, office, 0.9);
    CHECK(scanner.business == Business::scanner);
    CHECK(scanner.sure());
    Cadence month;
    month.kind = CadenceKind::month_end;
    CHECK(class_from_signs({}, month, std::nullopt).business == Business::finance);
    CHECK_FALSE(class_from_signs({}, month, std::nullopt).sure());
    Cadence rare;
    rare.kind = CadenceKind::rare;
    CHECK(class_from_signs({}, rare, std::nullopt).source == ClassSource::unknown);
}
