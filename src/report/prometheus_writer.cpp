// Prometheus text format 0.0.4, for the textfile collector of the node exporter or a push gateway.
// Gauges by tenant and band; never an address as a label, because each would be a series for ever.
// Instants and spans are seconds, as `promtool check metrics` wants; the days left to a cut-off are
// (smtpaudit_cutoff_timestamp_seconds - time()) / 86400, which counts down between two runs.
#include "base/text.hpp"
#include "report/formats.hpp"
#include "report/number_text.hpp"
#include "report/row_facts.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace smtpaudit {
namespace {

constexpr std::uint64_t k_seconds_a_day = 86400;

std::string label_value(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

struct Label {
    std::string_view name, value;
};

// One family after the other, each with its HELP and TYPE.
class Exposition {
public:
    explicit Exposition(std::string_view tenant) : tenant_(label_value(tenant)) {}

    void family(std::string_view name, std::string_view help) {
        name_ = name;
        text_ +=
            fmt::format("# HELP smtpaudit_{} {}\n# TYPE smtpaudit_{} gauge\n", name, help, name);
    }
    void sample(std::string_view value, std::initializer_list<Label> labels = {}) {
        text_ += fmt::format("smtpaudit_{}{{tenant=\"{}\"", name_, tenant_);
        for (const Label& label : labels)
            text_ += fmt::format(",{}=\"{}\"", label.name, label_value(label.value));
        text_ += fmt::format("}} {}\n", value);
    }
    void sample(std::uint64_t value, std::initializer_list<Label> labels = {}) {
        sample(std::string_view(fmt::format("{}", value)), labels);
    }
    void one(std::string_view name, std::string_view help, std::uint64_t value) {
        family(name, help);
        sample(value);
    }
    // Absent is no series at all, never 0.
    void maybe(std::string_view name, std::string_view help, std::optional<double> value) {
        if (!value) return;
        family(name, help);
        sample(std::string_view(short_decimals(*value, 4)));
    }
    void instant(std::string_view name, std::string_view help, UtcTime at) {
        family(name, help);
        sample(std::string_view(fmt::format("{}", at.time_since_epoch().count())));
    }

    std::string text_;

private:
    std::string tenant_, name_;
};

struct BandCounts {
    std::array<std::uint64_t, k_bands> rows{}, accepted{};
    std::array<MessageCounts, k_bands> messages{};
};

BandCounts count_bands(const RowList& rows) {
    BandCounts counts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        const auto band = static_cast<std::size_t>(row.band);
        ++counts.rows[band];
        if (row.accepted) ++counts.accepted[band];
        counts.messages[band].basic += row.messages.basic;
        counts.messages[band].oauth += row.messages.oauth;
        counts.messages[band].unknown += row.messages.unknown;
    }
    return counts;
}

template <typename Value>
void by_band(Exposition& out, std::string_view name, std::string_view help, Value value) {
    out.family(name, help);
    for (std::size_t i = k_bands; i-- > 0;)
        out.sample(value(i), {{"band", to_string(static_cast<Band>(i))}});
}

void add_rows(const Report& report, Exposition& out) {
    const BandCounts accounts = count_bands(*report.accounts);
    const BandCounts devices = count_bands(*report.devices);
    by_band(out, "accounts", "Ranked accounts by band of risk.",
            [&](std::size_t band) { return accounts.rows[band]; });
    by_band(out, "devices", "Ranked devices (client addresses) by band of risk.",
            [&](std::size_t band) { return devices.rows[band]; });
    by_band(out, "accepted_accounts", "Accounts whose finding is accepted for a time.",
            [&](std::size_t band) { return accounts.accepted[band]; });
    by_band(out, "basic_messages", "Messages submitted with Basic in the window, by account band.",
            [&](std::size_t band) { return accounts.messages[band].basic; });
    by_band(out, "oauth_messages", "Messages submitted with OAuth in the window, by account band.",
            [&](std::size_t band) { return accounts.messages[band].oauth; });
    by_band(out, "unknown_protocol_messages",
            "Messages in the window whose protocol no source tells, by account band.",
            [&](std::size_t band) { return accounts.messages[band].unknown; });
    if (const auto& mailboxes = report.summary.mailboxes) {
        out.family("mailboxes", "Mailboxes by whether Basic would work.");
        out.sample(mailboxes->works, {{"basic_usable", "yes"}});
        out.sample(mailboxes->refused, {{"basic_usable", "no"}});
        out.sample(mailboxes->unknown, {{"basic_usable", "unknown"}});
    }
    out.family("accounts_by_status", "Ranked accounts by what they send with.");
    for (std::size_t i = 0; i < k_statuses; ++i)
        out.sample(report.summary.by_status[i], {{"status", to_string(static_cast<Status>(i))}});
}

void add_summary(const Report& report, Exposition& out) {
    const Summary& summary = report.summary;
    out.maybe("basic_message_ratio", "Basic messages of Basic and OAuth messages in the window.",
              summary.basic_share);
    out.maybe("lost_messages_per_day",
              "Messages a day that would fail if Basic stopped: mean of the last 30 covered days.",
              summary.messages_lost_per_day);
    out.maybe("unattributed_basic_message_ratio",
              "Basic messages without a client address, of all Basic messages.",
              summary.unattributed_basic_share);
    out.one("overdue_messages", "Basic messages in the window after the cut-off.",
            summary.overdue_messages);
    out.instant("cutoff_timestamp_seconds", "The cut-off that the ranking counts to.",
                report.cutoff.date);
    if (report.cutoff.next)
        out.instant("next_enforcement_timestamp_seconds",
                    "The next enforcement that Microsoft has announced.", report.cutoff.next->date);
}

// The worst of the files or pages of one source; not asked only if none was read.
int badness(CoverageState state) {
    constexpr std::array<int, 5> order = {1, 3, 2, 4, 0};  // by CoverageState
    return order[static_cast<std::size_t>(state)];
}

void add_coverage(const Report& report, Exposition& out) {
    std::map<std::string, CoverageState> sources;
    for (const Coverage& row : report.coverage) {
        const auto [entry, is_new] = sources.try_emplace(printable(row.source), row.state);
        if (!is_new && badness(row.state) > badness(entry->second)) entry->second = row.state;
    }
    if (!sources.empty())
        out.family("source_state", "1 for the state that each source of evidence is in.");
    for (const auto& [source, state] : sources)
        for (std::size_t i = 0; i < 5; ++i) {
            const auto candidate = static_cast<CoverageState>(i);
            out.sample(std::uint64_t{candidate == state},
                       {{"source", source}, {"state", to_string(candidate)}});
        }
    out.one("evidence_incomplete", "1 if a chosen source failed or was cut short.",
            std::uint64_t{report.incomplete()});
    out.one("evidence_covered_seconds", "Days on which some source could see submissions.",
            static_cast<std::uint64_t>(std::max(0, report.covered_days)) * k_seconds_a_day);
    if (report.to)
        out.instant("evidence_end_timestamp_seconds", "The day on which the evidence ends.",
                    *report.to);
}

void add_run(const Report& report, Exposition& out) {
    out.instant("last_run_timestamp_seconds", "When this run counted from.", report.generated_at);
    if (report.gate.fail_on) {
        out.family("gate_tripped", "1 if a finding is at or above the band of --fail-on.");
        out.sample(std::uint64_t{report.gate.tripped},
                   {{"fail_on", to_string(*report.gate.fail_on)}});
    }
    if (report.gate.new_findings)
        out.one("new_findings", "Findings that the baseline does not have.",
                *report.gate.new_findings);
    out.family("info", "The program and the risk model of this run.");
    out.sample(1, {{"version", report.tool_version}, {"risk_model", k_risk_model}});
}

}  // namespace

Result<void> write_prometheus(const Report& report, const WriteOptions&, ByteSink& sink) {
    Exposition out(tenant_title(report));
    add_rows(report, out);
    add_summary(report, out);
    add_coverage(report, out);
    add_run(report, out);
    return sink.write(out.text_);
}

}  // namespace smtpaudit
