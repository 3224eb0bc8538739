#include "sources/decode.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::string_literals;

namespace {

struct Decoded {
    std::string text;
    std::string error;
    Errc code = Errc::input;
};

Decoded decode(std::string bytes, std::size_t step = 64 * 1024, std::stop_token stop = {}) {
    Decoded out;
    auto decoder =
        TextDecoder::open(std::make_unique<TextSource>(std::move(bytes), step), "f.csv", stop);
    Result<std::string_view> block;
    while (decoder && (block = decoder->next()) && !block->empty()) out.text += *block;
    const auto error = !decoder ? decoder.error() : !block ? block.error() : Error{};
    out.error = error.message;
    out.code = error.code;
    return out;
}

// Long enough for several blocks, with characters that fall on block ends.
std::string long_text() {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += i % 7 == 0 ? "é€\r\n" : "abcde\n";
    return text;
}

}  // namespace

TEST_CASE("every encoding gives the same text whatever the size of the pieces") {
    const std::string text = long_text();
    const std::vector<std::string> encoded = {text, "\xEF\xBB\xBF" + text,
                                              "\xFF\xFE" + to_utf16(text, false),
                                              "\xFE\xFF" + to_utf16(text, true)};
    for (const std::string& bytes : encoded)
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{64 * 1024}}) {
            const Decoded got = decode(bytes, step);
            CHECK(got.error.empty());
            CHECK((got.text == text));
        }
}

TEST_CASE("UTF-16 without a BOM is known by the NUL bytes of its header") {
    CHECK(decode(to_utf16("date,sender é", false)).text == "date,sender é");
    CHECK(decode(to_utf16("date,sender é", true)).text == "date,sender é");
}

TEST_CASE("a character outside the first plane is decoded from its surrogates") {
    CHECK(decode("\xFF\xFE"s + "\x3D\xD8\x00\xDE"s).text == "😀");
    CHECK(decode("\xFE\xFF"s + "\xD8\x3D\xDE\x00"s, 1).text == "😀");
}

TEST_CASE("invalid UTF-8 is an error that names line and column and what to do") {
    const std::string begin = "a,b\r\n1,é";
    for (const std::string bad :
         {"\xFF", "\xC3(", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
        const Decoded got = decode(begin + bad + "x", 1);
        CHECK(got.error.rfind("f.csv:2:4: bytes that are not valid UTF-8", 0) == 0);
        CHECK(got.error.find("CSV UTF-8") != std::string::npos);
        CHECK(got.text == begin);
    }
    CHECK(decode("a\rb\xE2\x82").error.rfind("f.csv:2:2: ", 0) == 0);
}

TEST_CASE("an error behind the first block still names its line") {
    const std::string text = long_text();
    CHECK(decode(text + "ab\xFF").error.rfind("f.csv:40001:3: ", 0) == 0);
    CHECK(decode("\xFF\xFE" + to_utf16(text + "ab", false) + "\x00\xDC"s)
              .error.rfind("f.csv:40001:3: ", 0) == 0);
}

TEST_CASE("a lone surrogate or an odd byte is an error") {
    const std::string bom = "\xFF\xFE";
    CHECK(decode(bom + "a\0"s + "\x3D\xD8"s).error.rfind("f.csv:1:2: half", 0) == 0);
    CHECK(decode(bom + "\x3D\xD8"s + "a\0"s).error.rfind("f.csv:1:1: half", 0) == 0);
    CHECK(decode(bom + "\x00\xDE"s).error.rfind("f.csv:1:1: half", 0) == 0);
    CHECK(decode(bom + "a\0b"s).error.rfind("f.csv:1:2: half", 0) == 0);
}

TEST_CASE("a NUL character is an error in every encoding") {
    CHECK(decode("ab\n12\0"s).error.rfind("f.csv:2:3: a NUL", 0) == 0);
    CHECK(decode("abcdefghijklmnop\0qrstuvwxyz"s).error.rfind("f.csv:1:17: a NUL", 0) == 0);
    CHECK(decode("\xFF\xFE"s + "a\0\0\0"s).error.rfind("f.csv:1:2: a NUL", 0) == 0);
}

TEST_CASE("an empty source and a BOM alone are empty files") {
    CHECK(decode("").error.find("is empty") != std::string::npos);
    CHECK(decode("\xEF\xBB\xBF").error.find("is empty") != std::string::npos);
    CHECK(decode("\xFF\xFE").error.find("is empty") != std::string::npos);
}

TEST_CASE("a stop ends the reading") {
    std::stop_source stop;
    auto decoder =
        TextDecoder::open(std::make_unique<TextSource>(long_text()), "f.csv", stop.get_token());
    REQUIRE(decoder);
    REQUIRE(decoder->next());
    stop.request_stop();
    const auto block = decoder->next();
    REQUIRE(!block);
    CHECK(block.error().code == Errc::interrupted);
    CHECK(decode("abc", 1, stop.get_token()).code == Errc::interrupted);
}

TEST_CASE("the opening is given again by next") {
    auto decoder = TextDecoder::open(std::make_unique<TextSource>("abc", 1), "f.csv", {});
    REQUIRE(decoder);
    CHECK(decoder->opening() == "abc");
    CHECK(decoder->next().value() == "abc");
    CHECK(decoder->next().value().empty());
    CHECK(decoder->next().value().empty());
}

TEST_CASE("lines end with LF or CR LF or CR also when split between calls") {
    TextCursor whole;
    whole.advance("a\r\nb\rc\nd\n\r\ré");
    CHECK(whole.line() == 7);
    CHECK(whole.column() == 2);
    TextCursor split;
    for (const char c : "a\r\nb\rc\nd\n\r\ré"s) split.advance(std::string_view(&c, 1));
    CHECK(split.line() == 7);
    CHECK(split.column() == 2);
}
