#include "sources/decode.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::size_t k_block = std::size_t{64} * 1024;

enum class Encoding : std::uint8_t { utf8, utf16_le, utf16_be };

struct BinaryFormat {
    std::string_view first_bytes;
    std::string_view name;
};

using namespace std::string_view_literals;
constexpr std::array<BinaryFormat, 10> k_binary_formats = {{
    {"PK\x03\x04"sv, "an Excel workbook (xlsx) or another ZIP file"},
    {"PK\x05\x06"sv, "an empty ZIP file"},
    {"\x89PNG"sv, "a PNG picture"},
    {"\xFF\xD8\xFF"sv, "a JPEG picture"},
    {"GIF8"sv, "a GIF picture"},
    {"%PDF-"sv, "a PDF document"},
    {"\x1F\x8B"sv, "a gzip archive"},
    {"\xD0\xCF\x11\xE0"sv, "an old Excel workbook (xls) or an Outlook message"},
    {"SQLite format 3"sv, "an SQLite database"},
    {"7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive"},
}};

// Eight bytes as a number, the first of them the lowest, on every machine.
std::uint64_t load8(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

// The number of bytes at the front that are ASCII and not NUL.
std::size_t plain_length(std::string_view text) {
    constexpr std::uint64_t k_high_bits = 0x8080808080808080U;
    constexpr std::uint64_t k_ones = 0x0101010101010101U;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        const std::uint64_t word = load8(text.data() + at);
        // word - k_ones borrows into a high bit where a byte is 0 (all others are below 0x80).
        if (((word | (word - k_ones)) & k_high_bits) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at] - 1) < 0x7F) ++at;
    return at;
}

// How many bytes the sequence that begins with this byte has; 0: none begins so.
std::size_t sequence_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte >= 0xC2 && byte <= 0xDF) return 2;
    if (byte >= 0xE0 && byte <= 0xEF) return 3;
    return byte >= 0xF0 && byte <= 0xF4 ? 4 : 0;
}

char* put_utf8(char* out, char32_t code) {
    const auto put = [&](char32_t value) { *out++ = static_cast<char>(value); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
    return out;
}

// Copies characters off the front of UTF-16 as long as they are ASCII and not NUL, four at a time;
// returns how many. Their value is in the byte `low` of each two.
std::size_t copy_ascii(std::string_view utf16, std::size_t low, char* out) {
    constexpr std::uint64_t k_ones = 0x0001000100010001U;
    constexpr std::uint64_t k_not_ascii = 0xFF80FF80FF80FF80U;
    const std::uint64_t other_bytes = low == 0 ? 0 : 0x00FF00FF00FF00FFU;
    std::size_t count = 0;
    for (; 2 * count + 8 <= utf16.size(); count += 4) {
        std::uint64_t word = load8(utf16.data() + 2 * count);
        if ((word & other_bytes) != 0) break;
        word >>= 8 * low;
        // word - k_ones borrows into a high byte where a character is 0.
        if (((word | (word - k_ones)) & k_not_ascii) != 0) break;
        word |= word >> 8U;
        out[count] = static_cast<char>(word);
        out[count + 1] = static_cast<char>(word >> 8U);
        out[count + 2] = static_cast<char>(word >> 32U);
        out[count + 3] = static_cast<char>(word >> 40U);
    }
    return count;
}

bool is_utf16_of_ascii(std::string_view bytes, std::size_t low_byte) {
    return bytes.size() >= 4 && bytes[low_byte] != 0 && bytes[low_byte + 2] != 0 &&
           bytes[1 - low_byte] == 0 && bytes[3 - low_byte] == 0;
}

}  // namespace

