#include "base/text.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/number_text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

namespace smtpaudit {
namespace {

constexpr double k_left = 58, k_right = 1000, k_top = 56, k_bottom = 270, k_height = 300;
constexpr int k_most_bars = 190;  // more days than this are drawn by week
constexpr int k_most_ahead = 200;  // days; a milestone farther ahead stands in the table only

// One bar: a day, or the daily mean of the covered days of a week.
struct Bar {
    Day day;
    double basic = 0, oauth = 0, unknown = 0;
    int covered = 0;
    double total() const { return basic + oauth + unknown; }
};

struct Frame {
    Day first, last;  // of the axis
    int days_a_bar = 1;
    double top = 1;  // messages at the upper edge

    double x(Day day) const {
        return k_left + (k_right - k_left) * days_between(first, day) /
                            std::max(1, days_between(first, last) + 1);
    }
    double y(double messages) const { return k_bottom - (k_bottom - k_top) * messages / top; }
    double bar_width() const { return x(first + std::chrono::days(days_a_bar)) - x(first); }
};

std::vector<Bar> bars_of(const Report& report, int days_a_bar) {
    std::vector<Bar> bars;
    for (const DayCounts& day : report.series) {
        const int place = days_between(*report.from, day.day);
        if (place < 0) continue;
        const Day start = *report.from + std::chrono::days(place - place % days_a_bar);
        if (bars.empty() || bars.back().day != start) bars.push_back({start});
        Bar& bar = bars.back();
        bar.basic += static_cast<double>(day.messages.basic);
        bar.oauth += static_cast<double>(day.messages.oauth);
        bar.unknown += static_cast<double>(day.messages.unknown);
        ++bar.covered;
    }
    for (Bar& bar : bars) {
        bar.basic /= bar.covered;
        bar.oauth /= bar.covered;
        bar.unknown /= bar.covered;
    }
    return bars;
}

// 1, 2, 5, 10 … so that about four of them reach the highest bar.
double nice_step(double highest) {
    const double raw = std::max(highest, 1.0) / 4;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= raw) return std::max(1.0, factor * power);
    return std::max(1.0, 10 * power);
}

std::string grid(const Frame& frame, double step) {
    std::string out;
    for (double value = 0; value <= frame.top + step / 2; value += step)
        out += fmt::format(
            "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text "
            "class=\"tick\" x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
            k_left, k_right, frame.y(value), k_left - 8, frame.y(value) + 4, mean_words(value));
    return out;
}

std::string months(const Frame& frame) {
    std::string out;
    const int span = days_between(frame.first, frame.last);
    const unsigned every = span > 900 ? 6 : span > 400 ? 3 : 1;
    for (Day day = frame.first; day <= frame.last; day += std::chrono::days(1)) {
        const std::chrono::year_month_day parts(day);
        if (parts.day() != std::chrono::day(1) || (unsigned(parts.month()) - 1) % every != 0)
            continue;
        if (frame.x(day) > k_right - 60) break;  // its name would be cut off
        const std::string name = format_day_long(day).substr(2);  // "Dec 2026"
        out += fmt::format(
            "<line class=\"month\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/><text "
            "class=\"tick\" x=\"{3:.1f}\" y=\"{4}\">{5}</text>\n",
            frame.x(day), k_bottom, k_bottom + 6, frame.x(day) + 3, k_bottom + 20, trim(name));
    }
    return out;
}

// Days of the window that no source covers.
std::string gaps(const Report& report, const Frame& frame) {
    std::string out;
    auto covered = report.series.begin();
    std::optional<Day> open;
    const auto close = [&](Day end) {
        if (!open) return;
        out += fmt::format(
            "<rect class=\"gap\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"><title>no "
            "evidence: {}</title></rect>\n",
            frame.x(*open), k_top, frame.x(end) - frame.x(*open), k_bottom - k_top,
            range_words(*open, end - std::chrono::days(1)));
        open.reset();
    };
    for (Day day = *report.from; day <= *report.to; day += std::chrono::days(1)) {
        while (covered != report.series.end() && covered->day < day) ++covered;
        const bool is_covered = covered != report.series.end() && covered->day == day;
        if (is_covered)
            close(day);
        else if (!open)
            open = day;
    }
    close(*report.to + std::chrono::days(1));
    return out;
}

std::string bars(const std::vector<Bar>& bars, const Frame& frame) {
    std::array<std::string, 3> paths;  // basic, oauth, unknown
    const double gap = frame.bar_width() > 4 ? 1 : 0;
    for (const Bar& bar : bars) {
        double base = 0;
        const std::array<double, 3> values = {bar.basic, bar.oauth, bar.unknown};
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i] <= 0) continue;
            paths[i] += fmt::format("M{:.1f} {:.1f}h{:.1f}V{:.1f}h-{:.1f}z", frame.x(bar.day),
                                    frame.y(base), frame.bar_width() - gap,
                                    frame.y(base + values[i]), frame.bar_width() - gap);
            base += values[i];
        }
    }
    constexpr std::array<std::string_view, 3> names = {"basic", "oauth", "unknown"};
    std::string out;
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (!paths[i].empty())
            out += fmt::format("<path class=\"m-{}\" d=\"{}\"/>\n", names[i], paths[i]);
    return out;
}

