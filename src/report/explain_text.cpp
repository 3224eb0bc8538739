#include "report/explain_text.hpp"

#include "base/powershell.hpp"
#include "base/text.hpp"
#include "report/number_text.hpp"
#include "report/replies.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_label = 14;  // columns of "Would decide  "
constexpr std::size_t k_most_listed = 20;

// Collects the labelled lines of one explanation.
class Sheet {
public:
    explicit Sheet(std::size_t width) : width_(width) {}

    void line(std::string_view label, std::string_view text) {
        if (!text.empty()) out_ += wrapped(pad_right(label, k_label), printable(text), width_);
    }
    void list(std::string_view label, const std::vector<std::string>& values) {
        if (values.empty()) return;
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < std::min(values.size(), k_most_listed); ++i)
            parts.push_back(printable(values[i]));
        if (values.size() > k_most_listed)
            parts.push_back(
                fmt::format("{} more in the run document", values.size() - k_most_listed));
        out_ += packed(pad_right(label, k_label), parts, width_);
    }
    void each(std::string_view label, const std::vector<std::string>& sentences) {
        for (const std::string& sentence : sentences) line(label, sentence);
    }
    void raw(std::string_view text) { out_ += text; }
    void hanging(std::string_view label, std::string_view text) {
        out_ += wrapped(label, printable(text), width_);
    }
    // To be pasted, so it is never wrapped.
    void command(std::string_view label, std::string_view text) {
        out_ += pad_right(label, k_label) + printable(text) + '\n';
    }
    const std::string& text() const { return out_; }

private:
    std::size_t width_;
    std::string out_;
};

std::string join_nonzero(const std::vector<std::pair<std::uint64_t, std::string>>& counts) {
    std::vector<std::string> parts;
    for (const auto& [count, what] : counts)
        if (count > 0) parts.push_back(fmt::format("{} {}", group_thousands(count), what));
    return parts.empty() ? "none" : join(parts, ", ");
}

std::string counts_words(const MessageCounts& counts) {
    return join_nonzero({{counts.basic, "Basic"},
                         {counts.oauth, "OAuth"},
                         {counts.unknown, "of unknown protocol"}});
}

// "23.2/30", " ? /25": points on the left of the slash aligned.
std::string points_cell(const Factor& factor) {
    const std::string points = factor.points ? short_decimals(*factor.points, 1) : "?";
    return pad_right(pad_left(points, 4) + "/" + short_decimals(factor.max, 1), 8);
}

std::string factor_name(const Factor& factor) {
    constexpr std::size_t k_most_columns = 20;
    return cut_to_width(printable(factor.name), k_most_columns);
}

void add_axis(Sheet& sheet, const Row& row, Axis axis, std::size_t name_width) {
    const bool is_impact = axis == Axis::impact;
    sheet.raw("\n");
    sheet.hanging("", fmt::format("{} {} of 100: {}", is_impact ? "IMPACT" : "EXPOSURE",
                                  is_impact ? row.impact : row.exposure,
                                  is_impact ? "what breaks at the cut-off"
                                            : "what a stolen password can do today"));
    bool any = false;
    for (const Factor& factor : row.factors) {
        if (factor.axis != axis) continue;
        any = true;
        std::string evidence = factor.evidence;
        if (!factor.points)
            evidence = fmt::format("unknown: counted as a third ({}){}{}",
                                   short_decimals(factor.max / 3, 1), evidence.empty() ? "" : "; ",
                                   evidence);
        const std::string name = pad_right(factor_name(factor), name_width);
        sheet.hanging(fmt::format("  {}  {}  ", points_cell(factor), name), evidence);
    }
    if (!any) sheet.hanging("  ", "no points: " + std::string(status_words(row.status)));
}

void add_heading(Sheet& sheet, const Report& report, const Row& row, bool is_device) {
    std::string id = row.id;
    if (!row.name.empty() && fold_case(row.name) != row.id) id += " (" + row.name + ")";
    const std::uint64_t ranked = is_device ? report.devices->size() : report.accounts->size();
    sheet.hanging("", fmt::format("{} · {} · rank {} of {}", id, is_device ? "device" : "account",
                                  row.rank, std::max(ranked, row.rank)));
    const std::string range = row.priority_low == row.priority_high
                                  ? ""
                                  : fmt::format(", between {} and {} with what is unknown",
                                                row.priority_low, row.priority_high);
    sheet.line("Band", fmt::format("{}, priority {}{}", to_string(row.band), row.priority, range));
    sheet.line("Status", status_words(row.status));
    sheet.line("Why", row.why);
    sheet.line("Cut-off", cutoff_words(report.cutoff));
    if (report.cutoff.next) sheet.line("Next", next_words(*report.cutoff.next));
    if (row.overdue_days)
        sheet.line("Overdue",
                   fmt::format("last Basic submission {} after the cut-off",
                               counted(static_cast<std::uint64_t>(*row.overdue_days), "day")));
    if (row.accepted)
        sheet.line("Accepted",
                   fmt::format(
                       "until {}: {}{}", format_day_long(row.accepted->until), row.accepted->reason,
                       row.accepted->owner.empty() ? "" : " (" + row.accepted->owner + ")"));
}

