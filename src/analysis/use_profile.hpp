// What one account or device did, added up from its counters.
#pragma once

#include "analysis/status.hpp"
#include "ledger/ledger.hpp"
#include "model/coverage.hpp"
#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace smtpaudit {

// The first and last day that sources of one kind could see; absent: none of them has dates.
struct DayRange {
    std::optional<Day> first, last;
    // May days from `from` to `to` lie in it? What is not told may lie anywhere.
    bool may_hold(const std::optional<Day>& from, const std::optional<Day>& to) const {
        return !first || !from || !to || (*to >= *first && *from <= *last);
    }
};

// The days that counts are of.
struct EvidenceSpan {
    std::optional<Day> from, to;  // of dated evidence: the window, ending with the evidence
    std::vector<Day> covered;  // ascending; days on which some source could have seen something
    int table_days = 7;  // what a table without dates is taken to cover
    bool has_report = false;  // messages were looked at
    bool has_sign_ins = false;  // sign-ins were looked at
    DayRange report, sign_ins;  // what each of the two could see
    Day cutoff;

    int window_days() const { return from ? days_between(*from, *to) + 1 : 0; }
    int covered_days() const;  // of the dated evidence, else of the table
    bool holds(Day day) const { return from && day >= *from && day <= *to; }
    // Among the last `count` days of the evidence: 1 is its last day.
    bool in_last(int count, Day day) const { return holds(day) && days_between(day, *to) < count; }
};

// From what the sources covered. `window_days` counts back from the end of the evidence.
EvidenceSpan make_span(const std::vector<Coverage>& coverage, int window_days, int table_days,
                       Day cutoff);

struct MeasureUse {
    std::uint64_t window = 0, last_30 = 0;  // dated
    std::uint64_t last_7 = 0;
    std::uint64_t undated = 0;  // of a table without dates
    std::optional<Day> first_day, last_day;
    std::optional<UtcTime> first_at, last_at;
    int active_days = 0;
    int month_turn_days = 0;  // active days among the last three and first three of a month
    // Of the other side (of an account its clients): active days on which two or more were seen,
    // and how often the one of a day is another than on the active day before.
    int crowded_days = 0;
    int moves = 0;
};

// The other side of the counters: of an account its clients, of a device its accounts.
struct LinkedUse {
    std::uint32_t number = 0;  // of a client or of a ledger account
    std::uint64_t basic_messages = 0, messages = 0;
    std::uint64_t sign_ins_ok = 0, sign_ins_failed = 0;
    int basic_days = 0;  // active days of its busiest Basic counter
    int days = 0;  // of its busiest counter that is no failure, whatever the protocol
    std::uint16_t stacks = 0;  // Key::stacks of its Basic counters

    bool uses_basic() const { return basic_messages + sign_ins_ok > 0; }
    bool succeeds() const { return messages + sign_ins_ok > 0; }
};

struct UseProfile {
    std::array<MeasureUse, k_measures> measures;
    std::uint64_t overdue_basic = 0;
    std::uint64_t basic_without_client = 0;
    std::uint64_t outside_window = 0;  // counted in no figure
    std::vector<LinkedUse> linked;  // by Basic, total descending, then number
    std::optional<OriginMark> first, last;

    const MeasureUse& operator[](Measure measure) const {
        return measures[static_cast<std::size_t>(measure)];
    }
    // Messages of the window; of the table where the dated evidence has none of that protocol.
    MessageCounts messages() const;
    bool basic_from_table() const;
    bool uses_table() const;  // of any protocol
    // No message is known, but successful Basic sign-ins are: they stand in for messages.
    bool sign_ins_stand_in() const;
    // The counter that Basic is judged by.
    const MeasureUse& basic() const;
    Use use() const;
};

enum class LinkBy : std::uint8_t { client, account };

class ProfileMaker {
public:
    ProfileMaker(const Ledger& ledger, const EvidenceSpan& span) : ledger_(ledger), span_(span) {}
    // `keys`: numbers of ledger keys; `accounts`: ledger accounts whose undated counts are meant.
    UseProfile make(std::span<const std::uint32_t> keys, std::span<const std::uint32_t> accounts,
                    LinkBy link_by) const;

private:
    void add_key(const Key& key, LinkBy link_by, UseProfile& profile) const;
    LinkedUse& link(UseProfile& profile, std::uint32_t number) const;
    void count_days(std::size_t measure, MeasureUse& use) const;
    void sort_linked(UseProfile& profile, LinkBy link_by) const;

    const Ledger& ledger_;
    const EvidenceSpan& span_;
    mutable std::vector<DayCount> days_;
    // One bit for each day of the window on which a measure was seen; only the touched are clean.
    mutable std::array<std::vector<std::uint64_t>, k_measures> active_;
    mutable std::array<bool, k_measures> touched_{};
    // For each day of the window the one of the other side that was seen on it, or k_nobody or
    // k_several.
    static constexpr std::uint32_t k_nobody = 0xFFFFFFFE, k_several = 0xFFFFFFFD;
    mutable std::array<std::vector<std::uint32_t>, k_measures> others_;
    mutable std::vector<std::pair<std::uint32_t, std::size_t>> link_index_;
};

}  // namespace smtpaudit
