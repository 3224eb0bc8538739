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

// What is told of one tenant.
struct TenantView {
    std::string label;
    const Summary* summary;  // null: nothing of it could be read, so no count is told
    int covered_days;
    std::optional<Day> to;
    const Gate& gate;
    bool incomplete;
};

std::vector<TenantView> tenants_of(const Report& report) {
    if (report.tenants.empty())
        return {{label_value(tenant_title(report)), &report.summary, report.covered_days, report.to,
                 report.gate, report.incomplete()}};
    std::vector<TenantView> views;
    for (const TenantPart& part : report.tenants)
        views.push_back({label_value(part.name), part.summary ? &*part.summary : nullptr,
                         part.covered_days, part.to, part.gate,
                         part.state != CoverageState::complete});
    return views;
}

// One family after the other, each with its HELP and TYPE.
class Exposition {
public:
    void family(std::string_view name, std::string_view help) {
        name_ = name;
        text_ +=
            fmt::format("# HELP smtpaudit_{} {}\n# TYPE smtpaudit_{} gauge\n", name, help, name);
    }
    void sample(const TenantView& tenant, std::string_view value,
                std::initializer_list<Label> labels = {}) {
        text_ += fmt::format("smtpaudit_{}{{tenant=\"{}\"", name_, tenant.label);
        for (const Label& label : labels)
            text_ += fmt::format(",{}=\"{}\"", label.name, label_value(label.value));
        text_ += fmt::format("}} {}\n", value);
    }
    void sample(const TenantView& tenant, std::uint64_t value,
                std::initializer_list<Label> labels = {}) {
        sample(tenant, std::string_view(fmt::format("{}", value)), labels);
    }
    // A family of one sample for each tenant. Absent is no series at all, never 0.
    template <typename Value>
    void each(std::string_view name, std::string_view help, const std::vector<TenantView>& tenants,
              Value value) {
        bool begun = false;
        for (const TenantView& tenant : tenants) {
            const std::optional<std::string> text = value(tenant);
            if (!text) continue;
            if (!begun) family(name, help);
            begun = true;
            sample(tenant, std::string_view(*text));
        }
    }

    std::string text_;

private:
    std::string name_;
};

std::string number(std::uint64_t value) { return fmt::format("{}", value); }
std::string instant(UtcTime at) { return fmt::format("{}", at.time_since_epoch().count()); }
std::optional<std::string> decimals(const std::optional<double>& value) {
    if (!value) return std::nullopt;
    return short_decimals(*value, 4);
}

struct BandCounts {
    std::array<std::uint64_t, k_bands> rows{}, accepted{};
    std::array<MessageCounts, k_bands> messages{};
};

// By TenantView::label.
using CountsByTenant = std::map<std::string, BandCounts>;

CountsByTenant count_bands(const Report& report, const RowList& rows) {
    CountsByTenant by_tenant;
    const std::string title = tenant_title(report);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        BandCounts& counts = by_tenant[label_value(row.tenant ? *row.tenant : title)];
        const auto band = static_cast<std::size_t>(row.band);
        ++counts.rows[band];
        if (row.accepted) ++counts.accepted[band];
        counts.messages[band].basic += row.messages.basic;
        counts.messages[band].oauth += row.messages.oauth;
        counts.messages[band].unknown += row.messages.unknown;
    }
    return by_tenant;
}

template <typename Value>
void by_band(Exposition& out, std::string_view name, std::string_view help,
             const std::vector<TenantView>& tenants, CountsByTenant& counts, Value value) {
    out.family(name, help);
    for (const TenantView& tenant : tenants) {
        if (tenant.summary == nullptr) continue;
        for (std::size_t i = k_bands; i-- > 0;)
            out.sample(tenant, value(counts[tenant.label], i),
                       {{"band", to_string(static_cast<Band>(i))}});
    }
}

void add_rows(const Report& report, const std::vector<TenantView>& tenants, Exposition& out) {
    using In = const BandCounts&;
    CountsByTenant accounts = count_bands(report, *report.accounts);
    CountsByTenant devices = count_bands(report, *report.devices);
    by_band(out, "accounts", "Ranked accounts by band of risk.", tenants, accounts,
            [](In counts, std::size_t band) { return counts.rows[band]; });
    by_band(out, "devices", "Ranked devices (client addresses) by band of risk.", tenants, devices,
            [](In counts, std::size_t band) { return counts.rows[band]; });
    by_band(out, "accepted_accounts", "Accounts whose finding is accepted for a time.", tenants,
            accounts, [](In counts, std::size_t band) { return counts.accepted[band]; });
    by_band(out, "basic_messages", "Messages submitted with Basic in the window, by account band.",
            tenants, accounts,
            [](In counts, std::size_t band) { return counts.messages[band].basic; });
    by_band(out, "oauth_messages", "Messages submitted with OAuth in the window, by account band.",
            tenants, accounts,
            [](In counts, std::size_t band) { return counts.messages[band].oauth; });
    by_band(out, "unknown_protocol_messages",
            "Messages in the window whose protocol no source tells, by account band.", tenants,
            accounts, [](In counts, std::size_t band) { return counts.messages[band].unknown; });
    if (report.summary.mailboxes) {
        out.family("mailboxes", "Mailboxes by whether Basic would work.");
        for (const TenantView& tenant : tenants) {
            if (tenant.summary == nullptr || !tenant.summary->mailboxes) continue;
            const MailboxCounts& mailboxes = *tenant.summary->mailboxes;
            out.sample(tenant, mailboxes.works, {{"basic_usable", "yes"}});
            out.sample(tenant, mailboxes.refused, {{"basic_usable", "no"}});
            out.sample(tenant, mailboxes.unknown, {{"basic_usable", "unknown"}});
        }
    }
    out.family("accounts_by_status", "Ranked accounts by what they send with.");
    for (const TenantView& tenant : tenants)
        for (std::size_t i = 0; tenant.summary != nullptr && i < k_statuses; ++i)
            out.sample(tenant, tenant.summary->by_status[i],
                       {{"status", to_string(static_cast<Status>(i))}});
}

