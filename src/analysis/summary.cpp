#include "analysis/summary.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

// Of an account and protocol whose dated evidence is empty, the table's count.
void add_table(const Ledger& ledger, const std::vector<bool>& dated, Summary& summary) {
    for (std::uint32_t account = 0; account < ledger.account_count(); ++account)
        for (std::size_t p = 0; p < k_protocols; ++p) {
            const UndatedCount* entry = ledger.undated(account, static_cast<Measure>(p));
            if (entry != nullptr && !dated[account * k_protocols + p])
                summary.messages[static_cast<Protocol>(p)] += entry->count;
        }
}

}  // namespace

std::vector<DayCounts> daily_series(const Ledger& ledger, const EvidenceSpan& span) {
    std::vector<DayCounts> series;
    for (const Day day : span.covered) series.push_back({day, {}});
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < ledger.key_count(); ++i) {
        const Key& key = ledger.key(i);
        if (key.measure > Measure::messages_unknown) continue;
        ledger.read_days(key, days);
        for (const DayCount& entry : days) {
            const auto at =
                std::lower_bound(series.begin(), series.end(), entry.day,
                                 [](const DayCounts& counts, Day day) { return counts.day < day; });
            if (at != series.end() && at->day == entry.day)
                at->messages[static_cast<Protocol>(key.measure)] += entry.count;
        }
    }
    return series;
}

Summary summarise(const Ledger& ledger, const EvidenceSpan& span) {
    Summary summary;
    std::vector<bool> dated(ledger.account_count() * k_protocols, false);
    std::uint64_t dated_basic = 0;
    std::uint64_t without_client = 0;
    std::uint64_t last_30 = 0;
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < ledger.key_count(); ++i) {
        const Key& key = ledger.key(i);
        if (key.measure > Measure::messages_unknown) continue;
        const bool basic = key.measure == Measure::messages_basic;
        ledger.read_days(key, days);
        for (const DayCount& entry : days) {
            if (!span.holds(entry.day)) continue;
            dated[key.account * k_protocols + static_cast<std::size_t>(key.measure)] = true;
            summary.messages[static_cast<Protocol>(key.measure)] += entry.count;
            if (!basic) continue;
            dated_basic += entry.count;
            if (key.client == k_no_client) without_client += entry.count;
            if (span.in_last(30, entry.day)) last_30 += entry.count;
            if (entry.day >= span.cutoff) summary.overdue_messages += entry.count;
        }
    }
    add_table(ledger, dated, summary);
    const MessageCounts& all = summary.messages;
    if (all.basic + all.oauth > 0)
        summary.basic_share =
            static_cast<double>(all.basic) / static_cast<double>(all.basic + all.oauth);
    if (all.basic > 0)
        summary.unattributed_basic_share =
            static_cast<double>(all.basic - dated_basic + without_client) /
            static_cast<double>(all.basic);
    if (!span.has_report) return summary;  // sign-ins are no messages: their number is unknown
    const auto recent = std::count_if(span.covered.begin(), span.covered.end(),
                                      [&](Day day) { return span.in_last(30, day); });
    if (recent > 0)
        summary.messages_lost_per_day = static_cast<double>(last_30) / static_cast<double>(recent);
    else if (!span.from && all.basic > 0)
        summary.messages_lost_per_day = static_cast<double>(all.basic) / span.table_days;
    return summary;
}

}  // namespace smtpaudit
