// One self-contained file: it asks for nothing from anywhere, and its Content-Security-Policy lets
// only its own script and style sheet run. Without script it is a report with plain tables.
#include "base/text.hpp"
#include "report/formats.hpp"
#include "report/html_data.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/remembered_text.hpp"
#include "report/row_facts.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <map>
#include <stdexcept>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_html_page;
extern const std::string_view k_html_style;
extern const std::string_view k_html_script;
}  // namespace embedded

namespace {

std::string policy() {
    return fmt::format(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        policy_hash(embedded::k_html_script), policy_hash(embedded::k_html_style));
}

std::string title(const Report& report) {
    const std::string tenant = tenant_title(report);
    return html_text((tenant.empty() ? "" : tenant + ": ") + "SMTP AUTH with Basic authentication");
}

std::string who(const Report& report) {
    std::vector<std::string> parts;
    if (const std::string tenant = tenant_title(report); !tenant.empty())
        parts.push_back("<strong>" + html_text(tenant) + "</strong>");
    if (report.from && report.to) parts.push_back(html_text(range_words(*report.from, *report.to)));
    parts.push_back("made " + html_text(format_day_long(day_of(report.generated_at))));
    return join(parts, " · ");
}

HtmlRows gather(const Report& report, HtmlData& data) {
    HtmlRows out;
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        Row row = report.accounts->at(i);
        data.add(row, false);
        if (fate_of(row.status) == Fate::will_stop && row.remedy && !row.accepted) {
            HtmlRows::Work& work = out.work[row.remedy->title];
            if (work.accounts++ == 0) {
                work.best_rank = static_cast<int>(row.rank);
                work.why = row.remedy->why;
            }
        }
        if (i < k_plain_rows) out.accounts.push_back(std::move(row));
    }
    for (std::size_t i = 0; i < report.devices->size(); ++i) {
        Row row = report.devices->at(i);
        data.add(row, true);
        if (i < k_plain_rows) out.devices.push_back(std::move(row));
    }
    return out;
}

}  // namespace

Result<void> write_html(const Report& report, const WriteOptions&, ByteSink& sink) {
    HtmlData data;
    const HtmlRows rows = gather(report, data);
    const std::map<std::string_view, std::string> parts = {
        {"policy", policy()},
        {"title", title(report)},
        {"css", std::string(embedded::k_html_style)},
        {"who", who(report)},
        {"incomplete", html_incomplete(report)},
        {"hero", html_hero(report)},
        {"work", html_work(report, rows)},
        {"chart", html_chart(report)},
        {"tables", html_tables(report, rows)},
        {"remembered", html_remembered(report)},
        {"map", html_map(rows)},
        {"evidence", html_evidence(report)},
        {"footer", html_footer(report)},
        {"script", std::string(embedded::k_html_script)},
    };
    std::string_view page = embedded::k_html_page;
    for (;;) {
        const std::size_t open = page.find("{{");
        SA_CHECK(sink.write(page.substr(0, open)));
        if (open == std::string_view::npos) return {};
        const std::size_t close = page.find("}}", open);
        const std::string_view name = page.substr(open + 2, close - open - 2);
        if (name == "data") {
            SA_CHECK(data.write(report, sink));
        } else {
            const auto part = parts.find(name);
            if (part == parts.end()) throw std::logic_error("html_page.html names no part");
            if (!part->second.empty()) SA_CHECK(sink.write(part->second));
        }
        page.remove_prefix(close + 2);
    }
}

}  // namespace smtpaudit
