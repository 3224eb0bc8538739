#include "ledger/day_series.hpp"

#include <algorithm>
#include <limits>

namespace smtpaudit {
namespace {

// Small distances in either direction become small numbers.
std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

}  // namespace

std::uint32_t DayPool::take_chunk() {
    if (free_ != 0) {
        const std::uint32_t number = free_ - 1;
        free_ = chunk(number).next;
        chunk(number).next = 0;
        return number;
    }
    if (used_ == blocks_.size() * k_block) blocks_.push_back(std::make_unique<Chunk[]>(k_block));
    return used_++;
}

void DayPool::put_byte(DaySeries& series, std::uint8_t byte) {
    if (series.tail == 0 || series.fill == k_payload) {
        const std::uint32_t number = take_chunk();
        if (series.tail == 0)
            series.head = number + 1;
        else
            chunk(series.tail - 1).next = number + 1;
        series.tail = number + 1;
        series.fill = 0;
    }
    chunk(series.tail - 1).bytes[series.fill++] = byte;
}

void DayPool::put_number(DaySeries& series, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U)
        put_byte(series, static_cast<std::uint8_t>(number | 0x80U));
    put_byte(series, static_cast<std::uint8_t>(number));
}

void DayPool::pack(DaySeries& series) {
    put_number(series, zigzag(std::int64_t{series.day} - series.packed_day));
    put_number(series, series.count);
    series.packed_day = series.day;
    series.count = 0;
    ++series.entries;
}

// Rows that come in no order of days would otherwise make one entry each.
void DayPool::compact(DaySeries& series) {
    std::vector<DayCount> days;
    read(series, days);
    if (series.tail != 0) {
        chunk(series.tail - 1).next = free_;
        free_ = series.head;
    }
    series = DaySeries{};
    for (const DayCount& entry : days) {
        std::uint64_t rest = entry.count;
        while (rest > 0) {
            const std::uint64_t part =
                std::min<std::uint64_t>(rest, std::numeric_limits<std::uint32_t>::max());
            series.day = static_cast<std::int32_t>(entry.day.time_since_epoch().count());
            series.count = static_cast<std::uint32_t>(part);
            pack(series);
            rest -= part;
        }
    }
    const unsigned next = std::max<unsigned>(k_compact_first, 2U * series.entries);
    series.compact_at = static_cast<std::uint16_t>(std::min(next, 0xFFFEU));
}

void DayPool::add(DaySeries& series, Day day, std::uint64_t count) {
    if (count == 0) return;
    const auto number = static_cast<std::int32_t>(day.time_since_epoch().count());
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    while (count > 0) {
        if (series.count != 0 && (series.day != number || series.count == most)) {
            pack(series);
            const std::uint16_t limit = std::max(series.compact_at, k_compact_first);
            if (series.entries >= limit) compact(series);
        }
        series.day = number;
        const std::uint64_t part = std::min(count, most - series.count);
        series.count += static_cast<std::uint32_t>(part);
        count -= part;
    }
}

void DayPool::read(const DaySeries& series, std::vector<DayCount>& out) const {
    out.clear();
    std::uint32_t at = series.head;
    std::size_t byte = 0;
    const auto next_number = [&] {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (byte == k_payload) {
                at = chunk(at - 1).next;
                byte = 0;
            }
            const std::uint8_t b = chunk(at - 1).bytes[byte++];
            value |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
            if ((b & 0x80U) == 0) return value;
        }
    };
    std::int64_t day = 0;
    for (std::uint16_t i = 0; i < series.entries; ++i) {
        day += unzigzag(next_number());
        const std::uint64_t count = next_number();
        out.push_back({Day(std::chrono::days(day)), count});
    }
    if (series.count != 0) out.push_back({Day(std::chrono::days(series.day)), series.count});
    const auto by_day = [](const DayCount& a, const DayCount& b) { return a.day < b.day; };
    if (!std::is_sorted(out.begin(), out.end(), by_day)) std::sort(out.begin(), out.end(), by_day);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (kept > 0 && out[kept - 1].day == out[i].day)
            out[kept - 1].count += out[i].count;
        else
            out[kept++] = out[i];
    }
    out.resize(kept);
}

}  // namespace smtpaudit
