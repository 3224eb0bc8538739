// Counts by day for hundreds of thousands of keys, packed: about two bytes a day and key.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace smtpaudit {

struct DayCount {
    Day day;
    std::uint64_t count = 0;
};

// Where the counts of one key lie in the pool; zero-initialised it is an empty series.
struct DaySeries {
    std::int32_t day = 0;  // the entry being counted, not yet packed
    std::uint32_t count = 0;  // of that day; 0: none
    std::int32_t packed_day = 0;  // the last packed day: the next one is stored as its distance
    std::uint32_t head = 0, tail = 0;  // chunk numbers + 1
    std::uint16_t entries = 0;  // packed ones, days repeated in any order
    std::uint16_t compact_at = 0;  // entries at which repeated days are merged again
    std::uint8_t fill = 0;  // bytes used of the tail chunk
};

// One pool holds the series of all keys, in chunks of a linked list.
class DayPool {
public:
    void add(DaySeries& series, Day day, std::uint64_t count);
    // Ascending days, each once. Appends to `out` after clearing it.
    void read(const DaySeries& series, std::vector<DayCount>& out) const;

private:
    static constexpr std::size_t k_payload = 12;
    static constexpr std::size_t k_block = 4096;  // chunks
    static constexpr std::uint16_t k_compact_first = 128;
    struct Chunk {
        std::array<std::uint8_t, k_payload> bytes;
        std::uint32_t next;  // chunk number + 1
    };

    Chunk& chunk(std::uint32_t number) { return blocks_[number / k_block][number % k_block]; }
    const Chunk& chunk(std::uint32_t number) const {
        return blocks_[number / k_block][number % k_block];
    }
    std::uint32_t take_chunk();
    void put_byte(DaySeries& series, std::uint8_t byte);
    void put_number(DaySeries& series, std::uint64_t number);
    void pack(DaySeries& series);
    void compact(DaySeries& series);

    std::vector<std::unique_ptr<Chunk[]>> blocks_;
    std::uint32_t used_ = 0;
    std::uint32_t free_ = 0;  // list of chunks to use again
};

}  // namespace smtpaudit
