// smtpaudit diff for programs: CSV and JSON.
#include "report/comparison_formats.hpp"
#include "report/csv_text.hpp"
#include "report/json_text.hpp"
#include "report/number_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view k_header =
    "change,also,kind,id,name,finding,status_old,status_new,band_old,band_new,priority_old,"
    "priority_new,basic_30d_old,basic_30d_new,counts,last_basic,accepted_until,reason";

std::string also_text(const Change& change) {
    std::string out;
    for (const ChangeKind kind : change.also)
        out += fmt::format("{}{}", out.empty() ? "" : ";", to_string(kind));
    return out;
}

template <typename Of>
std::string cell(const std::optional<RowState>& state, Of of) {
    return state ? of(*state) : std::string();
}

std::string status_cell(const RowState& s) { return std::string(to_string(s.status)); }
std::string band_cell(const RowState& s) { return std::string(to_string(s.band)); }
std::string priority_cell(const RowState& s) { return std::to_string(s.priority); }
std::string rate_cell(const RowState& s) {
    return s.monthly_basic ? short_decimals(*s.monthly_basic, 1) : "";
}

std::string csv_line(const Change& change, bool raw) {
    const RowState& latest = change.after ? *change.after : *change.before;
    const auto text = [&](std::string_view value) { return csv_text(value, raw); };
    std::vector<std::string> cells = {
        std::string(to_string(change.kind)),
        text(also_text(change)),
        change.is_device ? "device" : "account",
        text(change.id),
        text(change.name),
        change.is_finding ? "yes" : "no",
        cell(change.before, status_cell),
        cell(change.after, status_cell),
        cell(change.before, band_cell),
        cell(change.after, band_cell),
        cell(change.before, priority_cell),
        cell(change.after, priority_cell),
        cell(change.before, rate_cell),
        cell(change.after, rate_cell),
        latest.is_sign_ins ? "sign_ins" : "messages",
        latest.last_basic ? format_utc(*latest.last_basic) : "",
        latest.accepted ? format_day(latest.accepted->until) : "",
        text(change.reason),
    };
    std::string line;
    for (const std::string& one : cells) line += (line.empty() ? "" : ",") + one;
    return line + "\r\n";
}

ordered_json run_to_json(const ComparedRun& run) {
    ordered_json out;
    out["run_id"] = run.run_id;
    out["generated_at"] = format_utc(run.generated_at);
    out["tenant"] = json_text(run.tenant);
    out["from"] = json_day(run.from);
    out["to"] = json_day(run.to);
    out["covered_days"] = run.covered_days;
    out["messages_lost_per_day"] = json_number(run.messages_per_day, 4);
    out["will_stop"] = run.will_stop;
    return out;
}

ordered_json state_to_json(const std::optional<RowState>& state) {
    if (!state) return nullptr;
    ordered_json out;
    out["status"] = to_string(state->status);
    out["band"] = to_string(state->band);
    out["priority"] = state->priority;
    out["basic_30d"] = json_number(state->monthly_basic, 1);
    out["counts"] = state->is_sign_ins ? "sign_ins" : "messages";
    out["last_basic"] = json_time(state->last_basic);
    out["accepted_until"] =
        state->accepted ? ordered_json(format_day(state->accepted->until)) : ordered_json();
    return out;
}

ordered_json change_to_json(const Change& change) {
    ordered_json out;
    out["change"] = to_string(change.kind);
    out["also"] = ordered_json::array();
    for (const ChangeKind kind : change.also) out["also"].push_back(to_string(kind));
    out["kind"] = change.is_device ? "device" : "account";
    out["id"] = change.id;
    out["name"] = json_text_or_null(change.name);
    out["finding"] = change.is_finding;
    out["old"] = state_to_json(change.before);
    out["new"] = state_to_json(change.after);
    out["reason"] = change.reason;
    return out;
}

}  // namespace

Result<void> write_comparison_csv(const Comparison& comparison, const WriteOptions& options,
                                  ByteSink& sink) {
    if (options.csv_bom) SA_CHECK(sink.write("\xEF\xBB\xBF"));
    SA_CHECK(sink.write(k_header));
    SA_CHECK(sink.write("\r\n"));
    for (const Change& change : comparison.changes)
        SA_CHECK(sink.write(csv_line(change, options.csv_raw)));
    return {};
}

Result<void> write_comparison_json(const Comparison& comparison, const WriteOptions&,
                                   ByteSink& sink) {
    ordered_json head;
    head["schema_version"] = k_schema_version;
    head["old"] = run_to_json(comparison.before);
    head["new"] = run_to_json(comparison.after);
    ordered_json counts = ordered_json::object();
    const auto by_kind = comparison.count_by_kind();
    for (std::size_t i = 0; i < k_change_kinds; ++i)
        counts[std::string(to_string(static_cast<ChangeKind>(i)))] = by_kind[i];
    counts["unchanged"] = comparison.unchanged;
    head["counts"] = std::move(counts);
    head["new_findings"] = comparison.new_findings;
    head["notes"] = comparison.notes;
    bool first = true;
    for (const auto& [name, value] : head.items()) {
        SA_CHECK(sink.write(
            fmt::format("{}\"{}\": {}", first ? "{\n " : ",\n ", name, dump_line(value))));
        first = false;
    }
    SA_CHECK(sink.write(",\n \"changes\": ["));
    for (std::size_t i = 0; i < comparison.changes.size(); ++i)
        SA_CHECK(sink.write((i == 0 ? "\n  " : ",\n  ") +
                            dump_line(change_to_json(comparison.changes[i]))));
    return sink.write(comparison.changes.empty() ? "]\n}\n" : "\n ]\n}\n");
}

}  // namespace smtpaudit
