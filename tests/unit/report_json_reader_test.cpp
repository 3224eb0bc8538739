#include "report/run_document.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using namespace smtpaudit::test;
using nlohmann::ordered_json;

namespace {

std::string write(const Report& report) {
    TextSink sink;
    REQUIRE(find_writer("json")->write(report, {}, sink));
    return sink.text;
}

std::string error_of(const std::string& text) {
    const auto read = read_run_document(text, "run.json");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::input);
    CHECK(read.error().message.find('\n') == std::string::npos);
    return read.error().message;
}

// The sample document with one value replaced (or, without a value, taken out).
std::string changed(const char* pointer, const ordered_json& value) {
    ordered_json doc = ordered_json::parse(write(sample_report()));
    doc[ordered_json::json_pointer(pointer)] = value;
    return doc.dump();
}
std::string without(const char* parent, const char* name) {
    ordered_json doc = ordered_json::parse(write(sample_report()));
    doc[ordered_json::json_pointer(parent)].erase(name);
    return doc.dump();
}
bool starts(const std::string& text, std::string_view with) {
    INFO(text);
    return text.starts_with(with);
}

}  // namespace

TEST_CASE("a run document that was read is written again with the same bytes") {
    Report undated = sample_report();
    Row row = full_row();
    row.first_seen = row.last_basic = row.last_oauth = std::nullopt;
    row.messages_30d = {};
    undated.accounts = std::make_shared<StoredRows>(std::vector<Row>{row});
    undated.from = undated.to = std::nullopt;
    undated.cutoff.next.reset();
    undated.gate = {};
    for (const Report& report :
         {sample_report(), empty_report(), hostile_report(), undated, large_report(300)}) {
        const std::string once = write(report);
        const auto read = read_run_document(once, "run.json");
        REQUIRE(read);
        CHECK(write(*read) == once);
    }
}

TEST_CASE("what was read holds the values that were written") {
    const auto read = read_run_document(write(sample_report()), "run.json");
    REQUIRE(read);
    CHECK(read->tool_version == "0.1.0");
    CHECK(read->to == a_day("2026-11-22"));
    CHECK(read->cutoff.next->precision == Precision::month);
    CHECK(read->coverage[1].state == CoverageState::not_requested);
    CHECK(read->summary.by_status[static_cast<std::size_t>(Status::mixed)] == 1);
    CHECK(read->gate.new_findings == 2U);
    REQUIRE(read->accounts->size() == 6);
    const Row row = read->accounts->at(0);
    CHECK(row.messages_30d.basic == 1240);
    CHECK(row.factors[6].points == std::nullopt);
    CHECK(row.tls[3] == 75);
    CHECK(row.switches->chain[0].origin == "cas.csv:12");
    CHECK(row.accepted->until == a_day("2027-01-31"));
    CHECK(read->devices->at(0).linked.size() == 30);
}

TEST_CASE("members that this version does not know are ignored") {
    ordered_json doc = ordered_json::parse(write(sample_report()));
    doc["schema_version"] = "1.7";
    doc["later"] = ordered_json::array({ordered_json::object({{"a", 1}})});
    doc["accounts"][0]["later"] = ordered_json::object({{"rank", "x"}});
    doc["summary"]["by_status"]["later"] = 3;
    const auto read = read_run_document(doc.dump(), "run.json");
    REQUIRE(read);
    CHECK(write(*read) == write(sample_report()));
}

TEST_CASE("members that came later may be absent") {
    ordered_json doc = ordered_json::parse(write(sample_report()));
    doc.erase("notes");
    doc["coverage"][0].erase("notes");
    doc["accounts"][0].erase("messages_30d");
    doc["accounts"][0].erase("links");
    CHECK(read_run_document(doc.dump(), "run.json"));
}

