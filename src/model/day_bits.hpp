// A set of days, one bit each, as the local history keeps it of every account.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Days from 1970 to 2149. Grows to both sides; three years are about 140 bytes.
class DayBits {
public:
    DayBits() = default;

    void set(Day day);
    void clear(Day day);
    bool has(Day day) const;
    bool empty() const;
    std::size_t count() const;
    std::optional<Day> first() const;
    std::optional<Day> last() const;
    bool any_in(Day from, Day to) const;  // both inclusive
    std::vector<Day> days() const;  // ascending
    void add_all(const DayBits& other);

    // The bytes of the store: the first day divided by eight (two bytes, low first), then the bits.
    // No bytes for the empty set.
    std::string encode() const;
    // nullopt: not what encode() writes.
    static std::optional<DayBits> decode(std::string_view bytes);

private:
    static std::optional<std::uint32_t> byte_of(Day day);

    std::uint32_t base_ = 0;  // of the first byte, in days / 8
    std::string bits_;
};

}  // namespace smtpaudit
