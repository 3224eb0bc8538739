// One account or device of the run document (cli.md, ROW).
#pragma once

#include "model/report.hpp"

#include <nlohmann/json_fwd.hpp>

namespace smtpaudit {

nlohmann::ordered_json message_counts_to_json(const MessageCounts& counts);
nlohmann::ordered_json row_to_json(const Row& row);

}  // namespace smtpaudit
