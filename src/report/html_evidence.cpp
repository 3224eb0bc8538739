#include "base/text.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/tenant_text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_listed = 200;

std::string state_words(CoverageState state) {
    switch (state) {
        case CoverageState::complete: return "complete";
        case CoverageState::partial: return "cut short";
        case CoverageState::unavailable: return "not available";
        case CoverageState::failed: return "failed";
        case CoverageState::not_requested: return "not asked";
    }
    return {};
}

std::string html_tenant(const std::optional<std::string>& tenant) {
    return tenant ? "<br><small>" + html_text(*tenant) + "</small>" : std::string();
}

std::string span_words(const Coverage& row) {
    if (!row.from || !row.to) return "–";
    return html_text(range_words(day_of(*row.from), day_of(*row.to)));
}

std::string coverage_table(const Report& report) {
    if (report.coverage.empty()) return "<p>No source was read.</p>\n";
    std::string out =
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Sources of "
        "evidence\"><table class=\"coverage\"><thead><tr><th scope=\"col\">Source</th><th "
        "scope=\"col\">State</th><th scope=\"col\" class=\"n\">Rows</th><th scope=\"col\">Days"
        "</th><th scope=\"col\">What is missing</th></tr></thead><tbody>\n";
    const std::vector<Coverage> coverage = shown_coverage(report);
    for (std::size_t i = 0; i < std::min(coverage.size(), k_most_listed); ++i) {
        const Coverage& row = coverage[i];
        out += fmt::format(
            "<tr><th scope=\"row\">{}{}</th><td><span class=\"state s-{}\">{}</span></td><td "
            "class=\"n\">{}</td><td>{}</td><td>{}</td></tr>\n",
            html_text(source_words(row.source)), html_tenant(row.tenant), to_string(row.state),
            state_words(row.state),
            row.rows > 0 || row.state == CoverageState::complete ? group_thousands(row.rows) : "–",
            span_words(row), html_text(row.reason));
    }
    out += "</tbody></table></div>\n";
    if (coverage.size() > k_most_listed)
        out += fmt::format("<p>{} in the run document.</p>\n",
                           counted(coverage.size() - k_most_listed, "more source"));
    return out;
}

std::string milestone_table(const Report& report) {
    if (report.timeline.empty()) return {};
    std::string out =
        "<h3 id=\"milestones\">What Microsoft announced</h3>\n<div class=\"scroll\" "
        "role=\"region\" tabindex=\"0\" aria-labelledby=\"milestones\"><table "
        "class=\"milestones\"><thead><tr><th scope=\"col\">When</th><th scope=\"col\">State</th>"
        "<th scope=\"col\">What</th><th scope=\"col\">Source</th></tr></thead><tbody>\n";
    std::vector<Milestone> sorted = report.timeline;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Milestone& a, const Milestone& b) { return a.date < b.date; });
    for (const Milestone& milestone : sorted) {
        const bool is_next = report.cutoff.next && report.cutoff.next->id == milestone.id;
        out += fmt::format(
            "<tr{}><th scope=\"row\">{}<br><small>{}</small></th><td><span class=\"state "
            "s-{}\">{}{}</span></td><td>{}</td><td>{}</td></tr>\n",
            is_next ? " class=\"is-next\"" : "",
            html_text(date_words(milestone.date, milestone.precision)),
            html_text(days_words(days_between(day_of(report.generated_at), milestone.date))),
            to_string(milestone.state), is_next ? "next: " : "", to_string(milestone.state),
            html_text(milestone.what), html_text(milestone.source));
    }
    return out + "</tbody></table></div>\n";
}

std::string apps_table(const Report& report) {
    if (report.oauth_apps.empty()) return {};
    std::string out =
        "<h3 id=\"apps\">Applications that may send with OAuth</h3>\n<div class=\"scroll\" "
        "role=\"region\" tabindex=\"0\" aria-labelledby=\"apps\"><table><thead><tr><th "
        "scope=\"col\">Application</th><th scope=\"col\">How</th><th scope=\"col\">Consent</th>"
        "<th scope=\"col\">Principal</th></tr></thead><tbody>\n";
    for (std::size_t i = 0; i < std::min(report.oauth_apps.size(), k_most_listed); ++i) {
        const OauthApp& app = report.oauth_apps[i];
        out += fmt::format(
            "<tr><th scope=\"row\">{}<br><small>{}</small>{}</th><td>{}</td><td>{}</td><td>{}</td>"
            "</tr>\n",
            html_text(app.name), html_text(app.app_id), html_tenant(app.tenant), html_text(app.how),
            html_text(app.consent), html_text(app.principal));
    }
    return out + "</tbody></table></div>\n";
}

std::string notes_list(const Report& report) {
    std::vector<std::string> notes = report.notes;
    for (std::string& note : coverage_notes(report)) notes.push_back(std::move(note));
    if (notes.empty()) return {};
    std::string out = "<h3>Notes</h3>\n<ul>\n";
    for (std::size_t i = 0; i < std::min(notes.size(), k_most_listed); ++i)
        out += "<li>" + html_text(notes[i]) + "</li>\n";
    if (notes.size() > k_most_listed)
        out += fmt::format("<li>{} in the run document</li>\n",
                           counted(notes.size() - k_most_listed, "more note"));
    return out + "</ul>\n";
}

}  // namespace

std::string html_evidence(const Report& report) {
    return coverage_table(report) + notes_list(report) + apps_table(report) +
           milestone_table(report);
}

std::string html_footer(const Report& report) {
    return fmt::format(
        "<p>smtpaudit {} · {} · run {} · {}. Weights are judgement, not measurement; what is "
        "unknown counts a third of its points and widens the range.</p>\n",
        html_text(report.tool_version), k_risk_model, html_text(report.run_id),
        format_utc(report.generated_at));
}

}  // namespace smtpaudit
