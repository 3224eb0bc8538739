#include "analysis/use_profile.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <tuple>

namespace smtpaudit {
namespace {

constexpr bool is_basic(Measure measure) {
    return measure == Measure::messages_basic || measure == Measure::sign_in_ok;
}

template <typename T>
void keep_first(std::optional<T>& kept, const T& value) {
    if (!kept || value < *kept) kept = value;
}

template <typename T>
void keep_last(std::optional<T>& kept, const T& value) {
    if (!kept || *kept < value) kept = value;
}

void widen(DayRange& range, const Coverage& row) {
    if (!row.from || !row.to) return;
    const Day first = day_of(*row.from);
    if (!range.first || first < *range.first) range.first = first;
    keep_last(range.last, day_of(*row.to));
}

bool turns_the_month(Day day) {
    const std::chrono::year_month_day date(day);
    const auto last = (date.year() / date.month() / std::chrono::last).day();
    constexpr unsigned k_days = 3;
    return unsigned(date.day()) <= k_days || unsigned(date.day()) + k_days > unsigned(last);
}

bool earlier(OriginMark a, OriginMark b) {
    return std::pair(a.input, a.line) < std::pair(b.input, b.line);
}

UtcTime instant(std::uint32_t seconds) { return UtcTime(std::chrono::seconds(seconds)); }

}  // namespace

int EvidenceSpan::covered_days() const {
    return from ? static_cast<int>(covered.size()) : table_days;
}

EvidenceSpan make_span(const std::vector<Coverage>& coverage, int window_days, int table_days,
                       Day cutoff) {
    EvidenceSpan span;
    span.table_days = table_days;
    span.cutoff = cutoff;
    for (const Coverage& row : coverage) {
        if (row.rows > 0 || row.state == CoverageState::complete) {
            span.has_sign_ins |= row.source == "sign_ins";
            span.has_report |= row.source == "smtp_auth_report" || row.source == "smtp_auth_table";
        }
        if (row.source == "sign_ins") widen(span.sign_ins, row);
        if (row.source == "smtp_auth_report") widen(span.report, row);
        if (row.to) keep_last(span.to, day_of(*row.to));
    }
    if (!span.to) return span;
    span.from = *span.to - std::chrono::days(window_days - 1);
    std::set<Day> days;
    for (const Coverage& row : coverage) {
        if (!row.from || !row.to) continue;
        const Day last = day_of(*row.to);
        for (Day day = std::max(day_of(*row.from), *span.from); day <= last;
             day += std::chrono::days(1))
            days.insert(day);
    }
    span.covered.assign(days.begin(), days.end());
    return span;
}

MessageCounts UseProfile::messages() const {
    MessageCounts counts;
    for (std::size_t i = 0; i < k_protocols; ++i) {
        const MeasureUse& use = measures[i];
        counts[static_cast<Protocol>(i)] = use.window > 0 ? use.window : use.undated;
    }
    return counts;
}

bool UseProfile::basic_from_table() const {
    const MeasureUse& use = (*this)[Measure::messages_basic];
    return use.window == 0 && use.undated > 0;
}

bool UseProfile::uses_table() const {
    return std::any_of(measures.begin(), measures.end(),
                       [](const MeasureUse& use) { return use.window == 0 && use.undated > 0; });
}

bool UseProfile::sign_ins_stand_in() const {
    return messages().total() == 0 && (*this)[Measure::sign_in_ok].window > 0;
}

const MeasureUse& UseProfile::basic() const {
    return (*this)[sign_ins_stand_in() ? Measure::sign_in_ok : Measure::messages_basic];
}

Use UseProfile::use() const {
    const MeasureUse& messages_basic = (*this)[Measure::messages_basic];
    const MeasureUse& ok = (*this)[Measure::sign_in_ok];
    const MeasureUse& failed = (*this)[Measure::sign_in_failed];
    const MeasureUse& oauth = (*this)[Measure::messages_oauth];
    Use use;
    use.has_dates = !basic_from_table() || ok.window > 0;
    use.basic_in_window = messages_basic.window + messages_basic.undated + ok.window > 0;
    use.basic_in_30_days = messages_basic.last_30 + ok.last_30 > 0;
    use.basic_attempt_in_7_days = messages_basic.last_7 + ok.last_7 + failed.last_7 > 0;
    use.basic_failed = failed.window > 0;
    use.oauth_in_window = oauth.window + oauth.undated > 0;
    std::optional<Day> last_basic = messages_basic.last_day;
    if (ok.last_day) keep_last(last_basic, *ok.last_day);
    use.oauth_since_basic = oauth.last_day && last_basic && *oauth.last_day >= *last_basic;
    use.unknown_in_window = messages().unknown > 0;
    // A success in the last 7 days beats any computed state (risk-model.md, "Exposure").
    if (messages_basic.last_7 + ok.last_7 > 0) use.basic_usable = Ternary::yes;
    return use;
}

LinkedUse& ProfileMaker::link(UseProfile& profile, std::uint32_t number) const {
    const auto at =
        std::lower_bound(link_index_.begin(), link_index_.end(), std::pair(number, std::size_t{0}));
    if (at != link_index_.end() && at->first == number) return profile.linked[at->second];
    link_index_.insert(at, {number, profile.linked.size()});
    LinkedUse made;
    made.number = number;
    profile.linked.push_back(made);
    return profile.linked.back();
}

void ProfileMaker::add_key(const Key& key, LinkBy link_by, UseProfile& profile) const {
    const auto measure = static_cast<std::size_t>(key.measure);
    MeasureUse& use = profile.measures[measure];
    const std::uint32_t other = link_by == LinkBy::client ? key.client : key.account;
    std::uint64_t in_window = 0;
    int days_in_window = 0;
    ledger_.read_days(key, days_);
    if (!touched_[measure] && span_.from) {
        const auto days = static_cast<std::size_t>(days_between(*span_.from, *span_.to)) + 1;
        active_[measure].assign((days + 63) / 64, 0);
        others_[measure].assign(days, k_nobody);
        touched_[measure] = true;
    }
    for (const DayCount& entry : days_) {
        if (!span_.holds(entry.day)) {
            profile.outside_window += entry.count;
            continue;
        }
        in_window += entry.count;
        ++days_in_window;
        if (span_.in_last(30, entry.day)) use.last_30 += entry.count;
        if (span_.in_last(7, entry.day)) use.last_7 += entry.count;
        if (key.measure == Measure::messages_basic && entry.day >= span_.cutoff)
            profile.overdue_basic += entry.count;
        keep_first(use.first_day, entry.day);
        keep_last(use.last_day, entry.day);
        const auto bit = static_cast<unsigned>(days_between(*span_.from, entry.day));
        active_[measure][bit / 64] |= std::uint64_t{1} << (bit % 64);
        std::uint32_t& seen = others_[measure][bit];
        seen = seen == k_nobody || seen == other ? other : k_several;
    }
    if (in_window == 0) return;
    use.window += in_window;
    keep_first(use.first_at, instant(key.first_at));
    keep_last(use.last_at, instant(key.last_at));
    if (!profile.first || earlier(key.first, *profile.first)) profile.first = key.first;
    if (!profile.last || earlier(*profile.last, key.last)) profile.last = key.last;
    if (other == k_no_client) {
        if (key.measure == Measure::messages_basic) profile.basic_without_client += in_window;
        return;
    }
    LinkedUse& linked = link(profile, other);
    switch (key.measure) {
        case Measure::messages_basic: linked.basic_messages += in_window; [[fallthrough]];
        case Measure::messages_oauth:
        case Measure::messages_unknown: linked.messages += in_window; break;
        case Measure::sign_in_ok: linked.sign_ins_ok += in_window; break;
        case Measure::sign_in_failed: linked.sign_ins_failed += in_window; break;
        case Measure::sign_in_possible: break;
    }
    if (key.measure != Measure::sign_in_failed) linked.days = std::max(linked.days, days_in_window);
    if (!is_basic(key.measure)) return;
    linked.basic_days = std::max(linked.basic_days, days_in_window);
    linked.stacks = static_cast<std::uint16_t>(linked.stacks | key.stacks);
}

// Ties are broken by the id, never by the number: numbers depend on the order of the input.
void ProfileMaker::sort_linked(UseProfile& profile, LinkBy link_by) const {
    std::sort(profile.linked.begin(), profile.linked.end(),
              [&](const LinkedUse& a, const LinkedUse& b) {
                  const auto loud = [](const LinkedUse& use) {
                      return std::tuple(use.basic_messages, use.sign_ins_ok, use.messages);
                  };
                  if (loud(a) != loud(b)) return loud(b) < loud(a);
                  if (link_by == LinkBy::client)
                      return ledger_.clients()[a.number].key < ledger_.clients()[b.number].key;
                  return ledger_.account_name(a.number) < ledger_.account_name(b.number);
              });
}

void ProfileMaker::count_days(std::size_t measure, MeasureUse& use) const {
    for (const std::uint64_t word : active_[measure]) use.active_days += std::popcount(word);
    std::uint32_t before = k_nobody;
    for (std::size_t i = 0; i < others_[measure].size(); ++i) {
        const std::uint32_t seen = others_[measure][i];
        if (seen == k_nobody) continue;
        if (seen == k_several) ++use.crowded_days;
        if (before != k_nobody && seen != before) ++use.moves;
        before = seen;
        if (turns_the_month(*span_.from + std::chrono::days(i))) ++use.month_turn_days;
    }
}

UseProfile ProfileMaker::make(std::span<const std::uint32_t> keys,
                              std::span<const std::uint32_t> accounts, LinkBy link_by) const {
    UseProfile profile;
    link_index_.clear();
    touched_.fill(false);
    for (const std::uint32_t number : keys) add_key(ledger_.key(number), link_by, profile);
    for (std::size_t i = 0; i < k_measures; ++i)
        if (touched_[i]) count_days(i, profile.measures[i]);
    for (const std::uint32_t account : accounts) {
        for (std::size_t i = 0; i < k_protocols; ++i) {
            const UndatedCount* entry = ledger_.undated(account, static_cast<Measure>(i));
            if (entry == nullptr) continue;
            profile.measures[i].undated += entry->count;
            if (!profile.first || earlier(entry->origin, *profile.first))
                profile.first = entry->origin;
            if (!profile.last || earlier(*profile.last, entry->origin))
                profile.last = entry->origin;
        }
    }
    sort_linked(profile, link_by);
    return profile;
}

}  // namespace smtpaudit
