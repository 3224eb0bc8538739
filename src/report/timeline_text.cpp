// `smtpaudit timeline`.
#include "base/text.hpp"
#include "report/explain_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>

namespace smtpaudit {
namespace {

constexpr std::string_view k_outlook =
    "Outlook submits by MAPI over HTTP, not SMTP, and is not affected.";

std::string state_words(const Milestone& milestone) {
    if (milestone.state == MilestoneState::superseded) return "superseded: holds no more";
    return std::string(to_string(milestone.state));
}

std::string milestone_lines(const Milestone& milestone, const Report& report, std::size_t width) {
    const int days = days_between(day_of(report.generated_at), milestone.date);
    const std::string when = pad_right(date_words(milestone.date, milestone.precision), 16) + "  " +
                             pad_left(days_words(days), 14) + "  ";
    std::vector<std::string> parts = {state_words(milestone), printable(milestone.id),
                                      std::string(to_string(milestone.kind))};
    if (milestone.id == report.cutoff.id) parts.emplace_back("THE CUT-OFF IN USE");
    if (report.cutoff.next && milestone.id == report.cutoff.next->id)
        parts.emplace_back("NEXT ENFORCEMENT");
    std::string out = packed(when, parts, width);
    out += wrapped("    ", printable(milestone.what), width);
    if (!milestone.source.empty())
        out += wrapped("    Source: ", printable(milestone.source), width);
    return out;
}

}  // namespace

Result<void> write_timeline(const Report& report, const WriteOptions& options, ByteSink& sink) {
    const std::size_t width = screen_width(options);
    std::vector<Milestone> milestones = report.timeline;
    std::sort(milestones.begin(), milestones.end(), [](const Milestone& a, const Milestone& b) {
        return std::tie(a.date, a.id) < std::tie(b.date, b.id);
    });
    SA_CHECK(sink.write(
        wrapped("",
                fmt::format("The end of Basic authentication for SMTP AUTH; days count from {}",
                            format_day_long(day_of(report.generated_at))),
                width)));
    for (const Milestone& milestone : milestones)
        SA_CHECK(sink.write("\n" + milestone_lines(milestone, report, width)));
    SA_CHECK(sink.write("\n"));
    SA_CHECK(sink.write(wrapped("Cut-off  ", cutoff_words(report.cutoff), width)));
    if (report.cutoff.next)
        SA_CHECK(sink.write(wrapped("Next     ", next_words(*report.cutoff.next), width)));
    return sink.write(wrapped("Outlook  ", k_outlook, width));
}

}  // namespace smtpaudit
