// Texts kept once, named by small numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace smtpaudit {

// A hash for tables inside this process; never written anywhere.
std::uint64_t hash_text(std::string_view text);
std::uint64_t mix_hash(std::uint64_t a, std::uint64_t b);

class Interner {
public:
    // The number of a text, new or known; numbers count up from 0.
    std::uint32_t intern(std::string_view text);
    std::optional<std::uint32_t> find(std::string_view text) const;
    std::string_view text(std::uint32_t number) const { return texts_[number]; }
    std::size_t size() const { return texts_.size(); }

private:
    std::string_view keep(std::string_view text);
    void grow();

    static constexpr std::size_t k_block = std::size_t{64} * 1024;
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t block_size_ = 0;  // of the last block
    std::size_t room_ = 0;  // free bytes at its end
    std::vector<std::string_view> texts_;
    std::vector<std::uint32_t> slots_;  // number + 1; 0 is empty
};

}  // namespace smtpaudit
