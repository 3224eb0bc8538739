// The history of a tenant or of one account as a curve, with its gaps.
#pragma once

#include "base/time.hpp"
#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

struct TrendDay {
    Day day;
    std::optional<MessageCounts> messages;  // absent: no evidence of messages on that day
    // Basic successes, Basic failures, possible SMTP; absent: no evidence of sign-ins.
    std::optional<std::array<std::uint64_t, 3>> sign_ins;
    bool is_partial = false;  // some of its evidence was cut short
    bool has_evidence() const { return messages || sign_ins; }
};

struct TrendWeek {
    Day monday;
    int days = 0;  // with evidence, of seven
    std::optional<MessageCounts> messages;  // of the days with evidence
    std::optional<std::array<std::uint64_t, 3>> sign_ins;
    // That used Basic in the 30 days up to the end of the week; absent: fewer than 24 of those days
    // have evidence.
    std::optional<std::uint64_t> accounts;
};

// A straight line through the accounts of the last weeks, and where it leads.
struct Forecast {
    int weeks = 0;  // it is drawn through
    double per_week = 0;  // accounts; negative: falling
    std::string target;  // id of the milestone
    Day target_day;
    std::optional<double> at_target;  // absent: not falling, or the day has passed
    std::optional<Day> none_by;  // absent: not falling, or not within five years
};

struct Trend {
    std::vector<TrendDay> days;  // every calendar day from the first to the last with evidence
    std::vector<TrendWeek> weeks;  // every week of those
    int covered = 0, missing = 0;  // days with and without evidence
    std::optional<Forecast> forecast;  // absent: fewer than four weeks to draw it through
    std::vector<Remembered> late;  // should have sent by now; by due, then id
};

}  // namespace smtpaudit
