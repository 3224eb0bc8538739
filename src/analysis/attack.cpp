#include "analysis/attack.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace smtpaudit {
namespace {

// What one address did at one account.
struct Place {
    std::uint32_t client = k_no_client;
    std::vector<Day> failed;  // ascending
    std::optional<Day> first_ok;
};

std::vector<Place> places_of(const Ledger& ledger, std::span<const std::uint32_t> keys,
                             const EvidenceSpan& span, AttackSigns& signs) {
    std::vector<Place> places;
    std::vector<DayCount> days;
    for (const std::uint32_t number : keys) {
        const Key& key = ledger.key(number);
        const bool failed = key.measure == Measure::sign_in_failed;
        if (!failed && key.measure != Measure::sign_in_ok) continue;
        auto place = std::find_if(places.begin(), places.end(),
                                  [&](const Place& p) { return p.client == key.client; });
        if (place == places.end()) {
            places.push_back({key.client, {}, {}});
            place = places.end() - 1;
        }
        ledger.read_days(key, days);
        for (const DayCount& entry : days) {
            if (!span.holds(entry.day)) continue;
            if (failed) {
                signs.failures += entry.count;
                place->failed.push_back(entry.day);
            } else if (!place->first_ok || entry.day < *place->first_ok) {
                place->first_ok = entry.day;
            }
        }
    }
    for (Place& place : places) std::sort(place.failed.begin(), place.failed.end());
    return places;
}

bool failed_shortly_before(const Place& place, Day day) {
    return std::any_of(place.failed.begin(), place.failed.end(), [&](Day failed) {
        return failed <= day && days_between(failed, day) <= k_guess_days;
    });
}

// Countries of the addresses that succeeded before that day.
std::set<std::uint32_t> countries_before(const Ledger& ledger, const std::vector<Place>& places,
                                         Day day) {
    std::set<std::uint32_t> countries;
    for (const Place& place : places)
        if (place.client != k_no_client && place.first_ok && *place.first_ok < day)
            for (const std::uint32_t country :
                 ledger.texts_in(ledger.clients()[place.client].countries))
                countries.insert(country);
    return countries;
}

std::optional<SuccessAfterFailures> judge_success(const Ledger& ledger,
                                                  const std::vector<Place>& places,
                                                  const Place& place) {
    if (place.client == k_no_client || !place.first_ok) return std::nullopt;
    const Day day = *place.first_ok;
    // Without an older success elsewhere everything is new, and nothing can be told.
    const bool is_known = std::any_of(places.begin(), places.end(), [&](const Place& other) {
        return other.first_ok && *other.first_ok < day;
    });
    if (!is_known) return std::nullopt;
    const bool any_failed = std::any_of(places.begin(), places.end(), [&](const Place& other) {
        return failed_shortly_before(other, day);
    });
    if (!any_failed) return std::nullopt;
    const std::set<std::uint32_t> known = countries_before(ledger, places, day);
    const auto own = ledger.texts_in(ledger.clients()[place.client].countries);
    const bool new_country =
        !known.empty() && !own.empty() &&
        std::none_of(own.begin(), own.end(), [&](auto country) { return known.contains(country); });
    if (!new_country && !failed_shortly_before(place, day)) return std::nullopt;
    return SuccessAfterFailures{place.client, day, new_country};
}

}  // namespace

AttackSigns attack_signs(const Ledger& ledger, std::span<const std::uint32_t> keys,
                         const EvidenceSpan& span) {
    AttackSigns signs;
    const bool any_failed = std::any_of(keys.begin(), keys.end(), [&](std::uint32_t key) {
        return ledger.key(key).measure == Measure::sign_in_failed;
    });
    if (!any_failed) return signs;
    const std::vector<Place> places = places_of(ledger, keys, span, signs);
    for (const Place& place : places) {
        if (!place.failed.empty() && place.client != k_no_client) ++signs.sources;
        const auto success = judge_success(ledger, places, place);
        if (!success) continue;
        const auto key = [&](const SuccessAfterFailures& s) {
            return std::pair(s.day, ledger.clients()[s.client].key);
        };
        if (!signs.success || key(*success) < key(*signs.success)) signs.success = success;
    }
    return signs;
}

Spray find_spray(const Ledger& ledger, const AccountJoin& join, const EvidenceSpan& span) {
    struct Reach {
        std::set<std::uint32_t> failed, ok;
    };
    std::vector<Reach> reach(ledger.clients().size());
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < ledger.key_count(); ++i) {
        const Key& key = ledger.key(i);
        if (key.client == k_no_client || key.measure > Measure::sign_in_failed) continue;
        const std::uint32_t subject = join.subject_of_account[key.account];
        if (key.measure != Measure::sign_in_failed) {
            reach[key.client].ok.insert(subject);
            continue;
        }
        ledger.read_days(key, days);
        const bool in_window = std::any_of(
            days.begin(), days.end(), [&](const DayCount& entry) { return span.holds(entry.day); });
        if (in_window) reach[key.client].failed.insert(subject);
    }
    Spray spray;
    std::set<std::uint32_t> subjects;
    for (std::uint32_t i = 0; i < reach.size(); ++i) {
        const Reach& one = reach[i];
        if (one.failed.size() < k_spray_accounts || 2 * one.ok.size() > one.failed.size()) continue;
        spray.clients.push_back(i);
        subjects.insert(one.failed.begin(), one.failed.end());
    }
    spray.subjects.assign(subjects.begin(), subjects.end());
    return spray;
}

bool is_policy_refusal(int error_code) {
    constexpr std::array k_codes = {50076, 50079, 50158, 53000,  53001,
                                    53002, 53003, 53004, 530032, 530035};
    return std::find(k_codes.begin(), k_codes.end(), error_code) != k_codes.end();
}

}  // namespace smtpaudit
