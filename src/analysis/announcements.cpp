#include "analysis/announcements.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>

namespace smtpaudit {
namespace {

constexpr std::size_t k_title_columns = 80;

struct Span {
    Day first, last;
    bool overlaps(const Span& other) const { return first <= other.last && other.first <= last; }
};

// The days that a date may stand for.
Span span_of(Day date, Precision precision) {
    using namespace std::chrono;
    const year_month_day ymd(date);
    const auto month = ymd.year() / ymd.month();
    switch (precision) {
        case Precision::day: return {date, date};
        case Precision::month: return {month / 1, month / last};
        case Precision::half: break;
    }
    const bool is_first = static_cast<unsigned>(ymd.month()) <= 6;
    return {ymd.year() / (is_first ? January : July) / 1,
            ymd.year() / (is_first ? June : December) / last};
}

std::string words_of(const AnnouncedDate& date) {
    const std::string day = format_day(date.day);
    switch (date.precision) {
        case Precision::day: return day;
        case Precision::month: return day.substr(0, 7);
        case Precision::half: break;
    }
    return fmt::format("the {} half of {}", day.substr(5, 2) == "01" ? "first" : "second",
                       day.substr(0, 4));
}

std::string id_of(const Announcement& post, const AnnouncedDate& date) {
    const std::string day = format_day(date.day);
    const std::size_t size = date.precision == Precision::day ? day.size() : 7;
    return ascii_lower(post.id) + '-' + day.substr(0, size);
}

}  // namespace

void add_announcements(const std::vector<Announcement>& announcements, Day today, Report& report) {
    const std::vector<Milestone> known = report.timeline;
    for (const Announcement& post : announcements) {
        std::vector<std::string> dates;
        const std::string updated =
            post.modified ? fmt::format(", updated {}", format_day(day_of(*post.modified))) : "";
        const std::string title = cut_to_width(printable(post.title), k_title_columns);
        for (const AnnouncedDate& date : post.dates) {
            const Span span = span_of(date.day, date.precision);
            const bool is_known =
                std::any_of(known.begin(), known.end(), [&](const Milestone& milestone) {
                    return span.overlaps(span_of(milestone.date, milestone.precision));
                });
            if (is_known || span.last < today) continue;
            dates.push_back(words_of(date));
            report.timeline.push_back(
                {id_of(post, date), MilestoneKind::notice, date.day, date.precision,
                 MilestoneState::announced,
                 fmt::format("A date that the message center names: {}", title),
                 post.id + updated});
        }
        if (dates.empty()) continue;
        report.notes.push_back(fmt::format(
            "message center {} (\"{}\"{}) names {}, which the timeline does not have; the ranking "
            "keeps the timeline's dates: read the post, and if a date has changed give --timeline "
            "FILE",
            post.id, title, updated, join(dates, " and ")));
    }
    std::stable_sort(report.timeline.begin(), report.timeline.end(),
                     [](const Milestone& a, const Milestone& b) { return a.date < b.date; });
}

}  // namespace smtpaudit
