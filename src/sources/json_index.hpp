// The fast way through large JSON: where its tokens begin is found by simdjson, 64 bytes at a time,
// and only these places are looked at. It may refuse what JsonScanner takes, and then JsonScanner is
// asked; it never takes what JsonScanner refuses. A reader who wants to know what a record means can
// skip this file.
#pragma once

#include "sources/json_scan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace smtpaudit {

// Bytes behind a block that must be readable; what they hold does not matter.
constexpr std::size_t k_json_padding = 64;

class JsonIndex {
public:
    // For blocks of up to `most` bytes.
    explicit JsonIndex(std::size_t most);
    ~JsonIndex();
    JsonIndex(const JsonIndex&) = delete;
    JsonIndex& operator=(const JsonIndex&) = delete;

    // Where texts, words, numbers and { } [ ] : , begin, ascending; valid until the next call. The
    // block must be valid UTF-8, with no text open at its end and no control character in one: else
    // there are no places.
    std::span<const std::uint32_t> find(std::string_view padded_block);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// A value in a block: where its tokens begin, and where the first backslash is that may be in it.
struct JsonPlace {
    std::string_view block;
    std::span<const std::uint32_t> places;
    std::size_t backslash = 0;  // find_backslash() from the value's beginning
};
// The offset of the first one at or behind `from`, or the block's size.
inline std::size_t find_backslash(std::string_view block, std::size_t from) {
    return std::min(block.find('\\', from), block.size());
}

// Walks over the value that begins at places.front() and calls the handler as JsonScanner does.
template <typename Handler>
class IndexedScanner {
public:
    IndexedScanner(const JsonPlace& place, Handler& handler)
        : block_(place.block),
          places_(place.places),
          backslash_(place.backslash),
          handler_(handler) {}

    // The number of places that the value has; 0: it is not whole in the block, or not plainly
    // valid: what the handler was told is then worth nothing.
    std::size_t run() { return value() ? next_ : 0; }

private:
    // The character at the next place; NUL, which no text has, behind the last one.
    char peek() const { return next_ < places_.size() ? block_[places_[next_]] : '\0'; }
    bool take(char wanted) {
        if (peek() != wanted) return false;
        ++next_;
        return true;
    }

    bool value() {
        switch (peek()) {
            case '\0': return false;
            case '{': return object();
            case '[': return array();
            case '"': {
                JsonText text;
                if (!read_text(text)) return false;
                handler_.text(text);
                return true;
            }
            default: return word_or_number();
        }
    }

    bool object() {
        if (depth_ == k_json_depth_limit) return false;
        ++depth_;
        ++next_;
        handler_.start_object();
        if (!take('}')) {
            do {
                JsonText name;
                if (peek() != '"' || !read_text(name) || !take(':')) return false;
                handler_.key(name);
                if (!value()) return false;
            } while (take(','));
            if (!take('}')) return false;
        }
        --depth_;
        handler_.end_object();
        return true;
    }

    bool array() {
        if (depth_ == k_json_depth_limit) return false;
        ++depth_;
        ++next_;
        handler_.start_array();
        if (!take(']')) {
            do {
                if (!value()) return false;
            } while (take(','));
            if (!take(']')) return false;
        }
        --depth_;
        handler_.end_array();
        return true;
    }

    bool word_or_number() {
        const std::string_view token = read_token();
        if (token == "null") {
            handler_.null();
        } else if (token == "true" || token == "false") {
            handler_.boolean(token == "true");
        } else {
            bool is_integer = false;
            if (json_number_length(token, is_integer) != token.size()) return false;
            handler_.number(token, is_integer);
        }
        return true;
    }

    static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    // From this place to the next, without the blanks between.
    std::string_view read_token() {
        const std::size_t begin = places_[next_++];
        std::size_t end = next_ < places_.size() ? places_[next_] : block_.size();
        while (end > begin + 1 && is_blank(block_[end - 1])) --end;
        return {block_.data() + begin, end - begin};
    }

    bool has_backslash(std::size_t begin, std::size_t end) {
        if (backslash_ < begin) backslash_ = find_backslash(block_, begin);
        return backslash_ < end;
    }

    // Nothing but blanks stands between a text's closing quote and the next place.
    bool read_text(JsonText& text) {
        const std::string_view token = read_token();
        if (token.size() < 2 || token.back() != '"') return false;
        text.raw = {token.data() + 1, token.size() - 2};
        const std::size_t begin = places_[next_ - 1];
        text.has_escapes = has_backslash(begin, begin + token.size());
        return !text.has_escapes || escapes_are_valid(text.raw);
    }

    static bool escapes_are_valid(std::string_view raw) {
        for (std::size_t at = raw.find('\\'); at < raw.size(); at = raw.find('\\', at)) {
            const std::size_t length = json_escape_length(raw.substr(at));
            if (length == 0) return false;
            at += length;
        }
        return true;
    }

    std::string_view block_;
    std::span<const std::uint32_t> places_;
    std::size_t backslash_;
    Handler& handler_;
    std::size_t next_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace smtpaudit
