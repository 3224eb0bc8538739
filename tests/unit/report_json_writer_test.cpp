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

std::vector<std::string> keys_of(const ordered_json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("the run document has the members of the contract in its order") {
    const ordered_json doc = ordered_json::parse(write(sample_report()));
    CHECK(keys_of(doc) == Keys{"schema_version", "tool",     "risk_model", "run_id",
                               "generated_at",   "tenant",   "window",     "cutoff",
                               "timeline",       "coverage", "summary",    "series",
                               "accounts",       "devices",  "oauth_apps", "actions",
                               "accepted",       "gate",     "notes",      "remembered"});
    CHECK(keys_of(doc["cutoff"]) == Keys{"id", "date", "precision", "days_left", "next"});
    CHECK(keys_of(doc["cutoff"]["next"]) == Keys{"id", "date", "days_left", "what"});
    CHECK(keys_of(doc["coverage"][0]) ==
          Keys{"source", "state", "reason", "from", "to", "rows", "files", "notes"});
    CHECK(keys_of(doc["summary"]) == Keys{"accounts", "devices", "messages", "basic_share",
                                          "overdue_messages", "unattributed_basic_share",
                                          "messages_lost_per_day", "by_status", "by_band",
                                          "mailboxes"});
    CHECK(keys_of(doc["series"][0]) == Keys{"day", "basic", "oauth", "unknown"});
    CHECK(keys_of(doc["oauth_apps"][0]) == Keys{"app_id", "name", "how", "consent", "principal"});
    CHECK(keys_of(doc["actions"][0]) == Keys{"id", "title", "why", "affects", "commands", "undo"});
    CHECK(keys_of(doc["gate"]) == Keys{"fail_on", "tripped", "new"});
}

TEST_CASE("a row of the run document has the members of the contract in its order") {
    const ordered_json row = ordered_json::parse(write(sample_report()))["accounts"][0];
    CHECK(keys_of(row) == Keys{"rank",       "id",           "name",           "status",
                               "band",       "priority",     "priority_range", "impact",
                               "exposure",   "known_share",  "messages",       "sign_ins",
                               "first_seen", "last_basic",   "last_oauth",     "overdue_days",
                               "tls",        "addresses",    "user_agents",    "linked",
                               "owner",      "site",         "mailbox_type",   "class",
                               "factors",    "switches",     "remedy",         "internal_share",
                               "marks",      "notes",        "origins",        "why",
                               "accepted",   "messages_30d", "links"});
    CHECK(keys_of(row["sign_ins"]) == Keys{"basic_ok", "basic_failed", "oauth_possible"});
    CHECK(keys_of(row["tls"]) == Keys{"1.0", "1.1", "1.2", "1.3", "unknown"});
    CHECK(keys_of(row["class"]) == Keys{"name", "source", "because"});
    CHECK(keys_of(row["factors"][0]) == Keys{"axis", "name", "points", "max", "evidence"});
    CHECK(keys_of(row["switches"]) == Keys{"basic_usable", "decided_by", "chain"});
    CHECK(keys_of(row["switches"]["chain"][0]) ==
          Keys{"switch", "value", "effect_basic", "effect_oauth", "origin"});
    CHECK(keys_of(row["remedy"]) == Keys{"class", "title", "why", "needs"});
    CHECK(keys_of(row["accepted"]) == Keys{"reason", "owner", "until"});
}

TEST_CASE("times have a Z and days have none and absent is null") {
    const ordered_json doc = ordered_json::parse(write(sample_report()));
    CHECK(doc["generated_at"] == "2026-11-23T08:00:00Z");
    CHECK(doc["window"]["to"] == "2026-11-22");
    CHECK(doc["accounts"][0]["last_basic"] == "2026-11-22T17:30:01Z");
    CHECK(doc["accounts"][0]["accepted"]["until"] == "2027-01-31");
    const ordered_json& plain = doc["accounts"][5];
    for (const char* name : {"name", "last_basic", "overdue_days", "owner", "site", "mailbox_type",
                             "switches", "remedy", "internal_share", "accepted"})
        CHECK(plain[name].is_null());
    Report report = empty_report();
    report.cutoff.next.reset();
    report.tenant_name.reset();
    const ordered_json bare = ordered_json::parse(write(report));
    CHECK(bare["cutoff"]["next"].is_null());
    CHECK(bare["tenant"]["name"].is_null());
    CHECK(bare["summary"]["basic_share"].is_null());
    CHECK(bare["gate"]["fail_on"].is_null());
    CHECK(bare["gate"]["new"].is_null());
}

TEST_CASE("numbers are written without the noise of binary fractions") {
    Report report = empty_report();
    Row row = full_row();
    row.internal_share = 0.1 + 0.2;
    row.factors[0].points = 0.1 + 0.2 + 2.4;  // 2.6999999999999997
    row.factors[1].points = 15.0;
    row.factors[1].max = 20.0;
    report.accounts = std::make_shared<StoredRows>(std::vector<Row>{row});
    report.summary.basic_share = 1.0 / 3;
    report.summary.messages_lost_per_day = 412.0;
    const std::string text = write(report);
    CHECK(text.find("\"internal_share\":0.3,") != std::string::npos);
    CHECK(text.find("\"points\":2.7,") != std::string::npos);
    CHECK(text.find("\"points\":15,\"max\":20,") != std::string::npos);
    CHECK(text.find("\"basic_share\":0.3333,") != std::string::npos);
    CHECK(text.find("\"messages_lost_per_day\":412,") != std::string::npos);
}

TEST_CASE("the last 30 days of a source without dates are null and not zero") {
    Report report = empty_report();
    Row row = full_row();
    row.first_seen = row.last_basic = row.last_oauth = std::nullopt;
    row.messages_30d = {};
    report.accounts = std::make_shared<StoredRows>(std::vector<Row>{row});
    CHECK(ordered_json::parse(write(report))["accounts"][0]["messages_30d"].is_null());
}

TEST_CASE("each row stands on its own line and is made exactly once") {
    const auto make = [](std::size_t i) {
        Row row = full_row();
        row.rank = i + 1;
        return row;
    };
    const auto head = [](std::size_t) { return RowHead{Status::active_basic, Band::critical}; };
    const auto rows = std::make_shared<LazyRows>(500, make, head);
    Report report = empty_report();
    report.accounts = rows;
    const std::string text = write(report);
    CHECK(rows->made == 500);
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = text.find("\n  {\"rank\":", at)) != std::string::npos; ++at)
        ++lines;
    CHECK(lines == 500);
}

