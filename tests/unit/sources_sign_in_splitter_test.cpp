#include "sources/json_splitter.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

struct Split {
    std::vector<std::string> records, wrappers;
    std::vector<TextCursor> at;
    std::string problem;

    explicit Split(std::string_view text, std::size_t step = 1) {
        JsonSplitter splitter(
            "x.json",
            [&](std::string_view record, const TextCursor& where) -> Result<void> {
                records.emplace_back(record);
                at.push_back(where);
                return {};
            },
            [&](std::string_view wrapper, const TextCursor&) -> Result<void> {
                wrappers.emplace_back(wrapper);
                return {};
            });
        const auto run = [&]() -> Result<void> {
            for (std::size_t i = 0; i < text.size(); i += step)
                SA_CHECK(splitter.feed(text.substr(i, step)));
            return splitter.finish();
        };
        if (auto done = run(); !done) problem = done.error().message;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a Graph page gives its records and then what is around them") {
    const Split split(
        R"({"@odata.context":"c","value":[{"id":"1"}, {"id":"2"}],"@odata.nextLink":"n"})");
    CHECK(split.problem.empty());
    CHECK(split.records == Texts{R"({"id":"1"})", R"({"id":"2"})"});
    CHECK(split.wrappers == Texts{R"({"@odata.context":"c","value":[],"@odata.nextLink":"n"})"});
}

TEST_CASE("a bare array and JSON Lines and lots of records give the same records") {
    const Texts expected = {R"({"a":1})", R"({"b":[{"c":"]}"}]})"};
    for (const char* text :
         {R"([{"a":1},{"b":[{"c":"]}"}]}])", "{\"a\":1}\n{\"b\":[{\"c\":\"]}\"}]}\n",
          R"({"records":[{"a":1},{"b":[{"c":"]}"}]}]})",
          "{\"Records\":[{\"a\":1}]}\r\n{\"records\":[{\"b\":[{\"c\":\"]}\"}]}]}",
          R"([{"value":[{"a":1}]},{"value":[{"b":[{"c":"]}"}]}]}])"}) {
        INFO(text);
        for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
            const Split split(text, step);
            CHECK(split.problem.empty());
            CHECK(split.records == expected);
        }
    }
}

TEST_CASE("quotes and brackets within texts end nothing") {
    const Split split(R"({"a":"\"}]{[,\\"})");
    CHECK(split.problem.empty());
    CHECK(split.records == Texts{R"({"a":"\"}]{[,\\"})"});
}

TEST_CASE("a list of another name and a nested value belong to the record") {
    const Split split(
        R"({"id":"1","details":[{"key":"k","value":["v"]}],"x":{"value":[{"y":1}]}})");
    CHECK(split.problem.empty());
    CHECK(split.records.size() == 1);
    CHECK(split.wrappers.empty());
}

TEST_CASE("records know their line and column") {
    const Split split("[\n  {\"a\":\n1},\n {\"b\":2}]");
    REQUIRE(split.at.size() == 2);
    CHECK(split.at[0].line() == 2);
    CHECK(split.at[0].column() == 3);
    CHECK(split.at[1].line() == 4);
    CHECK(split.at[1].column() == 2);
}

TEST_CASE("broken structure is told with its place") {
    CHECK(Split("[{\"a\":1} {\"b\":2}]").problem ==
          "x.json:1:10: not JSON: a comma or the end of the list is expected here");
    CHECK(Split("[{\"a\":1},]").problem == "x.json:1:10: not an export: a record is expected here");
    CHECK(Split("[1]").problem == "x.json:1:2: not an export: a record is expected here");
    CHECK(Split("{}\nhello").problem ==
          "x.json:2:1: not JSON: a record or a list of records is expected here");
    CHECK(Split("[\n{\"a\":\"").problem ==
          "x.json:2:1: the file ends in the middle of this record; export it again");
    CHECK(Split("{\"value\":[{}").problem ==
          "x.json:1:13: the file ends before its list does; export it again");
    CHECK(Split("{\"value\":[{}]").problem ==
          "x.json:1:1: the file ends in the middle of this record; export it again");
}

TEST_CASE("a record over the cap is refused where it begins and not kept") {
    const std::string text = "\n{\"a\":\"" + std::string(2 * k_json_record_limit, 'x') + "\"}";
    CHECK(Split(text, 64 * 1024).problem ==
          "x.json:2:1: this record is over 1 MiB; is it an export?");
    const std::string brackets = "{\"a\":" + std::string(2 * k_json_record_limit, '[');
    CHECK(Split(brackets, 64 * 1024).problem ==
          "x.json:1:1: this record is over 1 MiB; is it an export?");
}

TEST_CASE("an empty list has no record and no problem") {
    CHECK(Split("[]").problem.empty());
    CHECK(Split(" [ ] ").records.empty());
    CHECK(Split("{\"value\":[]}").wrappers.size() == 1);
}
