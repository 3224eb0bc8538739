#include "report/html_parts.hpp"

#include "base/text.hpp"
#include "report/html_text.hpp"
#include "report/row_facts.hpp"
#include "report/table_head.hpp"
#include "report/tenant_text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_texts = 200;  // sources, notes, actions

std::string count_of(std::uint64_t count) { return group_thousands(count); }

std::string tile(std::string_view kind, std::uint64_t count, std::string_view what,
                 std::string_view more) {
    return fmt::format(
        "<li class=\"tile {}\"><strong>{}</strong> <span>{}</span> <small>{}</small></li>\n", kind,
        count_of(count), what, more);
}

std::string tiles(const Report& report) {
    const AccountFates fates = account_fates(report.summary);
    std::string out = "<ul class=\"tiles\">\n";
    out += tile("stop", fates.by_basic, "will stop", "accounts that send with Basic");
    if (fates.refused > 0)
        out += tile("stop", fates.refused, "broken now", "refused, still trying");
    if (fates.unknown > 0) out += tile("unsure", fates.unknown, "unknown", "protocol not told");
    out += tile("safe", fates.oauth_only + fates.migrated + fates.already_blocked, "safe",
                "OAuth only, migrated, or blocked and quiet");
    if (fates.not_sending > 0)
        out += tile("quiet", fates.not_sending, "not sending", "but open to attack");
    out += tile("devices", report.devices->size(),
                report.devices->size() == 1 ? "device" : "devices", "client addresses");
    return out + "</ul>\n";
}

std::string band_bar(const Report& report) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : report.summary.by_band) total += count;
    if (total == 0) return {};
    std::string bar, legend;
    double x = 0;
    for (std::size_t i = k_bands; i-- > 0;) {
        const std::uint64_t count = report.summary.by_band[i];
        const std::string_view name = to_string(static_cast<Band>(i));
        const double width = 1000.0 * static_cast<double>(count) / static_cast<double>(total);
        if (count > 0)
            bar += fmt::format(
                "<rect class=\"b-{}\" x=\"{:.1f}\" width=\"{:.1f}\" y=\"0\" height=\"14\"/>", name,
                x, width);
        x += width;
        legend +=
            fmt::format("<li><span class=\"dot b-{0}\"></span>{1} {0}</li>", name, count_of(count));
    }
    return fmt::format(
        "<figure class=\"bands\"><figcaption>Accounts by risk</figcaption><svg viewBox=\"0 0 1000 "
        "14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}</svg><ul>{}</ul></figure>\n",
        bar, legend);
}

std::string first_sentence(const Report& report) {
    const AccountFates fates = account_fates(report.summary);
    if (report.accounts->size() == 0 && report.devices->size() == 0)
        return html_text(nothing_found(report));
    if (fates.by_basic == 0 && fates.refused == 0) return "No account was seen to send with Basic.";
    if (fates.by_basic == 0)
        return counted(fates.refused, "account") + " refused already: broken now.";
    if (report.summary.messages_lost_per_day)
        return fmt::format("<em>{} messages a day</em> from <em>{}</em> stop when Basic stops.",
                           mean_words(*report.summary.messages_lost_per_day),
                           counted(fates.by_basic, "account"));
    return fmt::format("<em>{}</em> stop sending when Basic stops.",
                       counted(fates.by_basic, "account"));
}

std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

// When: the next day on which something stops, large; the cut-off that is ranked against, small.
std::string dates(const Report& report) {
    std::string out = "<div class=\"when\">\n";
    const Cutoff& cutoff = report.cutoff;
    if (cutoff.next)
        out += fmt::format(
            "<p class=\"next\">{} <span class=\"days\">{}</span></p>\n<p class=\"what\">{}.</p>\n",
            html_text(capital(date_words(cutoff.next->date, cutoff.next->precision))),
            html_text(days_words(cutoff.next->days_left)), html_text(cutoff.next->what));
    out += fmt::format("<p>{}</p>\n</div>\n", html_text(cutoff_state_words(report)) + ".");
    return out;
}

