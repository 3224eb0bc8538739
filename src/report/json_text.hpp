// JSON values as every format of this room writes them.
#pragma once

#include "base/time.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

// Absent is null, and so is a number that JSON cannot hold. At most `decimals` (0 to 4), and a
// whole number has none.
nlohmann::ordered_json json_number(std::optional<double> value, int decimals);
nlohmann::ordered_json json_time(std::optional<UtcTime> at);
nlohmann::ordered_json json_day(std::optional<Day> day);
nlohmann::ordered_json json_text(const std::optional<std::string>& text);
// Where the model says "empty: not told".
nlohmann::ordered_json json_text_or_null(std::string_view text);

// One line. What could move a terminal's cursor or turn the reading direction stands as \uXXXX, so
// that a document can be looked at with cat and still holds every character.
std::string dump_line(const nlohmann::ordered_json& value);

}  // namespace smtpaudit
