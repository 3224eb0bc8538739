#include "app/history_export.hpp"

#include "report/csv_text.hpp"
#include "report/json_history.hpp"
#include "report/json_text.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;

// In the order of Measure.
constexpr std::array<std::string_view, k_measures> k_measure_names = {
    "messages_basic", "messages_oauth", "messages_unknown",
    "sign_in_ok",     "sign_in_failed", "sign_in_possible"};

ordered_json day_json(const HistoryDay& day) {
    ordered_json out;
    out["day"] = format_day(day.day);
    out["source"] = day.source;
    out["complete"] = day.is_complete;
    const std::size_t first = static_cast<std::size_t>(day.family) * day.counts.size();
    for (std::size_t i = 0; i < day.counts.size(); ++i)
        out[std::string(k_measure_names[first + i])] = day.counts[i];
    return out;
}

ordered_json counter_json(const HistoryCounter& counter) {
    return ordered_json::array(
        {format_day(counter.day), counter.account,
         counter.client.empty() ? ordered_json() : ordered_json(counter.client),
         k_measure_names[counter.measure], counter.count});
}

Result<void> write_tenant(const Store& store, const HistoryTenant& tenant, ByteSink& sink) {
    ordered_json head;
    head["id"] = json_text(tenant.id);
    head["name"] = tenant.name;
    SA_CHECK(sink.write(fmt::format("  {{\n   \"tenant\": {}", dump_line(head))));
    SA_TRY(const std::vector<HistoryDay> days, store.days(tenant.key));
    SA_CHECK(write_json_list(sink, 3, "days", days, day_json));
    SA_TRY(const std::vector<HistoryRun> runs, store.runs(tenant.key));
    SA_CHECK(write_json_list(sink, 3, "runs", runs, history_run_to_json));
    SA_CHECK(sink.write(",\n   \"counters\": ["));
    bool first = true;
    SA_CHECK(store.each_counter(tenant.key, [&](const HistoryCounter& counter) {
        const std::string line = dump_line(counter_json(counter));
        const std::string_view before = first ? "\n    " : ",\n    ";
        first = false;
        return sink.write(std::string(before) + line);
    }));
    return sink.write("]\n  }");
}

}  // namespace

Result<void> export_csv(const Store& store, bool raw, ByteSink& sink) {
    SA_CHECK(sink.write("tenant,day,account,client,measure,count\r\n"));
    SA_TRY(const std::vector<HistoryTenant> tenants, store.tenants());
    for (const HistoryTenant& tenant : tenants) {
        const std::string name = csv_text(tenant.name, raw);
        SA_CHECK(store.each_counter(tenant.key, [&](const HistoryCounter& counter) {
            return sink.write(fmt::format("{},{},{},{},{},{}\r\n", name, format_day(counter.day),
                                          csv_text(counter.account, raw), counter.client,
                                          k_measure_names[counter.measure], counter.count));
        }));
    }
    return {};
}

Result<void> export_json(const Store& store, ByteSink& sink) {
    SA_CHECK(
        sink.write("{\n \"schema_version\": \"1.0\",\n \"counters_are\": "
                   "[\"day\",\"account\",\"client\",\"measure\",\"count\"],\n \"tenants\": ["));
    SA_TRY(const std::vector<HistoryTenant> tenants, store.tenants());
    for (std::size_t i = 0; i < tenants.size(); ++i) {
        SA_CHECK(sink.write(i == 0 ? "\n" : ",\n"));
        SA_CHECK(write_tenant(store, tenants[i], sink));
    }
    return sink.write("\n ]\n}\n");
}

}  // namespace smtpaudit