std::string links_of(const Row& row, bool is_device) {
    const auto& linked = is_device ? row.linked : row.addresses;
    constexpr std::size_t k_shown = 3;
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < std::min(k_shown, linked.size()); ++i)
        parts.push_back(html_text(linked[i]));
    if (linked.size() > k_shown)
        parts.push_back(fmt::format("{} more", count_of(linked.size() - k_shown)));
    return join(parts, ", ");
}

std::string basic_of(const Row& row) {
    if (row.messages.total() == 0 && row.sign_ins.basic_ok > 0)
        return count_of(row.sign_ins.basic_ok) + " sign-ins";
    const std::uint64_t basic = is_undated(row) ? row.messages.basic : row.messages_30d.basic;
    std::string out = count_of(basic);
    if (row.messages.unknown > 0)
        out += fmt::format(" + {} unknown", count_of(row.messages.unknown));
    return out;
}

std::string plain_row(const Row& row, bool is_device) {
    std::string id = html_text(row.id);
    if (!row.name.empty() && fold_case(row.name) != row.id)
        id += "<br><small>" + html_text(row.name) + "</small>";
    std::string todo = row.remedy ? html_text(row.remedy->title) : "";
    if (row.accepted)
        todo = fmt::format("accepted until {}: {}", format_day_long(row.accepted->until),
                           html_text(row.accepted->reason));
    return fmt::format(
        "<tr><td class=\"n\">{}</td><td><span class=\"band b-{}\">{}</span></td><td "
        "class=\"n\">{}</td>{}<th scope=\"row\">{}</th><td class=\"n\">{}</td><td "
        "class=\"t-last\">{}</td><td>{}</td>"
        "<td class=\"t-why\">{}</td><td class=\"t-do\">{}</td></tr>\n",
        row.rank, to_string(row.band), to_string(row.band), row.priority,
        row.tenant ? "<td>" + html_text(*row.tenant) + "</td>" : "", id, basic_of(row),
        row.last_basic ? format_day_long(day_of(*row.last_basic)) : "–", links_of(row, is_device),
        html_text(row.why), todo);
}

std::string plain_table(const Report& report, const std::vector<Row>& rows, std::uint64_t total,
                        bool is_device) {
    const std::string_view what = is_device ? "Devices" : "Accounts";
    if (total == 0) return fmt::format("<h3>{}</h3>\n<p>None in this evidence.</p>\n", what);
    std::string out = fmt::format(
        "<h3>{} ({})</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">"
        "<table><thead><tr><th scope=\"col\" class=\"n\">#</th><th scope=\"col\">Band</th><th "
        "scope=\"col\" class=\"n\">Priority</th>{}<th scope=\"col\">{}</th><th scope=\"col\" "
        "class=\"n\">Basic{}</th><th scope=\"col\">Last Basic</th><th scope=\"col\">{}</th><th "
        "scope=\"col\">Why</th><th scope=\"col\">Do</th></tr></thead>\n<tbody>\n",
        what, count_of(total), what, report.tenants.empty() ? "" : "<th scope=\"col\">Tenant</th>",
        is_device ? "Device" : "Account", report.from ? ", 30 days" : "",
        is_device ? "Accounts" : "Devices");
    for (const Row& row : rows) out += plain_row(row, is_device);
    out += "</tbody></table></div>\n";
    if (total > rows.size())
        out += fmt::format(
            "<p class=\"left-out\">These are the first {} of {}. The others are in this file too, "
            "and a browser with script shows them; without script, read the CSV or the run "
            "document of the same run (<code>--out csv=rows.csv --out json=run.json</code>).</p>\n",
            count_of(rows.size()), count_of(total));
    return out;
}

std::string lines_of(const std::vector<std::string>& commands) {
    std::string out;
    for (const std::string& command : commands)
        for (const std::string_view line : split(command, '\n')) out += html_text(line) + "\n";
    return out;
}