void TextCursor::advance(std::string_view text) {
    if (text.empty()) return;
    if (after_cr_ && text.front() == '\n') text.remove_prefix(1);
    after_cr_ = !text.empty() ? text.back() == '\r' : false;
    const char* at = text.data();
    const char* const end = at + text.size();
    const char* line_start = nullptr;
    while (at != end) {
        const auto left = static_cast<std::size_t>(end - at);
        const auto* lf = static_cast<const char*>(std::memchr(at, '\n', left));
        const char* const stop = lf != nullptr ? lf : end;
        while (const auto* cr = static_cast<const char*>(
                   std::memchr(at, '\r', static_cast<std::size_t>(stop - at)))) {
            at = cr + 1;
            if (at == lf) break;  // CR LF is one line end
            ++line_;
            line_start = at;
        }
        if (lf == nullptr) break;
        at = lf + 1;
        ++line_;
        line_start = at;
    }
    if (line_start != nullptr) column_ = 1;
    const char* from = line_start != nullptr ? line_start : text.data();
    column_ += static_cast<std::uint64_t>(std::count_if(
        from, end, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string at_cursor(const std::string& name, const TextCursor& cursor) {
    return fmt::format("{}:{}:{}", name, cursor.line(), cursor.column());
}

std::string_view binary_format(std::string_view first_bytes) {
    for (const BinaryFormat& format : k_binary_formats)
        if (first_bytes.starts_with(format.first_bytes)) return format.name;
    return {};
}

struct TextDecoder::State {
    std::unique_ptr<ByteSource> bytes;
    std::string name;
    std::stop_token stop;
    Encoding encoding = Encoding::utf8;
    std::string raw = std::string(k_block, '\0');
    std::size_t held = 0;  // bytes in `raw` that are not decoded yet
    std::size_t given = 0;  // bytes at the front of `raw` that the last block showed
    bool at_end = false;  // of the bytes
    std::string converted;  // a block of UTF-16 as UTF-8
    std::string_view block;
    bool block_is_fresh = false;  // the opening, not given yet
    TextCursor position;  // behind `block`
    std::optional<Error> pending;  // to be told after `block`

    Result<void> fill();
    Result<void> decode();
    std::size_t decode_utf8();
    std::size_t decode_utf16();
    void take_bom();
    void problem(std::string_view what);
};

// Fills the block whole, so that a pipe that gives single bytes costs no more than a file.
Result<void> TextDecoder::State::fill() {
    std::memmove(raw.data(), raw.data() + given, held);
    given = 0;
    while (!at_end && held < raw.size()) {
        if (stop.stop_requested()) return fail(Errc::interrupted, name + ": reading was stopped");
        SA_TRY(const std::size_t count,
               bytes->read(std::span<char>(raw.data() + held, raw.size() - held)));
        at_end = count == 0;
        held += count;
    }
    if (stop.stop_requested()) return fail(Errc::interrupted, name + ": reading was stopped");
    return {};
}

void TextDecoder::State::problem(std::string_view what) {
    TextCursor there = position;
    there.advance(block);
    pending = Error{Errc::input,
                    fmt::format("{}: {}; save the file again as \"CSV UTF-8\", or export it again",
                                at_cursor(name, there), what)};
}

// Both give the number of bytes used; what is left is the beginning of a character.
std::size_t TextDecoder::State::decode_utf8() {
    const std::string_view text(raw.data(), held);
    std::size_t at = 0;
    std::string_view what;
    while (at < text.size()) {
        at += plain_length(text.substr(at));
        if (at == text.size()) break;
        const std::size_t length = sequence_length(text[at]);
        if (length == 1) what = "a NUL character: this is not text, or it is damaged";
        const bool is_cut = at + length > text.size();
        if (length > 1 && is_cut && !at_end) break;
        if (length == 0 || is_cut || find_invalid_utf8(text.substr(at, length)))
            what = "bytes that are not valid UTF-8";
        if (!what.empty()) break;
        at += length;
    }
    block = text.substr(0, at);
    if (!what.empty()) problem(what);
    return at;
}

std::size_t TextDecoder::State::decode_utf16() {
    const std::size_t low = encoding == Encoding::utf16_le ? 0 : 1;
    const auto unit = [&](std::size_t at) {
        return static_cast<char32_t>(static_cast<unsigned char>(raw[at + low]) |
                                     static_cast<unsigned char>(raw[at + 1 - low]) << 8U);
    };
    converted.resize(raw.size() / 2 * 3);  // the most that a block can become
    char* out = converted.data();
    std::size_t at = 0;
    std::string_view what;
    while (at + 2 <= held && what.empty()) {
        const std::size_t ascii = copy_ascii({raw.data() + at, held - at}, low, out);
        out += ascii;
        at += 2 * ascii;
        if (at + 2 > held) break;
        const char32_t first = unit(at);
        if (first - 1 < 0x7F) {
            *out++ = static_cast<char>(first);
            at += 2;
        } else if (first == 0) {
            what = "a NUL character: this is not text, or it is damaged";
        } else if (first >= 0xD800 && first < 0xE000) {
            if (at + 4 > held && !at_end) break;
            const char32_t second = at + 4 <= held ? unit(at + 2) : 0;
            if (first >= 0xDC00 || second < 0xDC00 || second >= 0xE000) {
                what = "half a UTF-16 character (a lone surrogate)";
            } else {
                out = put_utf8(out, 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00));
                at += 4;
            }
        } else {
            out = put_utf8(out, first);
            at += 2;
        }
    }
    block = {converted.data(), static_cast<std::size_t>(out - converted.data())};
    if (what.empty() && at_end && at + 1 == held) what = "half a UTF-16 character (an odd byte)";
    if (!what.empty()) problem(what);
    return at;
}

Result<void> TextDecoder::State::decode() {
    position.advance(block);
    block = {};
    SA_CHECK(fill());
    const std::size_t used = encoding == Encoding::utf8 ? decode_utf8() : decode_utf16();
    given += used;
    held -= used;
    return {};
}

void TextDecoder::State::take_bom() {
    const std::string_view first(raw.data(), held);
    std::size_t bom = 0;
    if (first.starts_with("\xEF\xBB\xBF")) {
        bom = 3;
    } else if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF")) {
        encoding = first.front() == '\xFF' ? Encoding::utf16_le : Encoding::utf16_be;
        bom = 2;
    } else if (is_utf16_of_ascii(first, 0)) {
        encoding = Encoding::utf16_le;
    } else if (is_utf16_of_ascii(first, 1)) {
        encoding = Encoding::utf16_be;
    }
    given = bom;
    held -= bom;
}

TextDecoder::TextDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextDecoder::TextDecoder(TextDecoder&&) noexcept = default;
TextDecoder& TextDecoder::operator=(TextDecoder&&) noexcept = default;
TextDecoder::~TextDecoder() = default;

Result<TextDecoder> TextDecoder::open(std::unique_ptr<ByteSource> bytes, std::string name,
                                      std::stop_token stop) {
    auto state = std::make_unique<State>();
    state->bytes = std::move(bytes);
    state->name = std::move(name);
    state->stop = std::move(stop);
    SA_CHECK(state->fill());
    const auto binary = binary_format({state->raw.data(), state->held});
    if (!binary.empty())
        return fail(
            Errc::input,
            fmt::format("{}:1:1: looks like {}, which is no export of evidence; give the file "
                        "as CSV (UTF-8 or UTF-16) or JSON",
                        state->name, binary));
    state->take_bom();
    if (state->held == 0)
        return fail(Errc::input,
                    state->name + ":1:1: the file is empty; export or download it again");
    SA_CHECK(state->decode());
    if (state->block.empty() && state->pending) return tl::unexpected(std::move(*state->pending));
    state->block_is_fresh = true;
    return TextDecoder(std::move(state));
}

const std::string& TextDecoder::name() const { return state_->name; }
std::string_view TextDecoder::opening() const { return state_->block; }

Result<std::string_view> TextDecoder::next() {
    State& state = *state_;
    if (!std::exchange(state.block_is_fresh, false)) {
        if (state.pending) return tl::unexpected(*state.pending);
        SA_CHECK(state.decode());
        if (state.block.empty() && state.pending) return tl::unexpected(*state.pending);
    }
    return state.block;
}

}  // namespace smtpaudit
