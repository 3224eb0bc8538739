// What the local history knows, as JSON: the same in the run document, in `history` and in its
// export.
#pragma once

#include "base/files.hpp"
#include "model/history.hpp"
#include "model/report.hpp"
#include "report/json_text.hpp"

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

nlohmann::ordered_json remembered_to_json(const Remembered& one);
nlohmann::ordered_json history_run_to_json(const HistoryRun& run);

// Accounts by status and by band, the worst band first.
nlohmann::ordered_json status_counts_to_json(const std::array<std::uint64_t, k_statuses>& counts);
nlohmann::ordered_json band_counts_to_json(const std::array<std::uint64_t, k_bands>& counts);

// ` "name": […]` as a member of an object whose members stand `indent` blanks deep, after the comma
// of the member before: one element on each line.
template <typename T>
Result<void> write_json_list(ByteSink& sink, std::size_t indent, std::string_view name,
                             const std::vector<T>& values,
                             nlohmann::ordered_json (*to_json)(const T&)) {
    const std::string margin = "\n" + std::string(indent, ' ');
    SA_CHECK(sink.write("," + margin + "\"" + std::string(name) + "\": ["));
    for (std::size_t i = 0; i < values.size(); ++i)
        SA_CHECK(sink.write((i == 0 ? "" : ",") + margin + " " + dump_line(to_json(values[i]))));
    return sink.write(values.empty() ? "]" : margin + "]");
}

}  // namespace smtpaudit
