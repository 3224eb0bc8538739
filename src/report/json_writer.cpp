// The run document of cli.md: one member for each line, long lists one element for each line.
#include "report/formats.hpp"
#include "report/json_history.hpp"
#include "report/json_row.hpp"
#include "report/json_text.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;

ordered_json cutoff_to_json(const Cutoff& cutoff) {
    ordered_json out;
    out["id"] = cutoff.id;
    out["date"] = format_day(cutoff.date);
    out["precision"] = to_string(cutoff.precision);
    out["days_left"] = cutoff.days_left;
    out["next"] = nullptr;
    if (cutoff.next) {
        ordered_json next;
        next["id"] = cutoff.next->id;
        next["date"] = format_day(cutoff.next->date);
        next["days_left"] = cutoff.next->days_left;
        next["what"] = cutoff.next->what;
        out["next"] = std::move(next);
    }
    return out;
}

ordered_json milestone_to_json(const Milestone& milestone) {
    ordered_json out;
    out["id"] = milestone.id;
    out["kind"] = to_string(milestone.kind);
    out["date"] = format_day(milestone.date);
    out["precision"] = to_string(milestone.precision);
    out["state"] = to_string(milestone.state);
    out["what"] = milestone.what;
    out["source"] = milestone.source;
    return out;
}

// Only in a report of several tenants.
void add_tenant(const std::optional<std::string>& tenant, ordered_json& out) {
    if (tenant) out["tenant"] = *tenant;
}

ordered_json coverage_to_json(const Coverage& coverage) {
    ordered_json out;
    out["source"] = coverage.source;
    out["state"] = to_string(coverage.state);
    out["reason"] = json_text_or_null(coverage.reason);
    out["from"] = json_time(coverage.from);
    out["to"] = json_time(coverage.to);
    out["rows"] = coverage.rows;
    out["files"] = coverage.files;
    out["notes"] = coverage.notes;
    add_tenant(coverage.tenant, out);
    return out;
}

ordered_json mailboxes_to_json(const std::optional<MailboxCounts>& mailboxes) {
    if (!mailboxes) return nullptr;
    ordered_json out;
    out["known"] = mailboxes->known;
    out["listed"] = mailboxes->listed;
    out["basic_usable"] = {
        {"yes", mailboxes->works}, {"no", mailboxes->refused}, {"unknown", mailboxes->unknown}};
    return out;
}

ordered_json summary_to_json(const Summary& summary) {
    ordered_json out;
    out["accounts"] = summary.accounts;
    out["devices"] = summary.devices;
    out["messages"] = message_counts_to_json(summary.messages);
    out["basic_share"] = json_number(summary.basic_share, 4);
    out["overdue_messages"] = summary.overdue_messages;
    out["unattributed_basic_share"] = json_number(summary.unattributed_basic_share, 4);
    out["messages_lost_per_day"] = json_number(summary.messages_lost_per_day, 4);
    out["by_status"] = status_counts_to_json(summary.by_status);
    out["by_band"] = band_counts_to_json(summary.by_band);
    out["mailboxes"] = mailboxes_to_json(summary.mailboxes);
    return out;
}

ordered_json day_to_json(const DayCounts& day) {
    ordered_json out;
    out["day"] = format_day(day.day);
    out["basic"] = day.messages.basic;
    out["oauth"] = day.messages.oauth;
    out["unknown"] = day.messages.unknown;
    return out;
}

ordered_json app_to_json(const OauthApp& app) {
    ordered_json out;
    out["app_id"] = app.app_id;
    out["name"] = json_text_or_null(app.name);
    out["how"] = json_text_or_null(app.how);
    out["consent"] = json_text_or_null(app.consent);
    out["principal"] = json_text_or_null(app.principal);
    add_tenant(app.tenant, out);
    return out;
}

ordered_json action_to_json(const Action& action) {
    ordered_json out;
    out["id"] = action.id;
    out["title"] = action.title;
    out["why"] = action.why;
    out["affects"] = action.affects;
    out["commands"] = action.commands;
    out["undo"] = action.undo;
    add_tenant(action.tenant, out);
    return out;
}

ordered_json gate_to_json(const Gate& gate) {
    ordered_json out;
    out["fail_on"] = gate.fail_on ? ordered_json(to_string(*gate.fail_on)) : ordered_json();
    out["tripped"] = gate.tripped;
    out["new"] = gate.new_findings ? ordered_json(*gate.new_findings) : ordered_json();
    return out;
}

