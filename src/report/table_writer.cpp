// The first screen of cli.md: what an administrator reads.
#include "base/text.hpp"
#include "report/formats.hpp"
#include "report/remembered_text.hpp"
#include "report/row_facts.hpp"
#include "report/table_head.hpp"
#include "report/table_rows.hpp"
#include "report/tenant_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_notes = 8;  // of the sources; the run document has all

std::string filter_words(const WriteOptions& options) {
    return options.min_band ? fmt::format(", {} and above", to_string(*options.min_band)) : "";
}

// "ACCOUNTS THAT WILL STOP (57)"; with others in it, what they are.
std::string will_stop_title(const Report& report, const PickedRows& picked,
                            const WriteOptions& options) {
    const AccountFates fates = account_fates(report.summary);
    std::string inside = group_thousands(picked.total) + filter_words(options);
    if (!options.min_band && fates.will_stop() == picked.total) {
        std::vector<std::string> others;
        if (fates.refused > 0)
            others.push_back(group_thousands(fates.refused) + " refused already");
        if (fates.unknown > 0)
            others.push_back(group_thousands(fates.unknown) + " of unknown protocol");
        if (!others.empty()) inside += ": " + join(others, ", ");
    }
    return fmt::format("ACCOUNTS THAT {} STOP ({})", fates.unknown > 0 ? "WILL OR MAY" : "WILL",
                       inside);
}

std::string devices_title(const Report& report, const PickedRows& picked,
                          const WriteOptions& options) {
    std::string inside = group_thousands(picked.total) + filter_words(options);
    if (report.summary.unattributed_basic_share)
        inside += fmt::format("; {} of Basic messages have no address",
                              percent_words(*report.summary.unattributed_basic_share));
    return fmt::format("DEVICES ({})", inside);
}

std::string footnote_lines(const Report& report, const Footnotes& notes, const BandDoubt& doubt,
                           std::size_t width) {
    std::string out;
    if (!report.from && doubt.shown > 0)
        out +=
            wrapped("", "BASIC and OAUTH count the table's whole period: it has no dates.", width);
    if (notes.undated)
        out +=
            wrapped("*  ", "counted in the table's whole period: that source has no dates", width);
    if (notes.unknown_protocol)
        out += wrapped("?  ", "after a count: messages whose protocol the source does not tell",
                       width);
    if (notes.sign_ins)
        out += wrapped("s  ", "sign-ins in the window: no source counts the messages", width);
    if (notes.doubtful_band)
        out += wrapped("?  ", "after a band: the missing facts could move it to another", width);
    if (doubt.is_general()) {
        const std::vector<std::string> missing(doubt.missing.begin(), doubt.missing.end());
        std::string text =
            "more than half of the rows shown could change band with the missing "
            "facts";
        if (!missing.empty()) text += " (" + join(missing, ", ") + ")";
        out += wrapped("Note  ", text, width);
    }
    return out;
}

// Wrapped, but a text from data does not fill the screen.
std::string note_line(const std::string& text, std::size_t width) {
    constexpr std::size_t k_most_lines = 5;
    return wrapped("Note  ", cut_to_width(text, k_most_lines * width), width);
}

std::string note_lines(const Report& report, std::size_t width) {
    std::string out;
    for (const std::string& note : report.notes) out += note_line(printable(note), width);
    std::size_t shown = 0, hidden = 0;
    for (const std::string& note : coverage_notes(report)) {
        if (shown == k_most_notes) {
            ++hidden;
            continue;
        }
        ++shown;
        out += note_line(printable(note), width);
    }
    if (hidden > 0)
        out += wrapped("Note  ",
                       fmt::format("{} about the evidence in the run document (--format json)",
                                   counted(hidden, "more note")),
                       width);
    return out;
}

// The row that a reader looks at first.
std::string next_line(const Report& report, const PickedAccounts& accounts,
                      const PickedRows& devices, std::size_t width) {
    std::vector<std::string> parts;
    const auto explain = [&](const RowList& rows, const PickedRows& picked) {
        if (!parts.empty() || picked.indices.empty()) return;
        const Row row = rows.at(picked.indices.front());
        parts.push_back(fmt::format("smtpaudit explain {} --from run.json{}",
                                    shell_quoted(printable(row.id)),
                                    row.tenant ? " --tenant " + *row.tenant : ""));
    };
    explain(*report.accounts, accounts.will_stop);
    explain(*report.devices, devices);
    explain(*report.accounts, accounts.not_sending);
    explain(*report.accounts, accounts.exposed);
    if (!report.actions.empty())
        parts.push_back(counted(report.actions.size(), "action") +
                        " with commands: --format markdown");
    parts.emplace_back("save with --out json=run.json");
    parts.emplace_back("in CI --fail-on high");
    return packed("Next  ", parts, width);
}

Result<void> write_accounts(const Report& report, const PickedAccounts& picked, bool mark_doubt,
                            const WriteOptions& options, Footnotes& footnotes, ByteSink& sink) {
    const RowList& rows = *report.accounts;
    const std::string filter = filter_words(options);
    const auto section = [&](std::string title, const PickedRows& part) {
        return write_section(report, {std::move(title), rows, part, false, mark_doubt}, options,
                             footnotes, sink);
    };
    SA_CHECK(section(will_stop_title(report, picked.will_stop, options), picked.will_stop));
    SA_CHECK(section(fmt::format("ACCOUNTS THAT DO NOT SEND, BUT CAN BE ATTACKED ({}{})",
                                 group_thousands(picked.not_sending.total), filter),
                     picked.not_sending));
    return section(fmt::format("SAFE FROM THE CUT-OFF, BUT EXPOSED ({}{})",
                               group_thousands(picked.exposed.total), filter),
                   picked.exposed);
}

}  // namespace

Result<void> write_table(const Report& report, const WriteOptions& options, ByteSink& sink) {
    const std::size_t width = screen_width(options);
    SA_CHECK(sink.write(table_head(report, options)));
    const bool empty = report.accounts->size() == 0 && report.devices->size() == 0;
    if (empty) SA_CHECK(sink.write(wrapped("", nothing_found(report), width)));

    PickedAccounts accounts;
    PickedRows devices;
    if (wants_accounts(options)) accounts = pick_accounts(report, options);
    if (wants_devices(options)) devices = pick_devices(report, options);
    BandDoubt doubt;
    for (const PickedRows* part : {&accounts.will_stop, &accounts.not_sending, &accounts.exposed})
        doubt.look_at(*report.accounts, *part);
    doubt.look_at(*report.devices, devices);

    Footnotes footnotes;
    const bool mark_doubt = !doubt.is_general();
    SA_CHECK(write_accounts(report, accounts, mark_doubt, options, footnotes, sink));
    SA_CHECK(write_section(
        report,
        {devices_title(report, devices, options), *report.devices, devices, true, mark_doubt},
        options, footnotes, sink));
    if (wants_accounts(options)) SA_CHECK(write_remembered(report, options, sink));
    if (!empty && doubt.shown == 0)
        SA_CHECK(
            sink.write("\n" + wrapped("", "No row to show" + filter_words(options) + ".", width)));
    std::string tail = footnote_lines(report, footnotes, doubt, width) + note_lines(report, width);
    if (!empty) tail += next_line(report, accounts, devices, width);
    return tail.empty() ? Result<void>() : sink.write("\n" + tail);
}

}  // namespace smtpaudit
