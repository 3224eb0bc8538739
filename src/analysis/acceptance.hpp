// Findings that somebody has accepted for a time: they stay in the report, are counted, and trip no
// gate.
#pragma once

#include "model/report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace smtpaudit {

struct AcceptEntry {
    std::string id;  // of an account or a device, as the file writes it
    std::string reason;
    std::string owner;  // empty: not told
    Day until;  // the last day on which it is accepted
    std::string place;  // "accept.toml:3:1"
};

struct AcceptList {
    std::string source;  // the file, for sentences
    std::vector<AcceptEntry> entries;
};

// How ids are compared: case folded; an address becomes the device that it belongs to by default
// (IPv6: its /64).
std::string accept_key(std::string_view id);

struct AcceptTally {
    std::size_t accepted = 0;  // rows
    std::size_t expired = 0;  // rows whose acceptance has passed
    std::vector<std::string> unmatched;  // places of entries that name no row
};

// Sets `accepted` of every row by this list alone; what the rows said before is forgotten. A row
// whose `until` lies before `today` is not accepted and has a note that says so.
AcceptTally apply_acceptance(Report& report, const AcceptList& list, Day today);

}  // namespace smtpaudit
