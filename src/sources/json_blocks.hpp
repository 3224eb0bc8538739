// Text of JSON in large blocks that mostly end between two records, with the places in each.
#pragma once

#include "sources/decode.hpp"
#include "sources/json_index.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smtpaudit {

constexpr std::size_t k_json_block = std::size_t{1024} * 1024;

class JsonBlocks {
public:
    explicit JsonBlocks(TextDecoder& text);

    // The next block, valid until the next call; empty is the end. The decoder's errors, each after
    // the text before it was given.
    Result<std::string_view> next();
    // Of the block, from the place at `offset` on; no places: there is none there. Offsets must
    // ascend.
    JsonPlace place_at(std::size_t offset);

private:
    std::size_t block_end() const;

    TextDecoder& text_;
    std::string buffer_;  // the block, what is held back for the next one, padding
    std::size_t held_ = 0;  // bytes of text in it
    std::size_t given_ = 0;  // bytes of the last block, at its front
    bool ended_ = false;
    std::optional<Error> pending_;
    JsonIndex index_;
    std::span<const std::uint32_t> places_;  // not passed yet
    std::size_t backslash_ = 0;  // the first one that is not passed yet
};

}  // namespace smtpaudit
