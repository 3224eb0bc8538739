// What smtpaudit history prints.
#pragma once

#include "base/files.hpp"
#include "model/history.hpp"
#include "model/trend.hpp"
#include "report/writer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

enum class TrendStep : std::uint8_t { day, week };

struct HistoryView {
    std::string title;  // of the tenant
    std::optional<std::string> account;  // the one that is shown alone
    std::string store_path;
    std::int64_t store_bytes = 0;
    TrendStep step = TrendStep::week;
    std::size_t last = 0;  // steps to print; 0: all
    Trend trend;
    std::vector<HistoryRun> runs;  // by time
};

Result<void> write_history_table(const HistoryView&, const WriteOptions&, ByteSink&);
// One line for each step, oldest first; a step without evidence has empty cells.
Result<void> write_history_csv(const HistoryView&, const WriteOptions&, ByteSink&);
Result<void> write_history_json(const HistoryView&, const WriteOptions&, ByteSink&);

// One character for each value: a dot for no evidence, the lowest bar for none.
std::string sparkline(const std::vector<std::optional<std::uint64_t>>& values);

}  // namespace smtpaudit