void add_summary(const Report& report, const std::vector<TenantView>& tenants, Exposition& out) {
    const auto of_summary = [](auto value) {
        return [value](const TenantView& tenant) -> std::optional<std::string> {
            if (tenant.summary == nullptr) return std::nullopt;
            return value(*tenant.summary);
        };
    };
    out.each("basic_message_ratio", "Basic messages of Basic and OAuth messages in the window.",
             tenants, of_summary([](const Summary& s) { return decimals(s.basic_share); }));
    out.each("lost_messages_per_day",
             "Messages a day that would fail if Basic stopped: mean of the last 30 covered days.",
             tenants,
             of_summary([](const Summary& s) { return decimals(s.messages_lost_per_day); }));
    out.each("unattributed_basic_message_ratio",
             "Basic messages without a client address, of all Basic messages.", tenants,
             of_summary([](const Summary& s) { return decimals(s.unattributed_basic_share); }));
    out.each("overdue_messages", "Basic messages in the window after the cut-off.", tenants,
             of_summary([](const Summary& s) { return number(s.overdue_messages); }));
    out.each("cutoff_timestamp_seconds", "The cut-off that the ranking counts to.", tenants,
             [&](const TenantView&) { return instant(report.cutoff.date); });
    if (report.cutoff.next)
        out.each("next_enforcement_timestamp_seconds",
                 "The next enforcement that Microsoft has announced.", tenants,
                 [&](const TenantView&) { return instant(report.cutoff.next->date); });
}

// The worst of the files or pages of one source; not asked only if none was read.
int badness(CoverageState state) {
    constexpr std::array<int, 5> order = {1, 3, 2, 4, 0};  // by CoverageState
    return order[static_cast<std::size_t>(state)];
}

void add_coverage(const Report& report, const std::vector<TenantView>& tenants, Exposition& out) {
    std::map<std::string, std::map<std::string, CoverageState>> sources;  // by tenant
    for (const Coverage& row : report.coverage) {
        auto& states = sources[label_value(row.tenant ? *row.tenant : tenant_title(report))];
        const auto [entry, is_new] = states.try_emplace(printable(row.source), row.state);
        if (!is_new && badness(row.state) > badness(entry->second)) entry->second = row.state;
    }
    if (!sources.empty())
        out.family("source_state", "1 for the state that each source of evidence is in.");
    for (const TenantView& tenant : tenants)
        for (const auto& [source, state] : sources[tenant.label])
            for (std::size_t i = 0; i < 5; ++i) {
                const auto candidate = static_cast<CoverageState>(i);
                out.sample(tenant, std::uint64_t{candidate == state},
                           {{"source", source}, {"state", to_string(candidate)}});
            }
    out.each("evidence_incomplete", "1 if a chosen source failed or was cut short.", tenants,
             [](const TenantView& tenant) { return number(std::uint64_t{tenant.incomplete}); });
    out.each("evidence_covered_seconds", "Days on which some source could see submissions.",
             tenants, [](const TenantView& tenant) -> std::optional<std::string> {
                 if (tenant.summary == nullptr) return std::nullopt;
                 return number(static_cast<std::uint64_t>(std::max(0, tenant.covered_days)) *
                               k_seconds_a_day);
             });
    out.each("evidence_end_timestamp_seconds", "The day on which the evidence ends.", tenants,
             [](const TenantView& tenant) -> std::optional<std::string> {
                 if (!tenant.to) return std::nullopt;
                 return instant(*tenant.to);
             });
}

void add_run(const Report& report, const std::vector<TenantView>& tenants, Exposition& out) {
    out.each("last_run_timestamp_seconds", "When this run counted from.", tenants,
             [&](const TenantView&) { return instant(report.generated_at); });
    if (report.gate.fail_on) {
        out.family("gate_tripped", "1 if a finding is at or above the band of --fail-on.");
        for (const TenantView& tenant : tenants)
            if (tenant.summary != nullptr)
                out.sample(tenant, std::uint64_t{tenant.gate.tripped},
                           {{"fail_on", to_string(*report.gate.fail_on)}});
    }
    out.each("new_findings", "Findings that the baseline does not have.", tenants,
             [](const TenantView& tenant) -> std::optional<std::string> {
                 if (!tenant.gate.new_findings) return std::nullopt;
                 return number(*tenant.gate.new_findings);
             });
    out.family("info", "The program and the risk model of this run.");
    for (const TenantView& tenant : tenants)
        out.sample(tenant, 1, {{"version", report.tool_version}, {"risk_model", k_risk_model}});
}

}  // namespace

Result<void> write_prometheus(const Report& report, const WriteOptions&, ByteSink& sink) {
    const std::vector<TenantView> tenants = tenants_of(report);
    Exposition out;
    add_rows(report, tenants, out);
    add_summary(report, tenants, out);
    add_coverage(report, tenants, out);
    add_run(report, tenants, out);
    return sink.write(out.text_);
}

}  // namespace smtpaudit
