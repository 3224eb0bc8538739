// How often something that sends seldom sends, and when it should again.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// Days less than a week apart are one sending. A rhythm needs three sendings at like distances, or
// two a year apart; a daily sender has one long sending and no rhythm.
struct Rhythm {
    std::optional<int> period_days;
    std::optional<Day> due;  // the last sending and one period
    std::string words;  // "sent about every 91 days, 4 times"; never empty
};
// `days`: ascending, at least one.
Rhythm rhythm_of(const std::vector<Day>& days);

// By how much it may be late before it is said to be: a fifth of its period, four to fourteen days.
int tolerance_days(int period_days);
// "should have sent by 6 Nov 2026: it failed, or it is retired", "next about 6 Nov 2026", or empty
// where no rhythm is known. `end`: of the evidence.
std::string due_words(const Rhythm& rhythm, Day end);

}  // namespace smtpaudit
