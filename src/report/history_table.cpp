// smtpaudit history on a terminal.
#include "base/text.hpp"
#include "report/grid.hpp"
#include "report/history_formats.hpp"
#include "report/number_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

namespace smtpaudit {
namespace {

constexpr std::string_view k_gap = "·";
constexpr std::size_t k_bar = 20;
constexpr std::size_t k_late_shown = 10;
constexpr std::size_t k_spark_label = 10;

using Values = std::vector<std::optional<std::uint64_t>>;
using Get = std::optional<std::uint64_t> (*)(const TrendDay&);

// Of messages where any are known, else of sign-ins: never both in one line.
bool shows_messages(const Trend& trend) {
    return std::any_of(trend.days.begin(), trend.days.end(),
                       [](const TrendDay& day) { return day.messages.has_value(); });
}

std::optional<std::uint64_t> basic_messages(const TrendDay& day) {
    return day.messages ? std::optional(day.messages->basic) : std::nullopt;
}
std::optional<std::uint64_t> oauth_messages(const TrendDay& day) {
    return day.messages ? std::optional(day.messages->oauth) : std::nullopt;
}
std::optional<std::uint64_t> unknown_messages(const TrendDay& day) {
    return day.messages ? std::optional(day.messages->unknown) : std::nullopt;
}
std::optional<std::uint64_t> good_sign_ins(const TrendDay& day) {
    return day.sign_ins ? std::optional((*day.sign_ins)[0]) : std::nullopt;
}
std::optional<std::uint64_t> failed_sign_ins(const TrendDay& day) {
    return day.sign_ins ? std::optional((*day.sign_ins)[1]) : std::nullopt;
}

std::string title_line(const HistoryView& view, std::size_t width) {
    std::vector<std::string> parts;
    if (!view.title.empty()) parts.push_back(cut_to_width(printable(view.title), width / 2));
    if (view.account) parts.push_back(cut_to_width(printable(*view.account), width / 2));
    const Trend& trend = view.trend;
    if (!trend.days.empty())
        parts.push_back(range_words(trend.days.front().day, trend.days.back().day));
    parts.push_back(counted(static_cast<std::uint64_t>(trend.covered), "day") + " with evidence");
    if (trend.missing > 0) parts.push_back(fmt::format("{} without ({})", trend.missing, k_gap));
    if (!view.account) parts.push_back(counted(view.runs.size(), "run"));
    return packed("", parts, width);
}

// "Basic     ▁▂▅  most 812".
std::string spark_line(std::string_view label, const Trend& trend, Get get, std::size_t width) {
    Values values;
    std::uint64_t most = 0;
    constexpr std::size_t k_most_label = 16;
    const std::size_t room = width - k_spark_label - k_most_label;
    const std::size_t first = trend.days.size() > room ? trend.days.size() - room : 0;
    for (std::size_t i = first; i < trend.days.size(); ++i) {
        values.push_back(get(trend.days[i]));
        most = std::max(most, values.back().value_or(0));
    }
    if (most == 0) return {};
    return fmt::format("{}{}  most {}\n", pad_right(label, k_spark_label), sparkline(values),
                       group_thousands(most));
}

std::string spark_lines(const HistoryView& view, std::size_t width) {
    const Trend& trend = view.trend;
    std::string out;
    if (shows_messages(trend)) {
        out += spark_line("Basic", trend, basic_messages, width);
        out += spark_line("OAuth", trend, oauth_messages, width);
        out += spark_line("unknown", trend, unknown_messages, width);
    }
    const std::string good = spark_line("signed in", trend, good_sign_ins, width);
    const std::string failed = spark_line("failed", trend, failed_sign_ins, width);
    out += good + failed;
    if (out.empty()) return "Nothing was sent on the days with evidence.\n";
    const std::string last = format_day_long(trend.days.back().day);
    out +=
        fmt::format("{}a day, up to {}; {} no evidence{}\n", std::string(k_spark_label, ' '), last,
                    k_gap, good.empty() && failed.empty() ? "" : "; sign-ins with Basic apart");
    return out;
}

// What a line of the table is made of, of a day or of a week.
struct Step {
    std::string label;
    std::string days;
    const std::optional<MessageCounts>* messages;
    const std::optional<std::array<std::uint64_t, 3>>* sign_ins;
    std::optional<std::uint64_t> accounts;
    bool has_evidence;
};

std::vector<Step> steps_of(const HistoryView& view) {
    std::vector<Step> steps;
    if (view.step == TrendStep::day)
        for (const TrendDay& day : view.trend.days)
            steps.push_back({format_day_long(day.day), day.is_partial ? "part" : "whole",
                             &day.messages, &day.sign_ins, std::nullopt, day.has_evidence()});
    else
        for (const TrendWeek& week : view.trend.weeks)
            steps.push_back({format_day_long(week.monday), fmt::format("{}/7", week.days),
                             &week.messages, &week.sign_ins, week.accounts, week.days > 0});
    if (view.last != 0 && steps.size() > view.last)
        steps.erase(steps.begin(), steps.end() - static_cast<std::ptrdiff_t>(view.last));
    return steps;
}

std::string number_cell(std::optional<std::uint64_t> value) {
    if (!value) return "";
    return *value == 0 ? "–" : group_thousands(*value);
}

Grid::Cells cells_of(const Step& step, bool messages, std::uint64_t most) {
    const std::string gap(k_gap);
    if (!step.has_evidence) return {step.label, "none", gap, gap, gap, gap, gap, "no evidence"};
    std::optional<std::uint64_t> basic, second, third;
    std::string share;
    if (messages && *step.messages) {
        const MessageCounts& counts = **step.messages;
        basic = counts.basic;
        second = counts.oauth;
        third = counts.unknown;
        if (counts.basic + counts.oauth > 0)
            share = percent_words(static_cast<double>(counts.basic) /
                                  static_cast<double>(counts.basic + counts.oauth));
    } else if (!messages && *step.sign_ins) {
        basic = (**step.sign_ins)[0];
        second = (**step.sign_ins)[1];
        third = (**step.sign_ins)[2];
    }
    std::string bar;
    if (basic && most > 0)
        for (std::size_t i = 0,
                         n = static_cast<std::size_t>(std::ceil(static_cast<double>(*basic) *
                                                                k_bar / static_cast<double>(most)));
             i < n; ++i)
            bar += "█";
    return {step.label,         step.days, number_cell(basic),         number_cell(second),
            number_cell(third), share,     number_cell(step.accounts), bar};
}

std::string table(const HistoryView& view, std::size_t width) {
    const bool messages = shows_messages(view.trend);
    const std::vector<Step> steps = steps_of(view);
    std::uint64_t most = 0;
    for (const Step& step : steps) {
        if (messages && *step.messages) most = std::max(most, (*step.messages)->basic);
        if (!messages && *step.sign_ins) most = std::max(most, (**step.sign_ins)[0]);
    }
    const bool weeks = view.step == TrendStep::week;
    Grid grid({{weeks ? "WEEK OF" : "DAY"},
               {weeks ? "DAYS" : "EVIDENCE"},
               {messages ? "BASIC" : "SIGNED IN", true},
               {messages ? "OAUTH" : "FAILED", true},
               {messages ? "UNKNOWN" : "POSSIBLE", true},
               {"BASIC %", true},
               {weeks && !view.account ? "ACCOUNTS" : "", true},
               {""}});
    for (const Step& step : steps) grid.measure(cells_of(step, messages, most));
    grid.fit(width, {{7, 0}, {4, 0}, {5, 0}});
    std::string out = "\n" + grid.heading();
    for (const Step& step : steps) out += grid.line(cells_of(step, messages, most));
    if (weeks && !view.account)
        out += wrapped("",
                       "ACCOUNTS: used Basic in the 30 days up to the end of the week; empty "
                       "where fewer than 24 of them have evidence.",
                       width);
    return out;
}

std::string burn_down(const HistoryView& view, std::size_t width) {
    const auto& weeks = view.trend.weeks;
    const auto known = std::find_if(weeks.rbegin(), weeks.rend(), [](const TrendWeek& week) {
        return week.accounts.has_value();
    });
    if (known == weeks.rend())
        return wrapped("Burn-down  ", "not known yet: no 30 days with enough evidence", width);
    const Day end = std::min(view.trend.days.back().day, known->monday + std::chrono::days(6));
    std::string text = fmt::format("{} used Basic in the 30 days to {}",
                                   counted(*known->accounts, "account"), format_day_long(end));
    const auto first = std::find_if(weeks.begin(), weeks.end(), [](const TrendWeek& week) {
        return week.accounts.has_value();
    });
    if (first->monday != known->monday)
        text += fmt::format(", {} in the 30 days to {}", group_thousands(*first->accounts),
                            format_day_long(first->monday + std::chrono::days(6)));
    return wrapped("Burn-down  ", text, width);
}

std::string forecast_lines(const Trend& trend, std::size_t width) {
    if (!trend.forecast)
        return wrapped("Forecast   ", "none: it needs four weeks of counted accounts", width);
    const Forecast& f = *trend.forecast;
    std::string text = fmt::format("a straight line through the last {} counted weeks ", f.weeks);
    if (!f.at_target && !f.none_by) {
        text += fmt::format("does not fall ({}{} accounts a week)", f.per_week < 0 ? "" : "+",
                            short_decimals(f.per_week, 1));
        return wrapped("Forecast   ", text, width);
    }
    text += fmt::format("falls by {} accounts a week", short_decimals(-f.per_week, 1));
    if (f.at_target)
        text += fmt::format(": about {} left on {} ({})", std::llround(*f.at_target),
                            format_day_long(f.target_day), printable(f.target));
    text += f.none_by ? fmt::format("; none left by {}", format_day_long(*f.none_by))
                      : std::string("; some left in five years");
    return wrapped("Forecast   ", text, width);
}

std::string late_lines(const Trend& trend, std::size_t width) {
    if (trend.late.empty()) return {};
    std::string out =
        fmt::format("\nSHOULD HAVE SENT BY NOW ({})\n", group_thousands(trend.late.size()));
    Grid grid({{"ACCOUNT"}, {"LAST"}, {"DUE"}, {"WHY"}});
    const auto cells = [](const Remembered& one) {
        return Grid::Cells{printable(one.id), format_day_long(one.last_basic),
                           format_day_long(*one.due), printable(one.why)};
    };
    const std::size_t shown = std::min(trend.late.size(), k_late_shown);
    for (std::size_t i = 0; i < shown; ++i) grid.measure(cells(trend.late[i]));
    grid.fit(width, {{3, 40}, {0, 24}, {3, 20}, {2, 0}, {0, 14}});
    out += grid.heading();
    for (std::size_t i = 0; i < shown; ++i) out += grid.line(cells(trend.late[i]));
    if (trend.late.size() > shown)
        out +=
            fmt::format(" …  {} more: --format json\n", group_thousands(trend.late.size() - shown));
    return out;
}

std::string tail(const HistoryView& view, std::size_t width) {
    std::string out = "\n" + burn_down(view, width) + forecast_lines(view.trend, width) +
                      late_lines(view.trend, width);
    if (!view.runs.empty()) {
        const HistoryRun& run = view.runs.back();
        std::string bands;
        for (std::size_t i = k_bands; i-- > 0;)
            if (run.by_band[i] > 0)
                bands +=
                    fmt::format("{}{} {}", bands.empty() ? "" : ", ",
                                group_thousands(run.by_band[i]), to_string(static_cast<Band>(i)));
        out +=
            "\n" + wrapped("Last run  ",
                           fmt::format("{}: accounts {}", format_day_long(day_of(run.generated_at)),
                                       bands.empty() ? "none" : bands),
                           width);
    }
    return out;
}

}  // namespace

std::string sparkline(const std::vector<std::optional<std::uint64_t>>& values) {
    constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::uint64_t most = 0;
    for (const auto& value : values) most = std::max(most, value.value_or(0));
    std::string out;
    for (const auto& value : values) {
        if (!value) {
            out += k_gap;
            continue;
        }
        // The lowest bar is none; whatever is there stands at least one higher.
        const double share =
            most == 0 ? 0 : static_cast<double>(*value) / static_cast<double>(most);
        out += bars[static_cast<std::size_t>(std::ceil(share * 7))];
    }
    return out;
}

Result<void> write_history_table(const HistoryView& view, const WriteOptions& options,
                                 ByteSink& sink) {
    const std::size_t width = screen_width(options);
    std::string out = title_line(view, width);
    if (view.trend.days.empty()) {
        out += "No day with evidence is kept yet.\n";
    } else {
        out += "\n" + spark_lines(view, width) + table(view, width);
        if (!view.account) out += tail(view, width);
    }
    out += wrapped("Store  ",
                   fmt::format("{} ({} MB)", printable(view.store_path),
                               short_decimals(static_cast<double>(view.store_bytes) / 1e6, 1)),
                   width);
    return sink.write(out);
}

}  // namespace smtpaudit
