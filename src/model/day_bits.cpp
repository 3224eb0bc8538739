#include "model/day_bits.hpp"

#include <algorithm>
#include <bit>

namespace smtpaudit {
namespace {

constexpr std::int64_t k_days_per_byte = 8;
constexpr std::uint32_t k_most_bytes = 0xFFFF;  // two bytes name the first one

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }

unsigned char mask_of(Day day) {
    return static_cast<unsigned char>(1U
                                      << static_cast<unsigned>(number_of(day) % k_days_per_byte));
}

unsigned byte_at(const std::string& bits, std::size_t index) {
    return static_cast<unsigned char>(bits[index]);
}

}  // namespace

std::optional<std::uint32_t> DayBits::byte_of(Day day) {
    const std::int64_t number = number_of(day);
    if (number < 0 || number / k_days_per_byte > k_most_bytes) return std::nullopt;
    return static_cast<std::uint32_t>(number / k_days_per_byte);
}

void DayBits::set(Day day) {
    const auto byte = byte_of(day);
    if (!byte) return;
    if (bits_.empty()) base_ = *byte;
    if (*byte < base_) {
        bits_.insert(0, base_ - *byte, '\0');
        base_ = *byte;
    }
    if (*byte - base_ >= bits_.size()) bits_.resize(*byte - base_ + 1, '\0');
    char& place = bits_[*byte - base_];
    place = static_cast<char>(static_cast<unsigned char>(place) | mask_of(day));
}

void DayBits::clear(Day day) {
    const auto byte = byte_of(day);
    if (!byte || *byte < base_ || *byte - base_ >= bits_.size()) return;
    char& place = bits_[*byte - base_];
    place = static_cast<char>(static_cast<unsigned char>(place) & ~mask_of(day));
}

bool DayBits::has(Day day) const {
    const auto byte = byte_of(day);
    if (!byte || *byte < base_ || *byte - base_ >= bits_.size()) return false;
    return (byte_at(bits_, *byte - base_) & mask_of(day)) != 0;
}

bool DayBits::empty() const { return bits_.find_first_not_of('\0') == std::string::npos; }

std::size_t DayBits::count() const {
    std::size_t count = 0;
    for (const char byte : bits_)
        count += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
    return count;
}

std::optional<Day> DayBits::first() const {
    const std::size_t at = bits_.find_first_not_of('\0');
    if (at == std::string::npos) return std::nullopt;
    const auto bit = std::countr_zero(byte_at(bits_, at));
    return Day(std::chrono::days((base_ + static_cast<std::int64_t>(at)) * k_days_per_byte + bit));
}

std::optional<Day> DayBits::last() const {
    const std::size_t at = bits_.find_last_not_of('\0');
    if (at == std::string::npos) return std::nullopt;
    const auto bit = std::bit_width(byte_at(bits_, at)) - 1;
    return Day(std::chrono::days((base_ + static_cast<std::int64_t>(at)) * k_days_per_byte +
                                 static_cast<std::int64_t>(bit)));
}

bool DayBits::any_in(Day from, Day to) const {
    const std::int64_t start = static_cast<std::int64_t>(base_) * k_days_per_byte;
    const std::int64_t end = start + static_cast<std::int64_t>(bits_.size()) * k_days_per_byte;
    const std::int64_t first = std::max(number_of(from), start);
    const std::int64_t last = std::min(number_of(to), end - 1);
    for (std::int64_t day = first; day <= last;) {
        const unsigned byte = byte_at(bits_, static_cast<std::size_t>((day - start) / 8));
        const auto bit = static_cast<unsigned>(day % k_days_per_byte);
        if (byte == 0) {
            day += k_days_per_byte - static_cast<std::int64_t>(bit);
            continue;
        }
        if ((byte >> bit & 1U) != 0) return true;
        ++day;
    }
    return false;
}

std::vector<Day> DayBits::days() const {
    std::vector<Day> days;
    for (std::size_t i = 0; i < bits_.size(); ++i)
        for (unsigned bit = 0; bit < k_days_per_byte; ++bit)
            if ((byte_at(bits_, i) >> bit & 1U) != 0)
                days.emplace_back(std::chrono::days(
                    (base_ + static_cast<std::int64_t>(i)) * k_days_per_byte + bit));
    return days;
}

void DayBits::add_all(const DayBits& other) {
    const auto first = other.first();
    if (!first) return;
    // Grows to both ends, so that the bytes can be joined in place.
    set(*first);
    set(*other.last());
    for (std::size_t i = 0; i < other.bits_.size(); ++i) {
        const std::uint32_t byte = other.base_ + static_cast<std::uint32_t>(i);
        if (other.bits_[i] == 0) continue;
        char& place = bits_[byte - base_];
        place = static_cast<char>(static_cast<unsigned char>(place) | byte_at(other.bits_, i));
    }
}

std::string DayBits::encode() const {
    const std::size_t first = bits_.find_first_not_of('\0');
    if (first == std::string::npos) return {};
    const std::size_t last = bits_.find_last_not_of('\0');
    const std::uint32_t base = base_ + static_cast<std::uint32_t>(first);
    std::string bytes = {static_cast<char>(base & 0xFFU), static_cast<char>(base >> 8U)};
    return bytes.append(bits_, first, last - first + 1);
}

std::optional<DayBits> DayBits::decode(std::string_view bytes) {
    DayBits out;
    if (bytes.empty()) return out;
    if (bytes.size() < 3) return std::nullopt;
    out.base_ = static_cast<unsigned char>(bytes[0]) |
                static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[1])) << 8U;
    out.bits_ = bytes.substr(2);
    if (out.base_ + out.bits_.size() > std::size_t{k_most_bytes} + 1) return std::nullopt;
    return out;
}

}  // namespace smtpaudit