TEST_CASE("a wrong type is named by its path and never quoted") {
    CHECK(starts(error_of(changed("/accounts/3/rank", "SECRET")),
                 "run.json: accounts[3].rank is not a whole number from 0"));
    CHECK(error_of(changed("/accounts/3/rank", "SECRET")).find("SECRET") == std::string::npos);
    CHECK(starts(error_of(changed("/accounts/3/rank", -1)), "run.json: accounts[3].rank is"));
    CHECK(starts(error_of(changed("/devices/1/factors", 7)),
                 "run.json: devices[1].factors is not a list"));
    CHECK(starts(error_of(changed("/accounts/0/factors/2/max", nullptr)),
                 "run.json: accounts[0].factors[2].max is not a number"));
    CHECK(starts(error_of(changed("/accounts/0/factors/2/max", 1e300)),
                 "run.json: accounts[0].factors[2].max is not a number in range"));
    CHECK(starts(error_of(changed("/accounts/0/known_share", -1e300)),
                 "run.json: accounts[0].known_share is not a number in range"));
    CHECK(starts(error_of(changed("/accounts/0/tls/1.2", 1.5)),
                 "run.json: accounts[0].tls.1.2 is not a whole number from 0"));
    CHECK(starts(error_of(changed("/accounts/0/status", "asleep")),
                 "run.json: accounts[0].status is not a word that this version knows"));
    CHECK(starts(error_of(changed("/accounts/0/priority_range", ordered_json::array({1}))),
                 "run.json: accounts[0].priority_range does not have two elements"));
    CHECK(starts(error_of(changed("/accounts/0/priority", 5000000000)),
                 "run.json: accounts[0].priority is not a whole number in range"));
    CHECK(starts(error_of(changed("/accounts/2", 5)), "run.json: accounts[0] is not an object"));
    CHECK(starts(error_of(changed("/accounts", "none")), "run.json: accounts is not a list"));
    CHECK(starts(error_of(changed("/generated_at", "2026-11-23")),
                 "run.json: generated_at is not a time"));
    CHECK(
        starts(error_of(changed("/window/to", "2026-02-30")), "run.json: window.to is not a day"));
    CHECK(starts(error_of(changed("/gate/tripped", 1)), "run.json: gate.tripped is neither"));
    CHECK(starts(error_of(changed("/tenant", "contoso")), "run.json: tenant is not an object"));
}

TEST_CASE("a missing member is named by its path") {
    CHECK(starts(error_of(without("/accounts/0", "why")), "run.json: accounts[0].why is missing"));
    CHECK(starts(error_of(without("/devices/0/class", "name")),
                 "run.json: devices[0].class.name is missing"));
    CHECK(starts(error_of(without("/summary/by_band", "high")),
                 "run.json: summary.by_band.high is missing"));
    CHECK(starts(error_of(without("", "coverage")), "run.json: coverage is missing"));
    CHECK(starts(error_of(without("", "accepted")), "run.json: accepted is missing"));
    // Absent is not null: the writer always writes the member.
    CHECK(starts(error_of(without("/accounts/0", "owner")),
                 "run.json: accounts[0].owner is missing"));
}

TEST_CASE("another major schema version is refused with the one that is understood") {
    const std::string message = error_of(changed("/schema_version", "2.0"));
    CHECK(message.find("this smtpaudit understands 1.x") != std::string::npos);
    CHECK_FALSE(read_run_document(changed("/schema_version", "10.0"), "run.json"));
    CHECK(error_of(changed("/risk_model", "risk-model/9")).find("risk-model/1") !=
          std::string::npos);
}

TEST_CASE("what is no run document is said in one line with its place") {
    CHECK(error_of("{}").find("not a run document") != std::string::npos);
    CHECK(error_of("[]").find("not a run document") != std::string::npos);
    CHECK(starts(error_of(""), "run.json:1:1: not valid JSON"));
    CHECK(starts(error_of("{\n \"a\": SECRET\n}"), "run.json:2:7: not valid JSON"));
    CHECK(error_of("{\n \"a\": SECRET\n}").find("SECRET") == std::string::npos);
    CHECK(starts(error_of("{\"a\": 1e999}"), "run.json:1:"));
    CHECK(starts(error_of("{\"a\": \"\xFF\"}"), "run.json:1:8"));
    const std::string whole = write(sample_report());
    CHECK(starts(error_of(whole.substr(0, whole.size() / 2)), "run.json:"));
    CHECK(starts(error_of(whole + "x"), "run.json:"));
    CHECK(error_of(std::string(100000, '[')).find("too deep") != std::string::npos);
    CHECK(error_of("{\"accounts\": [], \"accounts\": []}").find("twice") != std::string::npos);
}
