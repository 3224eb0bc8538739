#include "report/formats.hpp"

#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

// A new format is one file, one declaration in formats.hpp and one line here.
constexpr std::array k_writers = {
    Writer{"table", "aligned text for a terminal", write_table},
    Writer{"csv", "one line for each account and device", write_csv},
    Writer{"json", "the run document: everything, for programs", write_json},
    Writer{"jsonl", "the CSV's columns as one JSON object for each row", write_jsonl},
    Writer{"markdown", "for the summary of a CI step, or a ticket", write_markdown},
    Writer{"html", "one self-contained page, for a browser", write_html},
    Writer{"prometheus", "gauges by tenant and band, for dashboards", write_prometheus},
    Writer{"inventory", "the devices found, to be named by hand and given back", write_inventory},
};

}  // namespace

std::span<const Writer> all_writers() { return k_writers; }

const Writer* find_writer(std::string_view name) {
    const auto* const found = std::find_if(k_writers.begin(), k_writers.end(),
                                           [&](const Writer& w) { return w.name == name; });
    return found == k_writers.end() ? nullptr : found;
}

}  // namespace smtpaudit
