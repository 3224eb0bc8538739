// Markdown for the summary of a CI step and for tickets. GitHub takes 1 MiB for a step and drops
// the whole text above it, so rows give way before the rest does, and the text says how many.
#include "base/text.hpp"
#include "report/formats.hpp"
#include "report/markdown_text.hpp"
#include "report/remembered_text.hpp"
#include "report/row_facts.hpp"
#include "report/table_head.hpp"
#include "report/table_rows.hpp"
#include "report/tenant_text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = 1'000'000;
constexpr std::size_t k_most_around = 150'000;  // for what stands before and after the rows
constexpr std::size_t k_open_rows = 25;  // the others stand folded
constexpr std::size_t k_most_columns = 300;  // of one text from data
constexpr std::size_t k_most_listed = 50;

std::string prose(std::string_view text) {
    return markdown_prose(cut_to_width(printable(text), k_most_columns));
}
std::string code(std::string_view text) {
    return markdown_code(cut_to_width(printable(text), k_most_columns));
}

std::string headline(const Report& report) {
    std::string out = "## Basic authentication with SMTP AUTH";
    if (const std::string tenant = tenant_title(report); !tenant.empty())
        out += ": " + prose(tenant);
    out += "\n\n";
    const std::string summary = summary_words(report);
    if (!summary.empty()) out += "**" + prose(summary) + "**\n\n";
    if (summary.empty() && report.devices->size() == 0)
        out += prose(nothing_found(report)) + "\n\n";
    out += "- " + prose(cutoff_state_words(report)) + "\n";
    if (report.cutoff.next) out += "- Next: " + prose(next_words(*report.cutoff.next)) + "\n";
    if (const std::string mailboxes = mailbox_words(report.summary); !mailboxes.empty())
        out += "- " + prose(mailboxes) + "\n";
    out += "- Evidence: " + prose(period_words(report)) + "\n";
    return out;
}

std::string gate_line(const Report& report) {
    std::string out;
    if (report.gate.fail_on)
        out = fmt::format("- Gate: {} finding at or above {}\n",
                          report.gate.tripped ? "**tripped**, there is a" : "passed, there is no",
                          to_string(*report.gate.fail_on));
    if (report.gate.new_findings)
        out += fmt::format("- Against the baseline: {}\n",
                           counted(*report.gate.new_findings, "new finding"));
    return out;
}

std::string evidence(const Report& report) {
    std::string loud, quiet;
    std::size_t listed = 0;
    const std::vector<Coverage> coverage = shown_coverage(report);
    for (const Coverage& source : coverage) {
        if (++listed > k_most_listed) break;
        const bool is_loud =
            source.state == CoverageState::partial || source.state == CoverageState::failed;
        if (is_loud)
            loud += "> - " + prose(coverage_words(source)) + "\n";
        else
            quiet += "  - " + prose(coverage_words(source)) + "\n";
    }
    if (!loud.empty())
        loud =
            "\n> **The evidence is INCOMPLETE: counts may be too low, and rows may be missing.**\n"
            ">\n" +
            loud;
    if (listed > k_most_listed)
        quiet += fmt::format("  - {} in the run document\n",
                             counted(coverage.size() - k_most_listed, "more source"));
    return quiet + loud;
}

std::string band_cell(const std::string& cell) {
    const bool strong = cell.starts_with("critical") || cell.starts_with("high");
    return strong ? "**" + cell + "**" : cell;
}

std::string table_heading(const Report& report, bool is_device) {
    const bool several = !report.tenants.empty();
    return fmt::format(
        "\n| # | Band | Priority |{} {} | {} | OAuth | Last Basic | {} | Why | Do |\n"
        "|--:|---|--:|{}---|--:|--:|---|--:|---|---|\n",
        several ? " Tenant |" : "", is_device ? "Device" : "Account",
        report.from ? "Basic/30 d" : "Basic", is_device ? "Accounts" : "Addresses",
        several ? "---|" : "");
}

std::string row_line(const Report& report, const SectionText& section, std::size_t index,
                     Footnotes& footnotes) {
    const Row row = section.rows.at(index);
    const Grid::Cells cells = section_cells(report, section, row, footnotes);
    std::string line = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i == c_tenant && report.tenants.empty()) continue;
        std::string cell;
        if (i == c_id)
            cell = code(cells[i]);
        else if (i == c_band)
            cell = band_cell(cells[i]);
        else
            cell = prose(cells[i]);
        line += " " + cell + " |";
    }
    return line + "\n";
}

// At most `room` bytes, as far as rows go.
std::string section_text(const Report& report, const SectionText& section, std::size_t room,
                         Footnotes& footnotes) {
    if (section.picked.indices.empty()) return {};
    std::string out =
        "\n### " + prose(section.title) + "\n" + table_heading(report, section.is_device);
    std::size_t shown = 0;
    bool folded = false;
    for (const std::size_t index : section.picked.indices) {
        const std::string line = row_line(report, section, index, footnotes);
        if (out.size() + line.size() > room) break;
        if (shown == k_open_rows) {
            folded = true;
            out += fmt::format("\n<details><summary>{} more</summary>\n",
                               group_thousands(section.picked.indices.size() - shown));
            out += table_heading(report, section.is_device);
        }
        out += line;
        ++shown;
    }
    if (folded) out += "\n</details>\n";
    const std::uint64_t left = section.picked.total - shown;
    if (left > 0)
        out += fmt::format("\n{} not shown here: see the run document or the CSV.\n",
                           counted(left, "row"));
    return out;
}