void add_priority(Sheet& sheet, const Report& report, const Row& row) {
    sheet.raw("\n");
    sheet.hanging(
        "", fmt::format("PRIORITY {} (range {} to {}; {} of the points are known)", row.priority,
                        row.priority_low, row.priority_high, percent_words(row.known_share)));
    sheet.hanging(
        "  ",
        fmt::format("max(U·I, E) + ¼·min(U·I, E), at most 100, with I = {} and E = {}; U is the "
                    "urgency, from 0.6 (over 180 days left) to 1 (a week left, or past): the "
                    "cut-off {}.",
                    row.impact, row.exposure,
                    report.cutoff.days_left < 0 ? "passed " + days_words(report.cutoff.days_left)
                                                : "is " + days_words(report.cutoff.days_left)));
    for (const std::string& mark : row.marks)
        if (mark.find("floor") != std::string::npos || mark == "compromised")
            sheet.hanging("  ", "The priority was raised to a floor: " + mark_words(mark) + ".");
}

// Each link with what it rests on; an older run document has only the ids.
void add_links(Sheet& sheet, const Row& row, bool is_device) {
    if (row.links.empty()) {
        sheet.list(is_device ? "Accounts" : "Devices", row.linked);
        return;
    }
    std::string_view label = is_device ? "Accounts" : "Devices";
    for (std::size_t i = 0; i < std::min(row.links.size(), k_most_listed); ++i) {
        const Link& link = row.links[i];
        sheet.line(label, fmt::format("{} · {} confidence: {}", link.id, to_string(link.confidence),
                                      link_words(link)));
        label = "";
    }
    if (row.links.size() > k_most_listed)
        sheet.line("",
                   fmt::format("{} more in the run document", row.links.size() - k_most_listed));
}

void add_use(Sheet& sheet, const Row& row, bool is_device) {
    sheet.raw("\n");
    const bool dated = row.first_seen.has_value();
    sheet.line("Messages", counts_words(row.messages) +
                               (dated ? "; in the last 30 days " + counts_words(row.messages_30d)
                                      : std::string()));
    sheet.line("Sign-ins",
               join_nonzero({{row.sign_ins.basic_ok, "with Basic"},
                             {row.sign_ins.basic_failed, "failed with Basic"},
                             {row.sign_ins.oauth_possible, "with OAuth, SMTP or not"}}));
    const auto at = [](std::optional<UtcTime> t) {
        return t ? format_utc(*t) : "never or unknown";
    };
    sheet.line("Seen", fmt::format("first {}; last Basic {}; last OAuth {}", at(row.first_seen),
                                   at(row.last_basic), at(row.last_oauth)));
    std::vector<std::pair<std::uint64_t, std::string>> tls;
    for (std::size_t i = 0; i < k_tls_versions; ++i) {
        const auto version = static_cast<TlsVersion>(i);
        tls.emplace_back(row.tls[i], version == TlsVersion::unknown
                                         ? "by a version not told"
                                         : fmt::format("by {}", to_string(version)));
    }
    const auto old = row.old_tls_share();
    sheet.line("TLS",
               join_nonzero(tls) + (old ? "; " + percent_words(*old) + " by 1.0 and 1.1" : ""));
    if (row.internal_share)
        sheet.line("Recipients", percent_words(*row.internal_share) + " internal");
    if (row.links.empty() || row.addresses != row.linked) sheet.list("Addresses", row.addresses);
    sheet.list("Programs", row.user_agents);
    add_links(sheet, row, is_device);
    sheet.line("Mailbox", row.mailbox_type.value_or(""));
    sheet.line("Owner", row.owner.value_or(""));
    sheet.line("Site", row.site.value_or(""));
    sheet.line("Class", fmt::format("{} ({}{}{})", row.class_.name, row.class_.source,
                                    row.class_.because.empty() ? "" : ": ", row.class_.because));
}

