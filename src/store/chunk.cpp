#include "store/chunk.hpp"

namespace smtpaudit {
namespace {

constexpr unsigned k_measures_in_family = 3;

// LEB128: seven bits a byte, the low ones first.
void put(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80U);
        value >>= 7U;
    }
    out += static_cast<char>(value);
}

bool take(std::string_view& bytes, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return true;
    }
    return false;
}

}  // namespace

std::string encode_chunk(const std::vector<ChunkEntry>& entries, std::size_t first,
                         std::size_t last) {
    std::string out;
    std::uint32_t before = entries[first].account / k_chunk_accounts * k_chunk_accounts;
    for (std::size_t i = first; i < last; ++i) {
        const ChunkEntry& entry = entries[i];
        put(out, entry.account - before);
        put(out, entry.client);
        put(out, entry.count * k_measures_in_family + entry.measure);
        before = entry.account;
    }
    return out;
}

bool decode_chunk(std::uint32_t chunk, std::string_view bytes, std::vector<ChunkEntry>& out) {
    std::uint64_t account = std::uint64_t{chunk} * k_chunk_accounts;
    const std::uint64_t end = account + k_chunk_accounts;
    while (!bytes.empty()) {
        std::uint64_t step = 0;
        std::uint64_t client = 0;
        std::uint64_t packed = 0;
        if (!take(bytes, step) || !take(bytes, client) || !take(bytes, packed)) return false;
        account += step;
        if (step >= k_chunk_accounts || account >= end || client > 0xFFFFFFFFU) return false;
        out.push_back({static_cast<std::uint32_t>(account), static_cast<std::uint32_t>(client),
                       static_cast<std::uint8_t>(packed % k_measures_in_family),
                       packed / k_measures_in_family});
    }
    return true;
}

}  // namespace smtpaudit
