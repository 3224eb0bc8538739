// The parts of the HTML report, each a piece of markup that reads well without script.
#pragma once

#include "model/report.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace smtpaudit {

// What is gathered while every row is made once.
struct HtmlRows {
    // The first rows, for the plain tables and the map.
    std::vector<Row> accounts, devices;
    struct Work {
        std::uint64_t accounts = 0;
        int best_rank = 0;
        std::string why;
    };
    std::map<std::string, Work> work;  // accounts that will or may stop, by what to do
};
constexpr std::size_t k_plain_rows = 100;

std::string html_incomplete(const Report& report);
std::string html_hero(const Report& report);
std::string html_work(const Report& report, const HtmlRows& rows);
std::string html_tables(const Report& report, const HtmlRows& rows);
std::string html_evidence(const Report& report);
std::string html_footer(const Report& report);

// Messages by day as inline SVG, with the milestones; days without evidence are gaps.
std::string html_chart(const Report& report);
// Accounts and the devices they send from, the riskiest first, as inline SVG.
std::string html_map(const HtmlRows& rows);

}  // namespace smtpaudit