TEST_CASE("no character of the document moves a cursor and every character is kept") {
    Report report = empty_report();
    const std::string text =
        "\x1B[2J \x7F \xC2\x9B"
        "31m \xE2\x80\xAE \xD8\x9C \xEF\xBB\xBF é 機";
    report.notes = {text};
    const std::string written = write(report);
    CHECK(written.find('\x1B') == std::string::npos);
    CHECK(written.find('\x7F') == std::string::npos);
    CHECK(written.find("\xC2\x9B") == std::string::npos);
    CHECK(written.find("\\u202e") != std::string::npos);
    CHECK(written.find("é 機") != std::string::npos);
    CHECK(ordered_json::parse(written)["notes"][0] == text);
}

TEST_CASE("text that is not UTF-8 does not end the program") {
    Report report = empty_report();
    report.notes = {"a\xFFz"};
    CHECK(ordered_json::parse(write(report))["notes"][0] == "a\xEF\xBF\xBDz");
}

TEST_CASE("the ids of accepted rows are collected") {
    CHECK(ordered_json::parse(write(sample_report()))["accepted"] ==
          ordered_json::array({"scan@contoso.com"}));
}

TEST_CASE("the run document is whole whatever people asked to see") {
    TextSink sink;
    WriteOptions options;
    options.only = Section::devices;
    options.top = 1;
    options.min_band = Band::critical;
    REQUIRE(find_writer("json")->write(sample_report(), options, sink));
    CHECK(sink.text == write(sample_report()));
}

TEST_CASE("the schema names every member that the writer writes") {
    const ordered_json schema = ordered_json::parse(run_document_schema());
    const ordered_json doc = ordered_json::parse(write(sample_report()));
    for (const auto& [key, value] : doc.items()) CHECK(schema["properties"].contains(key));
    const ordered_json& row = schema["$defs"]["row"]["properties"];
    for (const auto& [key, value] : doc["accounts"][0].items()) CHECK(row.contains(key));
    CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(run_document_schema().find("additionalProperties") == std::string_view::npos);
}
