// Small questions that several formats ask a row or a report, and which rows are shown.
#pragma once

#include "base/result.hpp"
#include "model/report.hpp"
#include "report/writer.hpp"

namespace smtpaudit {

// Its messages come from a source without dates, so that "the last 30 days" means nothing.
inline bool is_undated(const Row& row) { return !row.first_seen && row.messages.total() > 0; }

bool has_mark(const Row& row, std::string_view mark);

// Why a row stands where it stands in what people read. Of a device the same.
enum class Fate : std::uint8_t {
    will_stop,  // sends with Basic, or its protocol is unknown
    not_sending,  // attempted, enabled_unused
    safe,  // migrated, already blocked, OAuth only
};
Fate fate_of(Status status);

// Tenant name, else its id, else empty; of several tenants "3 tenants (1 failed: tailspin)".
std::string tenant_title(const Report& report);

inline bool wants_accounts(const WriteOptions& o) { return o.only != Section::devices; }
inline bool wants_devices(const WriteOptions& o) { return o.only != Section::accounts; }

// Calls `take(row)`, which returns Result<void>, for the rows that `options` asks for, in rank
// order. Bands fall with the rank, so the first row below `min_band` ends it.
template <typename Take>
Result<void> for_shown_rows(const RowList& rows, const WriteOptions& options, Take take) {
    const std::size_t count = options.top == 0 ? rows.size() : std::min(options.top, rows.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Row row = rows.at(i);
        if (options.min_band && row.band < *options.min_band) break;
        SA_CHECK(take(row));
    }
    return {};
}

}  // namespace smtpaudit
