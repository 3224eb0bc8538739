// What the local history gives back: days and who used Basic on them, never single messages.
#pragma once

#include "base/time.hpp"
#include "model/day_bits.hpp"
#include "model/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// Messages and sign-ins are kept apart; each day of each has one source, the best that was loaded.
enum class CounterFamily : std::uint8_t { messages, sign_ins };
constexpr std::size_t k_counter_families = 2;

struct HistoryDay {
    Day day;
    CounterFamily family = CounterFamily::messages;
    bool is_complete = false;  // false: the source was cut short, or ended on that day
    std::string source;  // "smtp_auth_report", …
    // Of messages: Basic, OAuth, unknown. Of sign-ins: Basic successes, Basic failures, possible.
    std::array<std::uint64_t, 3> counts{};
};

struct HistoryAccount {
    std::string id;
    DayBits message_days, sign_in_days;  // on which Basic succeeded
    DayBits basic_days() const {
        DayBits all = message_days;
        all.add_all(sign_in_days);
        return all;
    }
};

struct HistoryRun {
    std::string run_id;
    UtcTime generated_at;
    std::optional<Day> from, to;
    int covered_days = 0;
    MessageCounts messages;
    std::array<std::uint64_t, k_statuses> by_status{};
    std::array<std::uint64_t, k_bands> by_band{};
};

struct HistoryTenant {
    std::int64_t key = 0;  // of the store
    std::optional<std::string> id;
    std::string name;  // of the tenant, else its largest domain
};

// One counter of one day, as `history export` gives it out.
struct HistoryCounter {
    Day day;
    std::string account;
    std::string client;  // empty: no address
    std::size_t measure = 0;  // in the order of Measure (ledger)
    std::uint64_t count = 0;
};

}  // namespace smtpaudit
