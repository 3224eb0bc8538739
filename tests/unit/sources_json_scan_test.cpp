#include "sources/json_scan.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>
#include <random>
#include <vector>

using namespace smtpaudit;

namespace {

// Builds the value again from the events, to compare it with what nlohmann makes of the text.
class Builder {
public:
    void start_object() { stack_.push_back({nlohmann::json::object(), take_key()}); }
    void start_array() { stack_.push_back({nlohmann::json::array(), take_key()}); }
    void end_object() { end(); }
    void end_array() { end(); }
    void key(const JsonText& text) { key_ = std::string(text.decode(room_)); }
    void text(const JsonText& text) { put(std::string(text.decode(room_))); }
    void number(std::string_view raw, bool) { put(nlohmann::json::parse(raw)); }
    void boolean(bool value) { put(value); }
    void null() { put(nullptr); }
    nlohmann::json result;

private:
    struct Open {
        nlohmann::json value;
        std::string key;
    };
    std::string take_key() { return std::exchange(key_, {}); }
    void end() {
        Open done = std::move(stack_.back());
        stack_.pop_back();
        key_ = done.key;
        put(std::move(done.value));
    }
    void put(nlohmann::json value) {
        const std::string key = take_key();
        if (stack_.empty()) {
            result = std::move(value);
        } else if (stack_.back().value.is_object()) {
            stack_.back().value[key] = std::move(value);
        } else {
            stack_.back().value.push_back(std::move(value));
        }
    }
    std::vector<Open> stack_;
    std::string key_, room_;
};

// True where both agree, on yes with the same value or on no.
bool agrees(const std::string& text) {
    Builder builder;
    const auto problem = JsonScanner(text, builder).run();
    const auto other = nlohmann::json::parse(text, nullptr, false);
    if (problem) return other.is_discarded();
    return !other.is_discarded() && builder.result == other;
}

}  // namespace

TEST_CASE("valid JSON is read as another parser reads it") {
    for (const char* text : {"{}",
                             "[]",
                             " [ ] ",
                             "null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "12",
                             "-1.5",
                             "1e3",
                             "1E+2",
                             "0.25e-2",
                             "\"\"",
                             "\"a\"",
                             "{\"a\":{\"b\":[1,[2,{\"c\":null}]]}}",
                             "[[],{},\"]\",\"}\"]",
                             "{\"a\":1,\"a\":2}",
                             "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                             "\"\\u00e9\\u20AC\"",
                             "\"\\ud83d\\ude00\"",
                             "\"\\u0000\"",
                             "\"Z\xC3\xBCrich \xF0\x9F\x98\x80\"",
                             "\t\r\n1 ",
                             "18446744073709551615",
                             "\"\x7F\""}) {
        INFO(text);
        Builder builder;
        CHECK_FALSE(JsonScanner(std::string_view(text), builder).run());
        CHECK(agrees(text));
    }
}

TEST_CASE("what is not JSON is refused as another parser refuses it") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "[",
                             "}",
                             "]",
                             "[1",
                             "[1,",
                             "[1,]",
                             "[,1]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{\"a\":1 \"b\":2}",
                             "[1}",
                             "{\"a\":1]",
                             "01",
                             "-",
                             "1.",
                             ".5",
                             "1e",
                             "+1",
                             "nul",
                             "nulls",
                             "tru",
                             "'a'",
                             "\"a",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"\\u12G4\"",
                             "\"\\ud83d\"",
                             "\"\\ud83dx\"",
                             "\"\\ude00\"",
                             "\"\\ud83d\\u0041\"",
                             "\"\n\"",
                             "\"\t\"",
                             "\"\xFF\"",
                             "\"\xC3\"",
                             "\"\xED\xA0\x80\"",
                             "1 2",
                             "[] []",
                             "NaN",
                             "// x\n1",
                             "\"\\",
                             "\"\\\"",
                             "{\"a\":1}}",
                             "\xEF\xBB\xBF"
                             "1x"}) {
        INFO(text);
        Builder builder;
        CHECK(JsonScanner(std::string_view(text), builder).run());
        CHECK(agrees(text));
    }
}

TEST_CASE("texts with a byte changed are judged as another parser judges them") {
    const std::string whole =
        R"({"id":"a\u00e9\n","n":[-1.5e2,0,true,null],"o":{"x":"\ud83d\ude00","y":[]},"t":"Zürich"})";
    REQUIRE(agrees(whole));
    std::mt19937 chance(17);
    const std::string bytes = "{}[]\",:\\u0123eE+-.tfn \n\xC3\xA9\xED\x80";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = whole;
        for (std::uint32_t change = 0; change <= chance() % 3; ++change) {
            const std::size_t at = chance() % text.size();
            const char byte = bytes[chance() % bytes.size()];
            switch (chance() % 3) {
                case 0: text[at] = byte; break;
                case 1: text.insert(at, 1, byte); break;
                default: text.erase(at, 1); break;
            }
        }
        if (!agrees(text)) FAIL("the parsers differ on: " << text);
    }
}

TEST_CASE("every cut of a text is refused") {
    const std::string whole = R"({"id":"a\u00e9","n":[-1.5e2,true],"o":{"x":"é"}})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Builder builder;
        const auto problem = JsonScanner(std::string_view(whole).substr(0, size), builder).run();
        REQUIRE(problem);
        CHECK(problem->syntax);
    }
}

TEST_CASE("the depth limit is exact and no matter of syntax") {
    for (const std::size_t depth : {k_json_depth_limit, k_json_depth_limit + 1}) {
        const std::string text = std::string(depth, '[') + std::string(depth, ']');
        Builder builder;
        const auto problem = JsonScanner(std::string_view(text), builder).run();
        CHECK(problem.has_value() == (depth > k_json_depth_limit));
        if (problem) CHECK_FALSE(problem->syntax);
    }
}

TEST_CASE("a problem tells the byte where it was noticed") {
    Builder builder;
    CHECK(JsonScanner(std::string_view("{\"a\": x}"), builder).run()->offset == 6);
    CHECK(JsonScanner(std::string_view("[\"ab\xFF\"]"), builder).run()->offset == 4);
    CHECK(JsonScanner(std::string_view("[\"ab\xFF\"]"), builder).run()->what == "not valid UTF-8");
}
