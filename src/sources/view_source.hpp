// A text in memory as a source of bytes.
#pragma once

#include "base/files.hpp"

#include <string_view>

namespace smtpaudit {

// The text outlives it.
class ViewSource final : public ByteSource {
public:
    explicit ViewSource(std::string_view text) : text_(text) {}
    Result<std::size_t> read(std::span<char> room) override {
        const std::size_t count = text_.copy(room.data(), room.size());
        text_.remove_prefix(count);
        return count;
    }

private:
    std::string_view text_;
};

}  // namespace smtpaudit
