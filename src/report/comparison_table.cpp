// smtpaudit diff on a terminal: one section for each kind of change.
#include "base/text.hpp"
#include "report/comparison_formats.hpp"
#include "report/grid.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>

namespace smtpaudit {
namespace {

enum Column : std::size_t { k_band, k_priority, k_subject, k_rate, k_reason };
constexpr std::size_t k_reason_indent = 5;

std::string run_words(const ComparedRun& run) {
    const std::string made = format_day_long(day_of(run.generated_at));
    if (!run.from || !run.to) return fmt::format("run of {}, no dates", made);
    return fmt::format("{} ({} covered), run of {}", range_words(*run.from, *run.to),
                       counted(static_cast<std::uint64_t>(std::max(0, run.covered_days)), "day"),
                       made);
}

std::string head(const Comparison& c, std::size_t width) {
    std::string out;
    if (const auto& tenant = c.after.tenant ? c.after.tenant : c.before.tenant)
        out += cut_to_width(printable(*tenant), width) + '\n';
    out += wrapped("Old  ", run_words(c.before), width);
    out += wrapped("New  ", run_words(c.after), width);
    std::string totals = fmt::format("Accounts that will or may stop {} → {}", c.before.will_stop,
                                     c.after.will_stop);
    if (c.before.messages_per_day && c.after.messages_per_day)
        totals +=
            fmt::format("; Basic messages a day {} → {}", mean_words(*c.before.messages_per_day),
                        mean_words(*c.after.messages_per_day));
    out += wrapped("", totals, width);
    return out + packed("", change_counts(c), width);
}

std::string subject_words(const Change& change) {
    std::string out = printable(change.id);
    if (change.is_device && !change.name.empty()) out += " " + printable(change.name);
    return out;
}

std::string reason_words(const Change& change) {
    std::string out;
    if (change.after && change.after->accepted)
        out = fmt::format("accepted until {}; ", format_day_long(change.after->accepted->until));
    return out + printable(change.reason);
}

Grid::Cells cells_of(const Change& change) {
    return {band_words(change), priority_words(change), subject_words(change), rate_words(change),
            reason_words(change)};
}

// A reason that does not fit beside its row stands below it: cut, it would say nothing.
bool reasons_fit(const std::vector<const Change*>& changes, const Grid& narrow, std::size_t width) {
    return std::all_of(changes.begin(), changes.end(), [&](const Change* change) {
        return display_width(narrow.line(cells_of(*change))) <= width;
    });
}

Result<void> write_section(const Comparison& comparison, ChangeKind kind,
                           const WriteOptions& options, ByteSink& sink) {
    std::vector<const Change*> changes;
    std::size_t total = 0;
    const std::size_t top =
        options.top == 0 ? std::numeric_limits<std::size_t>::max() : options.top;
    for (const Change& change : comparison.changes) {
        if (change.kind != kind) continue;
        if (++total <= top) changes.push_back(&change);
    }
    if (changes.empty()) return {};
    const std::size_t width = screen_width(options);
    Grid grid({{"BAND"}, {"PRI", true}, {"WHO"}, {"BASIC/30D", true}, {"WHY"}});
    for (const Change* change : changes) grid.measure(cells_of(*change));
    const bool beside = reasons_fit(changes, grid, width + 1);  // a line ends with a line break
    if (!beside) {
        grid = Grid({{"BAND"}, {"PRI", true}, {"WHO"}, {"BASIC/30D", true}});
        for (const Change* change : changes) grid.measure(cells_of(*change));
        grid.fit(width, {{k_subject, 12}, {k_priority, 0}, {k_rate, 0}});
    }
    SA_CHECK(sink.write("\n" +
                        painted(fmt::format("{} ({})", change_title(kind), group_thousands(total)),
                                "1", options.color) +
                        "\n" + grid.heading()));
    for (const Change* change : changes) {
        const Band band = (change->after ? change->after : change->before)->band;
        const Grid::Cells cells = cells_of(*change);
        SA_CHECK(sink.write(options.color ? grid.line(cells, k_band, band_style(band))
                                          : grid.line(cells)));
        if (!beside)
            SA_CHECK(sink.write(
                wrapped(std::string(k_reason_indent, ' '), reason_words(*change), width)));
    }
    if (total > changes.size())
        return sink.write(
            fmt::format(" …  {} more: --top 0\n", group_thousands(total - changes.size())));
    return {};
}

}  // namespace

Result<void> write_comparison_table(const Comparison& comparison, const WriteOptions& options,
                                    ByteSink& sink) {
    const std::size_t width = screen_width(options);
    SA_CHECK(sink.write(head(comparison, width)));
    for (std::size_t i = 0; i < k_change_kinds; ++i)
        SA_CHECK(write_section(comparison, static_cast<ChangeKind>(i), options, sink));
    std::string tail;
    for (const std::string& note : comparison.notes)
        tail += wrapped("Note  ", printable(note), width);
    return tail.empty() ? Result<void>() : sink.write("\n" + tail);
}

}  // namespace smtpaudit
