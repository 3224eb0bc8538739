#include "sources/counted_row.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr unsigned k_slots_of_day = 288;
constexpr auto k_slot = 5min;

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<UtcTime> instant_of(const KustoCell& cell) {
    const auto read = parse_iso_instant(cell.text);
    if (cell.state != KustoCell::State::text || !read || !read->has_time) return std::nullopt;
    return read->at;
}

SignInRow::State state_of(KustoCell::State state) {
    switch (state) {
        case KustoCell::State::absent: return SignInRow::State::absent;
        case KustoCell::State::null: return SignInRow::State::null;
        case KustoCell::State::text:
        case KustoCell::State::number: return SignInRow::State::present;
        case KustoCell::State::boolean:
        case KustoCell::State::other: break;
    }
    return SignInRow::State::wrong_type;
}

}  // namespace

CountedRowReader::CountedRowReader(const KustoTable& table)
    : table_(table),
      app_id_(table.column("AppId")),
      user_id_(table.column("UserId")),
      account_(table.column("UserPrincipalName")),
      address_(table.column("IPAddress")),
      agent_(table.column("UserAgent")),
      country_(table.column("Country")),
      error_code_(table.column("ErrorCode")),
      is_placed_(table.column("IsPlaced")),
      sign_ins_(table.column("SignIns")),
      first_(table.column("First")),
      last_(table.column("Last")),
      clock_(table.column("Clock")) {}

const KustoCell& CountedRowReader::cell(std::size_t row, Column column) const {
    static const KustoCell k_absent;
    return column ? table_.at(row, *column) : k_absent;
}

void CountedRowReader::set(SignInField field, std::size_t row, Column column) {
    const KustoCell& cell = this->cell(row, column);
    row_.fields.set(field, state_of(cell.state), cell.text, 1);
}

// "61:3 75:1", in any order.
bool CountedRowReader::read_clock(std::string_view text) {
    row_.clock.clear();
    std::uint64_t sum = 0;
    for (const std::string_view entry : split(text, ' ')) {
        const auto colon = entry.find(':');
        if (colon == std::string_view::npos) return false;
        const auto slot = number_of<unsigned>(entry.substr(0, colon));
        const auto count = number_of<std::uint64_t>(entry.substr(colon + 1));
        if (!slot || *slot >= k_slots_of_day || !count || *count == 0) return false;
        row_.clock.emplace_back(*slot, *count);
        sum += *count;
    }
    std::ranges::sort(row_.clock);
    return sum == row_.sign_ins;
}

const CountedRow* CountedRowReader::read(std::size_t row) {
    const auto first = instant_of(cell(row, first_));
    const auto last = instant_of(cell(row, last_));
    const auto count = number_of<std::uint64_t>(cell(row, sign_ins_).text);
    if (!first || !last || *last < *first || day_of(*first) != day_of(*last) || !count ||
        *count == 0)
        return nullptr;
    row_.first = *first;
    row_.last = *last;
    row_.sign_ins = *count;
    row_.app_id = cell(row, app_id_).text;
    const std::string& placed = cell(row, is_placed_).text;
    row_.is_placed = placed.empty() || placed == "1" || equals_ignoring_case(placed, "true");
    row_.clock.clear();
    if (clock_ && !read_clock(cell(row, clock_).text)) return nullptr;
    row_.fields.clear();
    set(SignInField::created, row, first_);
    set(SignInField::user_id, row, user_id_);
    set(SignInField::user_principal_name, row, account_);
    set(SignInField::ip_address, row, address_);
    set(SignInField::user_agent, row, agent_);
    set(SignInField::country, row, country_);
    set(SignInField::error_code, row, error_code_);
    return &row_;
}

void observe_counted(Observation seen, const CountedRow& row, EvidenceSink& sink) {
    const auto observe = [&](UtcTime at, std::uint64_t count) {
        if (count == 0) return;
        seen.at = at;
        seen.sign_ins = count;
        sink.observe(seen);
    };
    const UtcTime day = day_of(row.first);
    std::uint64_t before = 0;  // of all but the last entry
    if (!row.clock.empty()) {
        for (const auto& [slot, count] : std::span(row.clock).first(row.clock.size() - 1)) {
            observe(std::clamp<UtcTime>(day + slot * k_slot, row.first, row.last), count);
            before += count;
        }
    }
    const std::uint64_t rest = row.sign_ins - before;
    // The last entry holds the last instant, and the first one too where there is no other.
    if (rest > 1)
        observe(before > 0 ? std::clamp<UtcTime>(day + row.clock.back().first * k_slot, row.first,
                                                 row.last)
                           : row.first,
                rest - 1);
    observe(row.last, 1);
}

}  // namespace smtpaudit