void add_switches(Sheet& sheet, const Row& row) {
    if (!row.switches) return;
    std::string decision(to_string(row.switches->basic_usable));
    if (row.switches->decided_by)
        decision += ", decided by " + switch_name_words(*row.switches->decided_by);
    sheet.line("Basic works", decision);
    for (const SwitchState& state : row.switches->chain)
        sheet.line("", fmt::format("{} = {}: Basic {}, OAuth {}{}", switch_name_words(state.name),
                                   state.value.empty() ? "unknown" : state.value,
                                   state.effect_basic.empty() ? "unknown" : state.effect_basic,
                                   state.effect_oauth.empty() ? "unknown" : state.effect_oauth,
                                   state.origin.empty() ? "" : " (" + state.origin + ")"));
}

// What an enforcement does to a row of this status.
std::string_view fate_words(Status status) {
    switch (status) {
        case Status::active_basic:
        case Status::dormant_basic: return "it stops, unless it has moved or is let in again";
        case Status::mixed: return "its Basic half stops, its OAuth half goes on";
        case Status::unknown: return "it stops if it uses Basic";
        case Status::oauth_only:
        case Status::migrated: return "nothing changes for it";
        case Status::blocked_retrying:
        case Status::already_blocked: return "nothing changes: it is refused already";
        case Status::attempted:
        case Status::enabled_unused: return "its password is no way in any more";
    }
    return {};
}

void add_milestones(Sheet& sheet, const Report& report, const Row& row) {
    for (const Milestone& milestone : report.timeline) {
        if (milestone.state != MilestoneState::announced) continue;
        const bool enforces = milestone.kind == MilestoneKind::enforcement;
        sheet.line("Milestone",
                   fmt::format("{}: {}: {}", date_words(milestone.date, milestone.precision),
                               first_clause(milestone.what),
                               enforces ? fate_words(row.status) : "nothing stops on that day"));
    }
}

// The exact reply, where it is known; what the service answers on a coming day is not announced.
void add_replies(Sheet& sheet, const Row& row) {
    if (row.switches && row.switches->basic_usable == Ternary::no && row.switches->decided_by)
        if (const ServerReply* reply = reply_of_switch(*row.switches->decided_by))
            sheet.line("Expect now", reply->reply);
    const bool stops = row.status == Status::active_basic || row.status == Status::mixed ||
                       row.status == Status::dormant_basic || row.status == Status::unknown;
    const ServerReply* gone = reply_by_id("basic_gone");
    if (!stops || gone == nullptr) return;
    sheet.line("Expect then",
               gone->reply +
                   " That is the announced reply for the end of Basic; the one for the day "
                   "it is only off by default is not announced (explain --error tells "
                   "what a reply means).");
}

// The actions that name the row, with its own commands; making a policy is shared.
void add_actions(Sheet& sheet, const Report& report, const Row& row) {
    const std::string who = powershell_quoted(row.id);
    const auto own = [&](const std::vector<std::string>& commands, std::string_view label) {
        for (const std::string& command : commands)
            if (command.find("-Identity " + who + " ") != std::string::npos ||
                command.starts_with("New-AuthenticationPolicy"))
                sheet.command(label, command);
    };
    for (const Action& action : report.actions) {
        if (std::find(action.affects.begin(), action.affects.end(), row.id) == action.affects.end())
            continue;
        sheet.line("Action", action.title);
        own(action.commands, "  paste");
        own(action.undo, "  undo");
    }
}

void add_advice(Sheet& sheet, const Row& row) {
    sheet.raw("\n");
    if (row.remedy) {
        sheet.line("Do", row.remedy->title);
        sheet.line("Because", row.remedy->why);
        sheet.each("Would decide", row.remedy->needs);
    }
    for (const std::string& mark : row.marks) sheet.line("Mark", mark_words(mark));
    sheet.each("Note", row.notes);
    sheet.list("Origin", row.origins);
}

}  // namespace

Result<void> write_explanation(const Report& report, const Row& row, bool is_device,
                               const WriteOptions& options, ByteSink& sink) {
    std::size_t name_width = 0;
    for (const Factor& factor : row.factors)
        name_width = std::max(name_width, display_width(factor_name(factor)));
    Sheet sheet(screen_width(options));
    add_heading(sheet, report, row, is_device);
    add_axis(sheet, row, Axis::impact, name_width);
    add_axis(sheet, row, Axis::exposure, name_width);
    add_priority(sheet, report, row);
    add_use(sheet, row, is_device);
    add_switches(sheet, row);
    sheet.raw("\n");
    add_milestones(sheet, report, row);
    add_replies(sheet, row);
    add_advice(sheet, row);
    if (!is_device) add_actions(sheet, report, row);
    return sink.write(sheet.text());
}

}  // namespace smtpaudit
