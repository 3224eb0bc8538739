// smtpaudit diff for the summary of a CI step.
#include "base/text.hpp"
#include "report/comparison_formats.hpp"
#include "report/markdown_text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_rows = 200;  // of each kind; GitHub takes 1 MiB for a step
constexpr std::size_t k_most_columns = 300;

std::string prose(std::string_view text) {
    return markdown_prose(cut_to_width(printable(text), k_most_columns));
}

std::string period(const ComparedRun& run) {
    if (!run.from || !run.to) return "no dates";
    return range_words(*run.from, *run.to);
}

std::string row(const Change& change) {
    std::string why = prose(change.reason);
    if (change.after && change.after->accepted)
        why = fmt::format("accepted until {}; {}", format_day(change.after->accepted->until), why);
    return fmt::format("| {} | {} | {} | {} | {} |\n", band_words(change), priority_words(change),
                       markdown_code(cut_to_width(printable(change.id), k_most_columns)),
                       rate_words(change), why);
}

}  // namespace

Result<void> write_comparison_markdown(const Comparison& comparison, const WriteOptions& options,
                                       ByteSink& sink) {
    std::string head = "## What changed since the old run";
    if (comparison.after.tenant) head += ": " + prose(*comparison.after.tenant);
    head +=
        fmt::format("\n\n**{}**\n\n- Old: {}\n- New: {}\n", join(change_counts(comparison), " · "),
                    period(comparison.before), period(comparison.after));
    for (const std::string& note : comparison.notes) head += "- Note: " + prose(note) + "\n";
    SA_CHECK(sink.write(head));
    const std::size_t most = options.top == 0 ? k_most_rows : std::min(options.top, k_most_rows);
    const auto counts = comparison.count_by_kind();
    std::size_t at = 0;
    for (std::size_t kind = 0; kind < k_change_kinds; ++kind) {
        if (counts[kind] == 0) continue;
        SA_CHECK(sink.write(fmt::format(
            "\n### {} ({})\n\n| Band | Priority | Who | Basic/30 d | Why "
            "|\n|---|--:|---|--:|---|\n",
            change_title(static_cast<ChangeKind>(kind)), group_thousands(counts[kind]))));
        for (std::size_t i = 0; i < counts[kind]; ++i, ++at)
            if (i < most) SA_CHECK(sink.write(row(comparison.changes[at])));
        if (counts[kind] > most)
            SA_CHECK(sink.write(fmt::format("\n{} more\n", group_thousands(counts[kind] - most))));
    }
    return {};
}

}  // namespace smtpaudit
