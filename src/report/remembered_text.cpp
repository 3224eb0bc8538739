#include "report/remembered_text.hpp"

#include "base/text.hpp"
#include "report/grid.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {

Result<void> write_remembered(const Report& report, const WriteOptions& options, ByteSink& sink) {
    const auto& all = report.remembered;
    if (all.empty()) return {};
    const std::size_t shown = options.top == 0 ? all.size() : std::min(options.top, all.size());
    Grid grid({{"ACCOUNT"}, {"LAST BASIC"}, {"DUE"}, {"WHAT THE HISTORY SAYS"}});
    const auto cells = [](const Remembered& one) {
        return Grid::Cells{printable(one.id), format_day_long(one.last_basic),
                           one.due ? format_day_long(*one.due) : "–", printable(one.why)};
    };
    for (std::size_t i = 0; i < shown; ++i) grid.measure(cells(all[i]));
    grid.fit(screen_width(options), {{3, 40}, {0, 24}, {3, 24}, {2, 0}, {0, 14}});
    const std::string title =
        fmt::format("NOT IN THIS EVIDENCE, BUT IN THE HISTORY ({})", group_thousands(all.size()));
    SA_CHECK(sink.write("\n" + painted(title, "1", options.color) + "\n" + grid.heading()));
    for (std::size_t i = 0; i < shown; ++i) SA_CHECK(sink.write(grid.line(cells(all[i]))));
    if (shown == all.size()) return {};
    return sink.write(fmt::format(" …  {} more: --top 0\n", group_thousands(all.size() - shown)));
}

}  // namespace smtpaudit
