// The sections of the table: which rows each shows, and their cells.
#pragma once

#include "report/grid.hpp"
#include "report/writer.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace smtpaudit {

// The rows of one section, by their place in the list.
struct PickedRows {
    std::vector<std::size_t> indices;  // at most `top`
    std::uint64_t total = 0;  // with those not shown
};

struct PickedAccounts {
    PickedRows will_stop, not_sending;
    PickedRows exposed;  // safe from the cut-off, but of band high or critical
};

PickedAccounts pick_accounts(const Report& report, const WriteOptions& options);
PickedRows pick_devices(const Report& report, const WriteOptions& options);

// How often the missing facts matter, over the rows that are shown.
struct BandDoubt {
    std::uint64_t shown = 0, doubtful = 0;
    std::set<std::string> missing;  // factors, in words
    bool is_general() const { return doubtful * 2 > shown; }
    void look_at(const RowList& rows, const PickedRows& picked);
};

// What the signs in the cells mean, where they occur.
struct Footnotes {
    bool undated = false, sign_ins = false, unknown_protocol = false, doubtful_band = false;
};

struct SectionText {
    std::string title;
    const RowList& rows;
    const PickedRows& picked;
    bool is_device;
    bool mark_doubt;  // a "?" after a band that could change
};

// The cells of a row of the table, printable, and what the columns hold.
enum SectionColumn : std::size_t {
    c_rank,
    c_band,
    c_priority,
    c_tenant,  // empty, heading too, in a report of one tenant
    c_id,
    c_basic,
    c_oauth,
    c_last,
    c_links,
    c_why,
    c_do
};
Grid::Cells section_cells(const Report& report, const SectionText& section, const Row& row,
                          Footnotes& footnotes);

// The heading and the rows; nothing at all for a section without rows.
Result<void> write_section(const Report& report, const SectionText& section,
                           const WriteOptions& options, Footnotes& footnotes, ByteSink& sink);

}  // namespace smtpaudit
