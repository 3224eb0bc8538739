#include "report/table_head.hpp"

#include "base/text.hpp"
#include "report/row_facts.hpp"
#include "report/tenant_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_columns = 600;  // of one source's reason, which may be data

std::string title_line(const Report& report, std::size_t width) {
    std::vector<std::string> parts;
    if (const std::string tenant = tenant_title(report); !tenant.empty())
        parts.push_back(cut_to_width(printable(tenant), width / 2));
    std::uint64_t files = 0;
    // Of a live source `files` counts pages.
    for (const Coverage& source : report.coverage)
        if (source.source.starts_with("smtp_auth_")) files += source.files;
    if (files > 0) parts.push_back(counted(files, "file"));
    parts.push_back(period_words(report));
    return packed("", parts, width);
}

std::string cutoff_line(const Report& report, std::size_t width) {
    const std::string line = cutoff_state_words(report);
    if (!report.cutoff.next) return wrapped("", line, width);
    const std::string next = "Next: " + next_words(*report.cutoff.next);
    constexpr std::string_view k_between = "      ";
    if (display_width(line) + k_between.size() + display_width(next) <= width)
        return line + std::string(k_between) + next + '\n';
    return wrapped("", line, width) + wrapped("", next, width);
}

std::string evidence_lines(const Report& report, const WriteOptions& options, std::size_t width) {
    std::vector<std::string> quiet, loud, forbidden;
    std::uint64_t settings = 0;
    for (const Coverage& source : shown_coverage(report)) {
        if (is_settings_source(source.source) && source.state == CoverageState::complete &&
            !source.tenant) {
            ++settings;
            continue;
        }
        // Each would say the same at length: a permission that nobody asked for by name.
        if (source.state == CoverageState::unavailable &&
            source.cause == CoverageCause::permission) {
            forbidden.push_back(source.tenant ? fmt::format("{} ({})", source_words(source.source),
                                                            printable(*source.tenant))
                                              : std::string(source_words(source.source)));
            continue;
        }
        const bool is_loud =
            source.state == CoverageState::partial || source.state == CoverageState::failed;
        (is_loud ? loud : quiet).push_back(coverage_words(source));
    }
    if (settings > 0)
        quiet.push_back(fmt::format("{} of settings complete", counted(settings, "list")));
    if (!forbidden.empty())
        quiet.push_back(fmt::format("not allowed to read: {} (smtpaudit doctor says what to grant)",
                                    join(forbidden, ", ")));
    std::string out;
    if (report.coverage.empty()) quiet.emplace_back("none was read");
    if (!quiet.empty()) out += packed("Evidence  ", quiet, width);
    constexpr std::string_view k_label = "INCOMPLETE";
    for (const std::string& line : loud) {
        std::string text = wrapped(std::string(k_label) + "  ", line, width);
        text.replace(0, k_label.size(), painted(k_label, "1;31", options.color));
        out += text;
    }
    return out;
}

std::string safe_words(const AccountFates& fates) {
    std::vector<std::string> parts;
    const auto add = [&](std::uint64_t count, std::string_view what) {
        if (count == 0) return;
        parts.push_back(parts.empty() ? fmt::format("{} {} {}", counted(count, "account"),
                                                    count == 1 ? "is" : "are", what)
                                      : fmt::format("{} {}", group_thousands(count), what));
    };
    add(fates.oauth_only, "OAuth only");
    add(fates.migrated, "migrated");
    add(fates.already_blocked, "blocked already and quiet");
    return parts.empty() ? "" : " " + join(parts, ", ") + ": safe.";
}

}  // namespace

AccountFates account_fates(const Summary& summary) {
    const auto count = [&](Status status) {
        return summary.by_status[static_cast<std::size_t>(status)];
    };
    AccountFates out;
    out.by_basic =
        count(Status::mixed) + count(Status::active_basic) + count(Status::dormant_basic);
    out.refused = count(Status::blocked_retrying);
    out.unknown = count(Status::unknown);
    out.not_sending = count(Status::attempted) + count(Status::enabled_unused);
    out.oauth_only = count(Status::oauth_only);
    out.migrated = count(Status::migrated);
    out.already_blocked = count(Status::already_blocked);
    return out;
}