std::string actions_text(const Report& report) {
    if (report.actions.empty()) return {};
    std::string out = report.tenants.empty() ? "\n### What to do once for the tenant\n\n"
                                             : "\n### What to do once for each tenant\n\n";
    std::size_t listed = 0;
    for (const Action& action : report.actions) {
        if (++listed > k_most_listed) {
            out += fmt::format("\n{} in the run document.\n",
                               counted(report.actions.size() - k_most_listed, "more action"));
            break;
        }
        std::string block;
        for (const std::string& command : action.commands) block += command + "\n";
        if (!action.undo.empty()) block += "\n# to undo:\n";
        for (const std::string& command : action.undo) block += command + "\n";
        out += fmt::format("<details><summary>{}</summary>\n\n{}\n\n",
                           prose(tenant_prefix(action.tenant) + action.title), prose(action.why));
        if (!block.empty() && block.size() <= k_most_around / k_most_listed) {
            block.pop_back();
            out += markdown_block("powershell", block) + "\n";
        } else if (!block.empty()) {
            out += "Its commands stand in the run document.\n\n";
        }
        out += "</details>\n";
    }
    return out;
}

std::string notes_text(const Report& report, const Footnotes& footnotes, const BandDoubt& doubt) {
    std::vector<std::string> notes;
    if (doubt.is_general())
        notes.emplace_back("more than half of the rows could change band with the missing facts");
    if (footnotes.undated)
        notes.emplace_back(
            "a count with an asterisk is of a table without dates: its whole period");
    if (footnotes.unknown_protocol)
        notes.emplace_back("a count with a question mark is of messages of unknown protocol");
    if (footnotes.sign_ins)
        notes.emplace_back("a count with an s is of sign-ins: no source counts the messages");
    if (footnotes.doubtful_band)
        notes.emplace_back("a band with a question mark could change with the missing facts");
    for (const std::string& note : report.notes) notes.push_back(note);
    for (std::string& note : coverage_notes(report)) notes.push_back(std::move(note));
    if (notes.empty()) return {};
    std::string out = "\n<details><summary>Notes on the evidence</summary>\n\n";
    for (std::size_t i = 0; i < std::min(notes.size(), k_most_listed); ++i)
        out += "- " + prose(notes[i]) + "\n";
    if (notes.size() > k_most_listed)
        out += fmt::format("- {} in the run document\n",
                           counted(notes.size() - k_most_listed, "more note"));
    return out + "\n</details>\n";
}

std::string footer(const Report& report) {
    return fmt::format("\n<sub>smtpaudit {} · {} · run {} · {}</sub>\n", prose(report.tool_version),
                       k_risk_model, prose(report.run_id), format_utc(report.generated_at));
}

std::vector<SectionText> sections_of(const Report& report, const PickedAccounts& accounts,
                                     const PickedRows& devices, bool mark_doubt) {
    const auto title = [](std::string_view words, const PickedRows& picked) {
        return fmt::format("{} ({})", words, group_thousands(picked.total));
    };
    const bool unknown = account_fates(report.summary).unknown > 0;
    const RowList& rows = *report.accounts;
    return {
        {title(unknown ? "Accounts that will or may stop" : "Accounts that will stop",
               accounts.will_stop),
         rows, accounts.will_stop, false, mark_doubt},
        {title("Devices", devices), *report.devices, devices, true, mark_doubt},
        {title("Accounts that do not send, but can be attacked", accounts.not_sending), rows,
         accounts.not_sending, false, mark_doubt},
        {title("Safe from the cut-off, but exposed", accounts.exposed), rows, accounts.exposed,
         false, mark_doubt},
    };
}

}  // namespace

Result<void> write_markdown(const Report& report, const WriteOptions& options, ByteSink& sink) {
    PickedAccounts accounts;
    PickedRows devices;
    if (wants_accounts(options)) accounts = pick_accounts(report, options);
    if (wants_devices(options)) devices = pick_devices(report, options);
    BandDoubt doubt;
    for (const PickedRows* part : {&accounts.will_stop, &accounts.not_sending, &accounts.exposed})
        doubt.look_at(*report.accounts, *part);
    doubt.look_at(*report.devices, devices);

    Footnotes footnotes;
    std::string out = headline(report) + gate_line(report) + evidence(report);
    const std::string remembered =
        wants_accounts(options) ? markdown_remembered(report, options) : std::string();
    const std::string after = remembered + actions_text(report);
    const auto sections = sections_of(report, accounts, devices, !doubt.is_general());
    std::size_t left = sections.size();
    for (const SectionText& section : sections) {
        const std::size_t used = out.size() + after.size() + k_most_around;
        const std::size_t room = used < k_most_bytes ? (k_most_bytes - used) / left : 0;
        out += section_text(report, section, room, footnotes);
        --left;
    }
    out += after + notes_text(report, footnotes, doubt) + footer(report);
    return sink.write(out);
}

}  // namespace smtpaudit
