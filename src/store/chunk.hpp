// The counters of one day and 256 accounts as a few bytes each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

constexpr std::uint32_t k_chunk_accounts = 256;
constexpr std::uint32_t k_chunk_no_client = 0;  // client ids count from 1

struct ChunkEntry {
    std::uint32_t account = 0, client = k_chunk_no_client;
    std::uint8_t measure = 0;  // inside its family: 0, 1, 2
    std::uint64_t count = 0;
    friend bool operator==(const ChunkEntry&, const ChunkEntry&) = default;
};

// By account, client, measure; all of one chunk (account / k_chunk_accounts).
std::string encode_chunk(const std::vector<ChunkEntry>& entries, std::size_t first,
                         std::size_t last);
// Appends. False: not what encode_chunk writes.
bool decode_chunk(std::uint32_t chunk, std::string_view bytes, std::vector<ChunkEntry>& out);

}  // namespace smtpaudit