std::string period_words(const Report& report) {
    const auto days = static_cast<std::uint64_t>(std::max(0, report.covered_days));
    if (report.from && report.to)
        return fmt::format("{} ({} covered)", range_words(*report.from, *report.to),
                           counted(days, "day"));
    return days > 0 ? fmt::format("no dates; counts of {}", counted(days, "day")) : "no dates";
}

std::string cutoff_state_words(const Report& report) {
    std::string line = "Cut-off " + cutoff_words(report.cutoff);
    const std::uint64_t overdue = report.summary.overdue_messages;
    if (report.cutoff.days_left < 0 && overdue > 0)
        line += fmt::format("; Basic still accepted, {} since", counted(overdue, "message"));
    return line;
}

std::string coverage_words(const Coverage& source) {
    const bool is_tenant = source.source == "tenant";
    std::string out = printable(
        is_tenant ? "tenant " + source.tenant.value_or("")
                  : fmt::format("{}{}", tenant_prefix(source.tenant), source_words(source.source)));
    if (source.rows > 0 || source.state == CoverageState::complete)
        out += " " + counted(source.rows, "row");
    switch (source.state) {
        case CoverageState::complete: out += " complete"; break;
        case CoverageState::partial: out += " cut short, counts may be too low"; break;
        case CoverageState::unavailable: out += " unavailable"; break;
        case CoverageState::failed: out += " FAILED"; break;
        case CoverageState::not_requested: out += " not asked"; break;
    }
    if (!source.reason.empty()) out += ": " + printable(source.reason);
    return cut_to_width(out, k_most_columns);
}

std::string summary_words(const Report& report) {
    if (report.accounts->size() == 0) return {};
    const AccountFates fates = account_fates(report.summary);
    std::string line;
    if (fates.by_basic == 0)
        line = "No account was seen to send with Basic in the evidence above.";
    else if (report.summary.messages_lost_per_day)
        line = fmt::format("If Basic stopped today: {} messages a day from {} would fail.",
                           mean_words(*report.summary.messages_lost_per_day),
                           counted(fates.by_basic, "account"));
    else
        line = fmt::format("If Basic stopped today: {} would fail.",
                           counted(fates.by_basic, "account"));
    if (fates.refused > 0)
        line += fmt::format(" {} refused already and still trying: broken now.",
                            group_thousands(fates.refused));
    line += safe_words(fates);
    if (fates.unknown > 0)
        line +=
            fmt::format(" {} unknown: the protocol is not told.", group_thousands(fates.unknown));
    return line;
}

std::string mailbox_words(const Summary& summary) {
    if (!summary.mailboxes) return {};
    const MailboxCounts& all = *summary.mailboxes;
    std::string line =
        fmt::format("Of {}, Basic works for {}, is refused for {}",
                    all.known == 1 ? "1 mailbox" : group_thousands(all.known) + " mailboxes",
                    group_thousands(all.works), group_thousands(all.refused));
    line += all.unknown > 0 ? fmt::format(", unknown for {}.", group_thousands(all.unknown)) : ".";
    if (all.listed < all.known)
        line += fmt::format(
            " {} not listed: no use was seen, and Basic would not work or nobody "
            "knows.",
            group_thousands(all.known - all.listed));
    return line;
}

std::string table_head(const Report& report, const WriteOptions& options) {
    const std::size_t width = screen_width(options);
    std::string out = title_line(report, width);
    out += cutoff_line(report, width);
    out += evidence_lines(report, options, width);
    if (const std::string line = summary_words(report); !line.empty())
        out += wrapped("", line, width);
    if (const std::string line = mailbox_words(report.summary); !line.empty())
        out += wrapped("", line, width);
    return out;
}

std::string nothing_found(const Report& report) {
    bool complete = false;
    std::vector<std::string> not_seen;
    for (const Coverage& source : report.coverage) {
        if (source.state != CoverageState::complete)
            not_seen.push_back(printable(source_words(source.source)));
        else if (shows_use(source.source))
            complete = true;
    }
    std::string text;
    if (report.incomplete())
        text =
            "No submission was found, but the evidence is INCOMPLETE (see above): this is not a "
            "clean result.";
    else if (!complete)
        text =
            "Nothing was read that shows who sends, so nothing can be said: this is not a clean "
            "result.";
    else
        text = "No submission was found, and the evidence that was read is complete.";
    if (complete && !not_seen.empty())
        text += fmt::format(" Not looked at: {}.", join(not_seen, ", "));
    return text;
}

}  // namespace smtpaudit
