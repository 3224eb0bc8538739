#include "store/chunk.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("a chunk that was encoded is decoded the same") {
    const std::vector<ChunkEntry> entries = {
        {256, 0, 0, 1},
        {256, 1, 2, 127},
        {300, 70'000, 1, 0},
        {511, 0xFFFFFFFF, 2, 5},
        {511, 0xFFFFFFFF, 2, 1ULL << 60U},
    };
    const std::string bytes = encode_chunk(entries, 0, entries.size());
    std::vector<ChunkEntry> back;
    REQUIRE(decode_chunk(1, bytes, back));
    CHECK(back == entries);
    std::vector<ChunkEntry> part;
    REQUIRE(decode_chunk(1, encode_chunk(entries, 1, 3), part));
    CHECK(part == std::vector<ChunkEntry>(entries.begin() + 1, entries.begin() + 3));
}

TEST_CASE("bytes that are no chunk are refused") {
    std::vector<ChunkEntry> out;
    CHECK_FALSE(decode_chunk(0, std::string("\x01\x01", 2), out));  // cut
    CHECK_FALSE(decode_chunk(0, std::string(11, '\xFF'), out));  // a number without an end
    CHECK_FALSE(decode_chunk(0, std::string("\x80\x02\x01\x01", 4), out));  // account 256
    CHECK(decode_chunk(0, "", out));
    CHECK(out.empty());
}
