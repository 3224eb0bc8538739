#include "report/flat_row.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::vector<nlohmann::ordered_json> lines_of(const Report& report) {
    TextSink sink;
    REQUIRE(find_writer("jsonl")->write(report, {}, sink));
    std::vector<nlohmann::ordered_json> out;
    std::string_view text = sink.text;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        REQUIRE(end != std::string_view::npos);
        out.push_back(nlohmann::ordered_json::parse(text.substr(0, end)));
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace

TEST_CASE("each line has the columns of the CSV in their order") {
    const auto lines = lines_of(sample_report());
    REQUIRE(lines.size() == 8);
    for (const auto& line : lines) {
        std::size_t i = 0;
        REQUIRE(line.size() == flat_columns().size());
        for (const auto& [name, value] : line.items()) CHECK(name == flat_columns()[i++].name);
    }
}

TEST_CASE("numbers are numbers and what is absent is null") {
    const auto lines = lines_of(sample_report());
    CHECK(lines[0]["kind"] == "account");
    CHECK(lines[0]["basic_messages"] == 3700);
    CHECK(lines[0]["known_share"] == 0.62);
    CHECK(lines[0]["addresses"] == "203.0.113.7;203.0.113.8");
    CHECK(lines[1]["accepted_until"].is_null());
    CHECK(lines[1]["owner"].is_null());
    CHECK(lines.back()["kind"] == "device");
}

TEST_CASE("no filter for readers shortens JSON Lines") {
    WriteOptions options;
    options.top = 1;
    options.only = Section::devices;
    options.min_band = Band::critical;
    TextSink all, filtered;
    REQUIRE(find_writer("jsonl")->write(sample_report(), {}, all));
    REQUIRE(find_writer("jsonl")->write(sample_report(), options, filtered));
    CHECK(all.text == filtered.text);
}
