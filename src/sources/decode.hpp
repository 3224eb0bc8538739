// Text out of bytes: UTF-8 and UTF-16 in, valid UTF-8 without NUL out, block by block.
#pragma once

#include "base/files.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Where in a text something stands, counted as an editor counts: lines end with LF, CR LF or CR,
// columns are characters; both from 1.
class TextCursor {
public:
    TextCursor() = default;
    explicit TextCursor(std::uint64_t line) : line_(line) {}
    // Walks over `text`; line ends may be split between calls.
    void advance(std::string_view text);
    std::uint64_t line() const { return line_; }
    std::uint64_t column() const { return column_; }

private:
    std::uint64_t line_ = 1;
    std::uint64_t column_ = 1;
    bool after_cr_ = false;  // an LF that comes now belongs to the line end before
};

// "report.csv:17:4"
std::string at_cursor(const std::string& name, const TextCursor& cursor);

// What is not text at all, by its first bytes: "an Excel workbook or another ZIP file" …; empty:
// may be text.
std::string_view binary_format(std::string_view first_bytes);

// Encodings: UTF-8 with and without BOM; UTF-16 of either byte order with BOM, or without one
// where the first two characters are ASCII. Move-only.
class TextDecoder {
public:
    // Reads the first block. An empty source, a BOM alone, or bytes that are not text (an xlsx, a
    // PNG …) are Errc::input. `name` is for messages.
    static Result<TextDecoder> open(std::unique_ptr<ByteSource> bytes, std::string name,
                                    std::stop_token stop);
    TextDecoder(TextDecoder&&) noexcept;
    TextDecoder& operator=(TextDecoder&&) noexcept;
    ~TextDecoder();

    const std::string& name() const;
    // The beginning of the text, up to the first block (about 64 KiB); next() gives it again.
    // Valid until next() is called.
    std::string_view opening() const;
    // The next piece of text, valid until the next call; empty is the end. Bytes that are not
    // valid text, or a NUL character: Errc::input with name:line:column, after the text before
    // them was given. A stop: Errc::interrupted.
    Result<std::string_view> next();

private:
    struct State;
    explicit TextDecoder(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace smtpaudit
