#include "report/remembered_text.hpp"

#include "base/text.hpp"
#include "report/grid.hpp"
#include "report/html_text.hpp"
#include "report/markdown_text.hpp"
#include "report/tenant_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_in_html = 200;
constexpr std::size_t k_most_in_markdown = 50;
constexpr std::size_t k_most_columns = 300;  // of one cell of Markdown

std::string due_cell(const Remembered& one) { return one.due ? format_day_long(*one.due) : "–"; }

std::size_t shown_of(const Report& report, std::size_t most) {
    return most == 0 ? report.remembered.size() : std::min(most, report.remembered.size());
}

}  // namespace

Result<void> write_remembered(const Report& report, const WriteOptions& options, ByteSink& sink) {
    const auto& all = report.remembered;
    if (all.empty()) return {};
    const std::size_t shown = shown_of(report, options.top);
    Grid grid({{report.tenants.empty() ? "" : "TENANT"},
               {"ACCOUNT"},
               {"LAST BASIC"},
               {"DUE"},
               {"WHAT THE HISTORY SAYS"}});
    const auto cells = [](const Remembered& one) {
        return Grid::Cells{printable(one.tenant.value_or("")), printable(one.id),
                           format_day_long(one.last_basic), due_cell(one), printable(one.why)};
    };
    for (std::size_t i = 0; i < shown; ++i) grid.measure(cells(all[i]));
    grid.fit(screen_width(options), {{4, 40}, {1, 24}, {4, 24}, {3, 0}, {1, 14}});
    const std::string title =
        fmt::format("NOT IN THIS EVIDENCE, BUT IN THE HISTORY ({})", group_thousands(all.size()));
    SA_CHECK(sink.write("\n" + painted(title, "1", options.color) + "\n" + grid.heading()));
    for (std::size_t i = 0; i < shown; ++i) SA_CHECK(sink.write(grid.line(cells(all[i]))));
    if (shown == all.size()) return {};
    return sink.write(fmt::format(" …  {} more: --top 0\n", group_thousands(all.size() - shown)));
}

Result<void> write_remembered_explanation(const Remembered& one, const WriteOptions& options,
                                          ByteSink& sink) {
    const std::size_t width = screen_width(options);
    const auto line = [&](std::string_view label, const std::string& text) {
        return wrapped(pad_right(label, 14), printable(text), width);
    };
    std::string out = printable(one.id) + " · account · in the local history alone\n";
    out += line("Evidence", "nothing of it in this run");
    out += line("Basic",
                fmt::format("on {} from {} to {}",
                            counted(static_cast<std::uint64_t>(one.basic_days), "day"),
                            format_day_long(one.first_basic), format_day_long(one.last_basic)));
    out += line("Due", one.due ? format_day_long(*one.due) : "no rhythm is known");
    out += line("History", one.why);
    out += "\n" + pad_right("Next", 14) + "smtpaudit history --account " +
           printable(shell_quoted(one.id)) + "\n";
    return sink.write(out);
}

std::string html_remembered(const Report& report) {
    const auto& all = report.remembered;
    if (all.empty()) return {};
    const std::size_t shown = shown_of(report, k_most_in_html);
    std::string out = fmt::format(
        "<section id=\"remembered\" aria-labelledby=\"remembered-title\">\n<h2 "
        "id=\"remembered-title\">Not in this evidence, but in the history ({})</h2>\n<p>They used "
        "Basic before, and would stop like the others: perhaps a job of each quarter or year.</p>\n"
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Senders that only the "
        "history knows\"><table><thead><tr><th scope=\"col\">Account</th><th scope=\"col\">Last "
        "Basic</th><th scope=\"col\">Due</th><th scope=\"col\">What the history says</th></tr>"
        "</thead>\n<tbody>\n",
        group_thousands(all.size()));
    for (std::size_t i = 0; i < shown; ++i)
        out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                           html_text(all[i].id), format_day_long(all[i].last_basic),
                           due_cell(all[i]), html_text(tenant_prefix(all[i].tenant) + all[i].why));
    out += "</tbody></table></div>\n";
    if (shown < all.size())
        out += fmt::format("<p>{} more in the run document.</p>\n",
                           group_thousands(all.size() - shown));
    return out + "</section>\n";
}

std::string markdown_remembered(const Report& report, const WriteOptions& options) {
    const auto& all = report.remembered;
    if (all.empty()) return {};
    const std::size_t shown =
        std::min(shown_of(report, options.top), shown_of(report, k_most_in_markdown));
    const auto cell = [](std::string_view text) {
        return cut_to_width(printable(text), k_most_columns);
    };
    std::string out = fmt::format(
        "\n### Not in this evidence, but in the history ({})\n\n| Account | Last Basic | Due | "
        "What the history says |\n|---|---|---|---|\n",
        group_thousands(all.size()));
    for (std::size_t i = 0; i < shown; ++i)
        out += fmt::format("| {} | {} | {} | {} |\n", markdown_code(cell(all[i].id)),
                           format_day_long(all[i].last_basic), due_cell(all[i]),
                           markdown_prose(cell(tenant_prefix(all[i].tenant) + all[i].why)));
    if (shown < all.size())
        out += fmt::format("\n{} not shown here: see the run document.\n",
                           counted(all.size() - shown, "sender"));
    return out;
}

}  // namespace smtpaudit
