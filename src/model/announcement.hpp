// What Microsoft announced to a tenant, as the message center says it.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

enum class Precision : std::uint8_t { day, month, half };  // only how a date is printed

// A date that a text names: the first day of the month or half that it is.
struct AnnouncedDate {
    Day day;
    Precision precision = Precision::day;
};

struct Announcement {
    std::string id;  // "MC786329"
    std::string title;  // as Microsoft writes it
    std::optional<UtcTime> modified;
    std::vector<AnnouncedDate> dates;  // ascending, past ones too
};

}  // namespace smtpaudit