std::string flag(double x, double y, std::string_view kind, std::string_view label) {
    // Near the right edge the label stands on the left of its line.
    const bool left = x > 780;
    return fmt::format(
        "<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"{2}\" y2=\"{3}\"/><text "
        "class=\"{0}-text\" x=\"{4:.1f}\" y=\"{5}\" text-anchor=\"{6}\">{7}</text>\n",
        kind, x, y - 10, k_bottom, left ? x - 5 : x + 5, y, left ? "end" : "start", label);
}

std::string milestones(const Report& report, const Frame& frame) {
    std::string out;
    int level = 0;
    const auto height = [&] { return 18.0 + 15 * (level++ % 3); };
    for (const Milestone& milestone : report.timeline) {
        if (milestone.date < frame.first || milestone.date > frame.last) continue;
        const bool strong = milestone.kind == MilestoneKind::enforcement &&
                            milestone.state == MilestoneState::announced;
        out += flag(frame.x(milestone.date), height(), strong ? "enforcement" : "notice",
                    html_text(date_words(milestone.date, milestone.precision) + ": " +
                              cut_to_width(first_clause(milestone.what), 60)));
    }
    const Day made = day_of(report.generated_at);
    if (made >= frame.first && made <= frame.last)
        out += flag(frame.x(made), height(), "made", "this report");
    return out;
}

Frame frame_of(const Report& report) {
    Frame frame;
    frame.first = *report.from;
    frame.last = *report.to;
    const Day limit = *report.to + std::chrono::days(k_most_ahead);
    const Day made = day_of(report.generated_at);
    if (made > frame.last && made <= limit) frame.last = made;
    if (report.cutoff.next && report.cutoff.next->date <= limit)
        frame.last = std::max(frame.last, report.cutoff.next->date + std::chrono::days(3));
    if (days_between(*report.from, *report.to) > k_most_bars) frame.days_a_bar = 7;
    return frame;
}

std::string number_table(const Report& report) {
    std::vector<Bar> weeks = bars_of(report, 7);
    constexpr std::size_t k_most_weeks = 160;
    const std::size_t skip = weeks.size() > k_most_weeks ? weeks.size() - k_most_weeks : 0;
    std::string out =
        "<details class=\"numbers\"><summary>The numbers by week</summary><table><thead><tr><th "
        "scope=\"col\">Week of</th><th scope=\"col\" class=\"n\">Days covered</th><th "
        "scope=\"col\" class=\"n\">Basic a day</th><th scope=\"col\" class=\"n\">OAuth a day</th>"
        "<th scope=\"col\" class=\"n\">Unknown a day</th></tr></thead><tbody>\n";
    for (std::size_t i = skip; i < weeks.size(); ++i)
        out += fmt::format(
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
            "class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            format_day_long(weeks[i].day), weeks[i].covered, mean_words(weeks[i].basic),
            mean_words(weeks[i].oauth), mean_words(weeks[i].unknown));
    return out + "</tbody></table></details>\n";
}

std::string legend(const Report& report, const Frame& frame) {
    std::string out =
        "<ul class=\"legend\"><li><span class=\"dot m-basic\"></span>Basic</li><li>"
        "<span class=\"dot m-oauth\"></span>OAuth</li>";
    if (report.summary.messages.unknown > 0)
        out += "<li><span class=\"dot m-unknown\"></span>protocol not told</li>";
    const bool has_gap = report.series.size() < static_cast<std::size_t>(std::max(
                                                    0, days_between(*report.from, *report.to) + 1));
    if (has_gap) out += "<li><span class=\"dot gap\"></span>no evidence</li>";
    out += fmt::format("<li>messages a day{}</li></ul>",
                       frame.days_a_bar > 1 ? ", mean of each week" : "");
    return out;
}

}  // namespace

std::string html_chart(const Report& report) {
    if (!report.from || !report.to || report.series.empty() || *report.from > *report.to)
        return "<p>The evidence has no dates, so there is no line to draw. The full report "
               "(Request report) has them.</p>\n";
    Frame frame = frame_of(report);
    const std::vector<Bar> values = bars_of(report, frame.days_a_bar);
    double highest = 0;
    for (const Bar& bar : values) highest = std::max(highest, bar.total());
    const double step = nice_step(highest);
    frame.top = std::max(step, std::ceil(highest / step) * step);
    const MessageCounts& all = report.summary.messages;
    std::string out = fmt::format(
        "{}\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Chart\"><svg "
        "class=\"chart\" viewBox=\"0 0 1010 {}\" role=\"img\" aria-labelledby=\"chart-title "
        "chart-text\"><title id=\"chart-title\">Messages a day with Basic and with OAuth</title>"
        "<desc id=\"chart-text\">{}: {} with Basic, {} with OAuth, {} whose protocol is not told. "
        "The numbers by week stand in the table below.</desc>\n",
        legend(report, frame), k_height, html_text(range_words(*report.from, *report.to)),
        counted(all.basic, "message"), group_thousands(all.oauth), group_thousands(all.unknown));
    out +=
        "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" width=\"6\" height=\"6\"/>"
        "<rect class=\"hatch-line\" width=\"2\" height=\"6\"/></pattern></defs>\n";
    out += grid(frame, step) + months(frame) + gaps(report, frame) + bars(values, frame) +
           milestones(report, frame);
    return out + "</svg></div>\n" + number_table(report);
}

}  // namespace smtpaudit