ordered_json window_to_json(std::optional<Day> from, std::optional<Day> to, int covered_days) {
    ordered_json out;
    out["from"] = json_day(from);
    out["to"] = json_day(to);
    out["covered_days"] = covered_days;
    return out;
}

ordered_json tenant_to_json(const TenantPart& part) {
    ordered_json out;
    out["name"] = part.name;
    out["id"] = json_text(part.id);
    out["state"] = to_string(part.state);
    out["reason"] = json_text_or_null(part.reason);
    out["window"] = window_to_json(part.from, part.to, part.covered_days);
    out["summary"] = part.summary ? summary_to_json(*part.summary) : ordered_json();
    out["gate"] = gate_to_json(part.gate);
    return out;
}

// Writes the members of the one top-level object.
class Document {
public:
    explicit Document(ByteSink& sink) : sink_(sink) {}

    Result<void> member(std::string_view name, const ordered_json& value) {
        SA_CHECK(open(name));
        return sink_.write(dump_line(value));
    }

    // `element(i)` makes the JSON of one element; none is kept.
    template <typename Element>
    Result<void> list(std::string_view name, std::size_t size, Element element) {
        SA_CHECK(open(name));
        SA_CHECK(sink_.write("["));
        for (std::size_t i = 0; i < size; ++i) {
            SA_CHECK(sink_.write(i == 0 ? "\n  " : ",\n  "));
            SA_CHECK(sink_.write(dump_line(element(i))));
        }
        return sink_.write(size == 0 ? "]" : "\n ]");
    }

    Result<void> close() { return sink_.write("\n}\n"); }

private:
    Result<void> open(std::string_view name) {
        SA_CHECK(sink_.write(first_ ? "{\n \"" : ",\n \""));
        first_ = false;
        SA_CHECK(sink_.write(name));
        return sink_.write("\": ");
    }

    ByteSink& sink_;
    bool first_ = true;
};

Result<void> write_head(const Report& report, Document& document) {
    SA_CHECK(document.member("schema_version", k_schema_version));
    ordered_json tool;
    tool["name"] = "smtpaudit";
    tool["version"] = report.tool_version;
    SA_CHECK(document.member("tool", tool));
    SA_CHECK(document.member("risk_model", k_risk_model));
    SA_CHECK(document.member("run_id", report.run_id));
    SA_CHECK(document.member("generated_at", format_utc(report.generated_at)));
    ordered_json tenant;
    tenant["id"] = json_text(report.tenant_id);
    tenant["name"] = json_text(report.tenant_name);
    SA_CHECK(document.member("tenant", tenant));
    SA_CHECK(
        document.member("window", window_to_json(report.from, report.to, report.covered_days)));
    return document.member("cutoff", cutoff_to_json(report.cutoff));
}

// Vectors of small values, one element for each line.
template <typename T>
Result<void> write_list(Document& document, std::string_view name, const std::vector<T>& values,
                        ordered_json (*to_json)(const T&)) {
    return document.list(name, values.size(), [&](std::size_t i) { return to_json(values[i]); });
}

}  // namespace

Result<void> write_json(const Report& report, const WriteOptions&, ByteSink& sink) {
    Document document(sink);
    SA_CHECK(write_head(report, document));
    SA_CHECK(write_list(document, "timeline", report.timeline, milestone_to_json));
    SA_CHECK(write_list(document, "coverage", report.coverage, coverage_to_json));
    SA_CHECK(document.member("summary", summary_to_json(report.summary)));
    SA_CHECK(write_list(document, "series", report.series, day_to_json));
    std::vector<std::string> accepted;
    const auto write_rows = [&](std::string_view name, const RowList& rows) {
        return document.list(name, rows.size(), [&](std::size_t i) {
            const Row row = rows.at(i);
            if (row.accepted) accepted.push_back(row.id);
            return row_to_json(row);
        });
    };
    SA_CHECK(write_rows("accounts", *report.accounts));
    SA_CHECK(write_rows("devices", *report.devices));
    SA_CHECK(write_list(document, "oauth_apps", report.oauth_apps, app_to_json));
    SA_CHECK(write_list(document, "actions", report.actions, action_to_json));
    SA_CHECK(document.member("accepted", accepted));
    SA_CHECK(document.member("gate", gate_to_json(report.gate)));
    SA_CHECK(document.member("notes", report.notes));
    SA_CHECK(write_list(document, "remembered", report.remembered, remembered_to_json));
    if (!report.tenants.empty())
        SA_CHECK(write_list(document, "tenants", report.tenants, tenant_to_json));
    return document.close();
}

}  // namespace smtpaudit
