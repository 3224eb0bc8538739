#include "sources/json_blocks.hpp"

#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most = 2 * k_json_block;

}  // namespace

JsonBlocks::JsonBlocks(TextDecoder& text) : text_(text), index_(k_most) {
    buffer_.reserve(k_most + k_json_padding);
}

// No text of JSON holds a line end, so behind one no text is open. Where all is in one line, a
// record that ends is the best guess; a wrong one costs time only.
std::size_t JsonBlocks::block_end() const {
    const std::string_view text(buffer_.data(), held_);
    if (ended_) return held_;
    if (const auto line_end = text.rfind('\n'); line_end != std::string_view::npos)
        return line_end + 1;
    const auto record_end = text.rfind("},{");
    return record_end == std::string_view::npos ? held_ : record_end + 1;
}

Result<std::string_view> JsonBlocks::next() {
    buffer_.erase(0, given_);
    held_ -= given_;
    given_ = 0;
    buffer_.resize(held_);
    while (!ended_ && held_ < k_json_block) {
        const auto piece = text_.next();
        if (!piece) pending_ = piece.error();
        ended_ = !piece || piece->empty();
        if (piece) buffer_ += *piece;
        held_ = buffer_.size();
    }
    if (held_ == 0 && pending_) return tl::unexpected(*pending_);
    given_ = block_end();
    buffer_.append(k_json_padding, ' ');
    const std::string_view block(buffer_.data(), given_);
    places_ = index_.find(block);
    backslash_ = find_backslash(block, 0);
    return block;
}

JsonPlace JsonBlocks::place_at(std::size_t offset) {
    const auto at = std::find_if(places_.begin(), places_.end(),
                                 [offset](std::uint32_t place) { return place >= offset; });
    places_ = places_.subspan(static_cast<std::size_t>(at - places_.begin()));
    const std::string_view block(buffer_.data(), given_);
    if (backslash_ < offset) backslash_ = find_backslash(block, offset);
    const bool is_there = !places_.empty() && places_.front() == offset;
    return {block, is_there ? places_ : places_.first(0), backslash_};
}

}  // namespace smtpaudit
