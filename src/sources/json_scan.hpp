// Strict JSON (RFC 8259) in one pass that builds and copies nothing: for pages of sign-ins, of
// which a tenth is wanted and the rest must only be valid.
#pragma once

#include "base/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {

constexpr std::size_t k_json_depth_limit = 64;

struct JsonProblem {
    std::size_t offset = 0;  // byte in the text where it was noticed
    std::string what;  // "not valid JSON", "nested more than 64 levels deep", …
    bool syntax = false;  // not JSON at all: perhaps cut; false: JSON, but not what is expected
};

// What stands between two quotes: valid UTF-8 and valid escapes.
struct JsonText {
    std::string_view raw;
    bool has_escapes = false;
    // The text itself; `room` is used where there are escapes.
    std::string_view decode(std::string& room) const;
};

// The length of the number at the front; 0: none. `is_integer`: no fraction, no exponent.
std::size_t json_number_length(std::string_view text, bool& is_integer);
// The length of the escape at the front, "\n" or "\u00e9" or a pair of surrogates; 0: not valid.
std::size_t json_escape_length(std::string_view text);

// Calls the handler's start_object, end_object, start_array, end_array, key(JsonText),
// text(JsonText), number(raw, is_integer), boolean(bool), null() in the order of the text. The
// problem that ended it, or nullopt: all of the text is one JSON value.
template <typename Handler>
class JsonScanner {
public:
    JsonScanner(std::string_view text, Handler& handler) : text_(text), handler_(handler) {}

    std::optional<JsonProblem> run() {
        while (!problem_) {
            skip_blanks();
            if (at_ == text_.size()) {
                if (want_ != Want::nothing) refuse();
                break;
            }
            step(text_[at_]);
        }
        return std::move(problem_);
    }

private:
    enum class Want : std::uint8_t {
        value,
        value_or_end,
        key,
        key_or_end,
        separator_or_end,
        nothing,
    };

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                      text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }

    void refuse(const char* what = "not valid JSON", bool syntax = true) {
        problem_ = JsonProblem{at_, what, syntax};
    }

    void step(char c) {
        switch (want_) {
            case Want::value_or_end:
                if (c == ']') return close();
                return value(c);
            case Want::value: return value(c);
            case Want::key_or_end:
                if (c == '}') return close();
                return key();
            case Want::key: return key();
            case Want::separator_or_end:
                if (c == (in_object() ? '}' : ']')) return close();
                if (c != ',') return refuse();
                ++at_;
                want_ = in_object() ? Want::key : Want::value;
                return;
            case Want::nothing: return refuse();
        }
    }

    // The innermost open thing; the lowest bit of objects_ is its kind.
    bool in_object() const { return (objects_ & 1U) != 0; }

    void open(bool is_object) {
        if (depth_ == k_json_depth_limit) return refuse("nested more than 64 levels deep", false);
        ++depth_;
        objects_ = (objects_ << 1U) | (is_object ? 1U : 0U);
        ++at_;
        want_ = is_object ? Want::key_or_end : Want::value_or_end;
        is_object ? handler_.start_object() : handler_.start_array();
    }

    void close() {
        const bool was_object = in_object();
        objects_ >>= 1U;
        --depth_;
        ++at_;
        after_value();
        was_object ? handler_.end_object() : handler_.end_array();
    }

    void after_value() { want_ = depth_ == 0 ? Want::nothing : Want::separator_or_end; }

    void key() {
        const auto name = quoted_text();
        if (!name) return;
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != ':') return refuse();
        ++at_;
        want_ = Want::value;
        handler_.key(*name);
    }

    void value(char c) {
        if (c == '{' || c == '[') return open(c == '{');
        if (c == '"') {
            const auto text = quoted_text();
            if (!text) return;
            handler_.text(*text);
        } else if (take_word("null")) {
            handler_.null();
        } else if (take_word("true")) {
            handler_.boolean(true);
        } else if (take_word("false")) {
            handler_.boolean(false);
        } else {
            bool is_integer = false;
            const std::size_t length = json_number_length(text_.substr(at_), is_integer);
            if (length == 0) return refuse();
            handler_.number(text_.substr(at_, length), is_integer);
            at_ += length;
        }
        after_value();
    }

    bool take_word(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    // ASCII that stands for itself: no quote, backslash or control character.
    static bool is_plain(char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
    }

    std::optional<JsonText> quoted_text() {
        if (text_[at_] != '"') {
            refuse();
            return std::nullopt;
        }
        const std::size_t begin = ++at_;
        JsonText text;
        bool is_ascii = true;
        for (;;) {
            while (at_ < text_.size() && is_plain(text_[at_])) ++at_;
            if (at_ == text_.size()) break;
            const char c = text_[at_];
            if (c == '"') break;
            std::size_t length = 1;
            if (c == '\\') {
                text.has_escapes = true;
                length = json_escape_length(text_.substr(at_));
            } else if (static_cast<unsigned char>(c) < 0x20) {
                length = 0;
            } else {
                is_ascii = false;
            }
            if (length == 0) {
                refuse();
                return std::nullopt;
            }
            at_ += length;
        }
        text.raw = text_.substr(begin, at_ - begin);
        const auto bad = is_ascii ? std::nullopt : find_invalid_utf8(text.raw);
        if (bad) {
            at_ = begin + *bad;
            refuse("not valid UTF-8");
        } else if (at_ == text_.size()) {
            refuse();
        } else {
            ++at_;
            return text;
        }
        return std::nullopt;
    }

    std::string_view text_;
    Handler& handler_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::uint64_t objects_ = 0;
    Want want_ = Want::value;
    std::optional<JsonProblem> problem_;
};

// What is wrong with the text as one JSON value; nullopt: nothing.
std::optional<JsonProblem> json_problem(std::string_view text);

}  // namespace smtpaudit