std::string commands_of(const Action& action) {
    std::string out;
    if (!action.commands.empty())
        out += fmt::format("<pre class=\"copy\">{}</pre>\n", lines_of(action.commands));
    if (!action.undo.empty())
        out += fmt::format(
            "<details><summary>To undo it</summary><pre class=\"copy\">{}</pre></details>\n",
            lines_of(action.undo));
    return out;
}

}  // namespace

std::string html_incomplete(const Report& report) {
    if (!report.incomplete()) return {};
    std::string out =
        "<section class=\"alarm\" aria-labelledby=\"alarm-title\">\n<h2 id=\"alarm-title\">The "
        "evidence is incomplete</h2>\n<p>Counts may be too low, and accounts may be missing.</p>\n"
        "<ul>\n";
    std::size_t listed = 0;
    for (const Coverage& row : shown_coverage(report)) {
        if (row.state != CoverageState::partial && row.state != CoverageState::failed) continue;
        if (++listed <= k_most_texts)
            out += fmt::format("<li>{}</li>\n", html_text(coverage_words(row)));
    }
    return out + "</ul>\n</section>\n";
}

std::string html_hero(const Report& report) {
    std::string out =
        fmt::format("<h1 id=\"headline\">{}</h1>\n", first_sentence(report)) + dates(report);
    if (report.accounts->size() > 0) out += tiles(report) + band_bar(report);
    if (const std::string mailboxes = mailbox_words(report.summary); !mailboxes.empty())
        out += fmt::format("<p class=\"gate\">{}</p>\n", html_text(mailboxes));
    if (report.gate.fail_on)
        out += fmt::format("<p class=\"gate\">Gate: {} at or above {}.{}</p>\n",
                           report.gate.tripped ? "tripped, a finding stands" : "passed, nothing",
                           to_string(*report.gate.fail_on),
                           report.gate.new_findings
                               ? fmt::format(" {} against the baseline.",
                                             counted(*report.gate.new_findings, "new finding"))
                               : "");
    return out;
}

std::string html_work(const Report& report, const HtmlRows& rows) {
    std::vector<std::pair<std::string, HtmlRows::Work>> work(rows.work.begin(), rows.work.end());
    std::sort(work.begin(), work.end(),
              [](const auto& a, const auto& b) { return a.second.best_rank < b.second.best_rank; });
    std::string out;
    if (work.empty() && report.actions.empty()) return "<p>Nothing has to be done.</p>\n";
    if (!work.empty()) out += "<ul class=\"work\">\n";
    for (std::size_t i = 0; i < std::min(work.size(), k_most_texts); ++i)
        out += fmt::format(
            "<li data-do=\"{0}\"><strong>{1}</strong> <span class=\"amount\">{2}</span><p>{3}</p>"
            "</li>\n",
            html_text(work[i].first), html_text(work[i].first),
            counted(work[i].second.accounts, "account"), html_text(work[i].second.why));
    if (!work.empty()) out += "</ul>\n";
    if (report.actions.empty()) return out;
    out +=
        report.tenants.empty() ? "<h3>Once for the tenant</h3>" : "<h3>Once for each tenant</h3>";
    out += "\n<ol class=\"actions\">\n";
    for (std::size_t i = 0; i < std::min(report.actions.size(), k_most_texts); ++i) {
        const Action& action = report.actions[i];
        out += fmt::format("<li><h4>{}</h4><p>{}</p>",
                           html_text(tenant_prefix(action.tenant) + action.title),
                           html_text(action.why));
        if (!action.affects.empty())
            out += fmt::format("<p class=\"amount\">Affects {}.</p>",
                               counted(action.affects.size(), "row"));
        out += commands_of(action) + "</li>\n";
    }
    return out + "</ol>\n";
}

std::string html_tables(const Report& report, const HtmlRows& rows) {
    return plain_table(report, rows.accounts, report.accounts->size(), false) +
           plain_table(report, rows.devices, report.devices->size(), true);
}

}  // namespace smtpaudit
