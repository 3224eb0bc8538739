// Which questions a pull of sign-ins asks: time windows, newest first, and their addresses.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpaudit {

struct TimeWindow {
    UtcTime from, to;  // from inclusive, to exclusive
    std::chrono::seconds length() const { return to - from; }
    bool contains(UtcTime at) const { return at >= from && at < to; }
    friend bool operator==(const TimeWindow&, const TimeWindow&) = default;
};

// Entra keeps sign-ins for 30 days with P1 or P2 (facts/graph.md 1.6).
inline constexpr std::chrono::days k_sign_in_retention{30};
inline constexpr std::chrono::hours k_longest_window{24};
inline constexpr std::chrono::hours k_shortest_window{1};

// Newest first, without gap or overlap, cut at UTC midnights. What lies before the retention is one
// window more: it should be empty, and asking costs one request.
std::vector<TimeWindow> sign_in_windows(TimeWindow whole, UtcTime now);
// The same window in pieces of at most `span`, newest first.
std::vector<TimeWindow> pieces_of(TimeWindow window, std::chrono::seconds span);

enum class SignInApi : std::uint8_t {
    beta,  // interactive and non-interactive
    v1,  // interactive only: its schema has no signInEventTypes (facts/graph.md 1.3)
};
// The first page (facts/graph.md 1.5). `graph_url` has no slash at its end.
std::string sign_ins_url(std::string_view graph_url, SignInApi api, TimeWindow window);

}  // namespace smtpaudit
