// smtpaudit history for programs.
#include "report/csv_text.hpp"
#include "report/history_formats.hpp"
#include "report/json_history.hpp"
#include "report/json_row.hpp"
#include "report/json_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smtpaudit {
namespace {

using nlohmann::ordered_json;
using SignIns = std::array<std::uint64_t, 3>;

// Absent counts are empty cells: no evidence is not none.
std::string count_cells(const std::optional<MessageCounts>& messages,
                        const std::optional<SignIns>& sign_ins) {
    std::string out =
        messages ? fmt::format("{},{},{}", messages->basic, messages->oauth, messages->unknown)
                 : ",,";
    return out + (sign_ins
                      ? fmt::format(",{},{},{}", (*sign_ins)[0], (*sign_ins)[1], (*sign_ins)[2])
                      : ",,,");
}

ordered_json messages_json(const std::optional<MessageCounts>& messages) {
    if (!messages) return nullptr;
    return message_counts_to_json(*messages);
}

ordered_json sign_ins_json(const std::optional<SignIns>& sign_ins) {
    if (!sign_ins) return nullptr;
    return {{"basic_ok", (*sign_ins)[0]},
            {"basic_failed", (*sign_ins)[1]},
            {"oauth_possible", (*sign_ins)[2]}};
}

ordered_json day_json(const TrendDay& day) {
    ordered_json out;
    out["day"] = format_day(day.day);
    out["partial"] = day.is_partial;
    out["messages"] = messages_json(day.messages);
    out["sign_ins"] = sign_ins_json(day.sign_ins);
    return out;
}

ordered_json week_json(const TrendWeek& week) {
    ordered_json out;
    out["monday"] = format_day(week.monday);
    out["days"] = week.days;
    out["messages"] = messages_json(week.messages);
    out["sign_ins"] = sign_ins_json(week.sign_ins);
    out["accounts_30d"] = week.accounts ? ordered_json(*week.accounts) : ordered_json();
    return out;
}

ordered_json forecast_json(const std::optional<Forecast>& forecast) {
    if (!forecast) return nullptr;
    ordered_json out;
    out["weeks"] = forecast->weeks;
    out["per_week"] = json_number(forecast->per_week, 2);
    out["target"] = forecast->target;
    out["target_day"] = format_day(forecast->target_day);
    out["at_target"] = json_number(forecast->at_target, 1);
    out["none_by"] = json_day(forecast->none_by);
    return out;
}

}  // namespace

Result<void> write_history_csv(const HistoryView& view, const WriteOptions& options,
                               ByteSink& sink) {
    constexpr std::string_view k_counts =
        "basic_messages,oauth_messages,unknown_messages,basic_sign_ins,failed_sign_ins,"
        "possible_sign_ins";
    if (options.csv_bom) SA_CHECK(sink.write("\xEF\xBB\xBF"));
    if (view.step == TrendStep::day) {
        SA_CHECK(sink.write(fmt::format("day,evidence,{}\r\n", k_counts)));
        for (const TrendDay& day : view.trend.days)
            SA_CHECK(sink.write(
                fmt::format("{},{},{}\r\n", format_day(day.day),
                            day.has_evidence() ? (day.is_partial ? "partial" : "complete") : "none",
                            count_cells(day.messages, day.sign_ins))));
        return {};
    }
    SA_CHECK(sink.write(fmt::format("week,days,{},accounts_30d\r\n", k_counts)));
    for (const TrendWeek& week : view.trend.weeks)
        SA_CHECK(sink.write(fmt::format("{},{},{},{}\r\n", format_day(week.monday), week.days,
                                        count_cells(week.messages, week.sign_ins),
                                        week.accounts ? std::to_string(*week.accounts) : "")));
    return {};
}

Result<void> write_history_json(const HistoryView& view, const WriteOptions&, ByteSink& sink) {
    SA_CHECK(sink.write(fmt::format("{{\n \"schema_version\": \"{}\",\n \"tenant\": {}",
                                    k_schema_version, dump_line(json_text_or_null(view.title)))));
    SA_CHECK(sink.write(fmt::format(",\n \"account\": {}", dump_line(json_text(view.account)))));
    SA_CHECK(write_json_list(sink, 1, "days", view.trend.days, day_json));
    SA_CHECK(write_json_list(sink, 1, "weeks", view.trend.weeks, week_json));
    SA_CHECK(sink.write(
        fmt::format(",\n \"forecast\": {}", dump_line(forecast_json(view.trend.forecast)))));
    SA_CHECK(write_json_list(sink, 1, "late", view.trend.late, remembered_to_json));
    SA_CHECK(write_json_list(sink, 1, "runs", view.runs, history_run_to_json));
    return sink.write("\n}\n");
}

}  // namespace smtpaudit
