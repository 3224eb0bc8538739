#include "report/json_history.hpp"

#include "report/json_row.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit {

using nlohmann::ordered_json;

ordered_json remembered_to_json(const Remembered& one) {
    ordered_json out;
    out["id"] = one.id;
    out["first_basic"] = format_day(one.first_basic);
    out["last_basic"] = format_day(one.last_basic);
    out["basic_days"] = one.basic_days;
    out["due"] = json_day(one.due);
    out["why"] = one.why;
    if (one.tenant) out["tenant"] = *one.tenant;
    return out;
}

ordered_json status_counts_to_json(const std::array<std::uint64_t, k_statuses>& counts) {
    ordered_json out = ordered_json::object();
    for (std::size_t i = 0; i < k_statuses; ++i)
        out[std::string(to_string(static_cast<Status>(i)))] = counts[i];
    return out;
}

ordered_json band_counts_to_json(const std::array<std::uint64_t, k_bands>& counts) {
    ordered_json out = ordered_json::object();
    for (std::size_t i = k_bands; i-- > 0;)
        out[std::string(to_string(static_cast<Band>(i)))] = counts[i];
    return out;
}

ordered_json history_run_to_json(const HistoryRun& run) {
    ordered_json out;
    out["run_id"] = run.run_id;
    out["generated_at"] = format_utc(run.generated_at);
    out["from"] = json_day(run.from);
    out["to"] = json_day(run.to);
    out["covered_days"] = run.covered_days;
    out["messages"] = message_counts_to_json(run.messages);
    out["by_status"] = status_counts_to_json(run.by_status);
    out["by_band"] = band_counts_to_json(run.by_band);
    return out;
}

}  // namespace smtpaudit
