// The history as a curve, its burn-down and where that leads. Pure.
#pragma once

#include "model/history.hpp"
#include "model/trend.hpp"

#include <vector>

namespace smtpaudit {

constexpr int k_trend_window = 30;  // days that an account counts as using Basic after it did
constexpr int k_trend_least_days = 24;  // of them with evidence, or the count would be too low
constexpr std::size_t k_forecast_most_weeks = 8;
constexpr std::size_t k_forecast_least_weeks = 4;

// `days` as Store::days gives them. Without accounts (of one account) the weeks have none, and
// there is no forecast.
Trend make_trend(const std::vector<HistoryDay>& days, const std::vector<HistoryAccount>& accounts,
                 const Cutoff& cutoff, Day today);

}  // namespace smtpaudit
