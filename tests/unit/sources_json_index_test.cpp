#include "sources/json_index.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace smtpaudit;

namespace {

// The events of a text, written down.
class Events {
public:
    void start_object() { all += '{'; }
    void end_object() { all += '}'; }
    void start_array() { all += '['; }
    void end_array() { all += ']'; }
    void key(const JsonText& text) { all += std::string(text.decode(room_)) + ":\n"; }
    void text(const JsonText& text) { all += '"' + std::string(text.decode(room_)) + "\"\n"; }
    void number(std::string_view raw, bool is_integer) {
        all += std::string(raw) + (is_integer ? " whole\n" : "\n");
    }
    void boolean(bool value) { all += value ? "yes\n" : "no\n"; }
    void null() { all += "null\n"; }
    std::string all;

private:
    std::string room_;
};

struct Taken {
    std::string events;
    std::size_t length = 0;
};

// What the quick way makes of the value that a text begins with; nullopt: it leaves it alone.
std::optional<Taken> quickly(const std::string& text) {
    static JsonIndex index(1 << 16);
    const std::string padded = text + std::string(k_json_padding, '!');
    const auto block = std::string_view(padded).substr(0, text.size());
    const auto places = index.find(block);
    Events events;
    const std::size_t used =
        IndexedScanner({block, places, find_backslash(block, 0)}, events).run();
    // The last place of a list or an object is its end; nothing else is taken by itself.
    if (used == 0 || (text[places[0]] != '{' && text[places[0]] != '[')) return std::nullopt;
    return Taken{events.all, places[used - 1] + std::size_t{1}};
}

std::optional<std::string> slowly(std::string_view text) {
    Events events;
    if (JsonScanner(text, events).run()) return std::nullopt;
    return events.all;
}

const std::vector<std::string> k_records = {
    "{}",
    "{\"a\":{\"b\":[1,[2,{\"c\":null}]]}}",
    "[[],{},\"]\",\"}\",\"{\\\"\"]",
    " { \"a\" : [ true , false ,\t-1.5e+3 , 0 ] ,\r\n \"\" : \"\" } ",
    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\",\"Z\xC3\xBCrich "
    "\xF0\x9F\x98\x80\":\"\x7F\"}",
    "{\"a\":\"\\\\\",\"b\":\"\\\\\\\"\",\"c\":12345678901234567890123}",
    "{\"id\":\"5\",\"status\":{\"errorCode\":50126,\"failureReason\":null},\"list\":[{\"x\":[]},{"
    "\"y\":{}}]}",
    "{\"long\":\"" + std::string(200, 'x') + "\\n" + std::string(200, 'y') + "\",\"b\":[0.25,1E2]}",
};

}  // namespace

TEST_CASE("the index leads to the same events as the scanner") {
    for (const std::string& text : k_records) {
        INFO(text);
        const auto quick = quickly(text);
        REQUIRE(quick);
        CHECK(quick->events == slowly(text));
    }
}

TEST_CASE("a value is taken without what stands behind it") {
    const auto quick = quickly("{\"a\":[1]},{\"b\":2}");
    REQUIRE(quick);
    CHECK(quick->length == 9);
    CHECK(quick->events == slowly("{\"a\":[1]}"));
}

TEST_CASE("what is not plainly valid is left to the scanner") {
    for (const char* text : {"",
                             "{",
                             "{\"a\":1",
                             "{\"a\":\"b",
                             "{\"a\" 1}",
                             "{\"a\":1,}",
                             "{\"a\":1]",
                             "[1}",
                             "[1 2]",
                             "[1,]",
                             "{a:1}",
                             "{\"a\":01}",
                             "{\"a\":1.}",
                             "{\"a\":nulls}",
                             "{\"a\":\"b\"c}",
                             "{\"a\":\"\\x\"}",
                             "{\"a\":\"\\ud83d\"}",
                             "{\"a\":\"\\u12\"}",
                             "{\"a\":\"\n\"}",
                             "{\"a\":\"\xC3\"}",
                             "{\"a\":\"\xED\xA0\x80\"}",
                             "{\"a\":\xA0 1}",
                             "{\\\"a\":1}",
                             "{\"a\":\f1}"}) {
        INFO(text);
        CHECK_FALSE(quickly(text));
    }
    CHECK_FALSE(quickly(std::string(70'000, ' ')));  // larger than the index
    CHECK(quickly(std::string(64, '[') + std::string(64, ']')));
    CHECK_FALSE(quickly(std::string(65, '[') + std::string(65, ']')));
}

// A damaged text is never taken by the quick way alone: what it takes, the scanner and nlohmann's
// parser take with the same meaning.
TEST_CASE("damaged JSON is never read more kindly by the index") {
    std::mt19937 random(20261125);
    const auto below = [&](std::size_t limit) { return random() % limit; };
    // No "e": nlohmann's parser also refuses numbers that no double can hold.
    const std::string alphabet = "{}[]:,\"\\\\ \n019-.trufalsn\x01\xC3\xA9";
    std::size_t taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = k_records[below(k_records.size())];
        for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
            const std::size_t at = below(text.size() + 1);
            const char c = alphabet[below(alphabet.size())];
            switch (below(3)) {
                case 0: text.insert(at, 1, c); break;
                case 1: text.erase(at, 1 + below(2)); break;
                default:
                    if (at < text.size()) text[at] = c;
            }
        }
        const auto quick = quickly(text);
        if (!quick || text.empty()) continue;
        ++taken;
        const std::string value = text.substr(0, quick->length);
        if (slowly(value) == quick->events && nlohmann::json::accept(value)) continue;
        INFO(value);
        CHECK(slowly(value) == quick->events);
        CHECK(nlohmann::json::accept(value));
    }
    CHECK(taken > 1'500);
}
