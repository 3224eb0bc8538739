#include "ledger/interner.hpp"

#include <algorithm>
#include <cstring>

namespace smtpaudit {

std::uint64_t mix_hash(std::uint64_t a, std::uint64_t b) {
    std::uint64_t h = (a ^ (b + 0x9E3779B97F4A7C15ULL)) * 0xBF58476D1CE4E5B9ULL;
    h ^= h >> 29U;
    h *= 0x94D049BB133111EBULL;
    return h ^ (h >> 32U);
}

std::uint64_t hash_text(std::string_view text) {
    std::uint64_t h = text.size();
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        h = mix_hash(h, word);
        text.remove_prefix(8);
    }
    std::uint64_t last = 0;
    std::memcpy(&last, text.data(), text.size());
    return mix_hash(h, last);
}

std::string_view Interner::keep(std::string_view text) {
    if (room_ < text.size()) {
        room_ = std::max(k_block, text.size());
        blocks_.push_back(std::make_unique<char[]>(room_));
        block_size_ = room_;
    }
    char* at = blocks_.back().get() + (block_size_ - room_);
    std::memcpy(at, text.data(), text.size());
    room_ -= text.size();
    return {at, text.size()};
}

void Interner::grow() {
    const std::size_t size = std::max<std::size_t>(64, slots_.size() * 2);
    slots_.assign(size, 0);
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
        std::size_t at = hash_text(texts_[i]) & (size - 1);
        while (slots_[at] != 0) at = (at + 1) & (size - 1);
        slots_[at] = i + 1;
    }
}

std::uint32_t Interner::intern(std::string_view text) {
    // A quarter full at most: each text that is compared in vain is two more cache misses.
    if (slots_.size() < 4 * (texts_.size() + 1)) grow();
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_text(text) & mask;
    for (; slots_[at] != 0; at = (at + 1) & mask)
        if (texts_[slots_[at] - 1] == text) return slots_[at] - 1;
    texts_.push_back(keep(text));
    slots_[at] = static_cast<std::uint32_t>(texts_.size());
    return slots_[at] - 1;
}

std::optional<std::uint32_t> Interner::find(std::string_view text) const {
    if (slots_.empty()) return std::nullopt;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash_text(text) & mask; slots_[at] != 0; at = (at + 1) & mask)
        if (texts_[slots_[at] - 1] == text) return slots_[at] - 1;
    return std::nullopt;
}

}  // namespace smtpaudit
