#include "sources/recognise.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::string_literals;

namespace {

bool says(const std::string& bytes, std::string_view part) {
    const Evidence got = read_evidence(bytes);
    CHECK(got.kind.empty());
    CHECK(got.seen.empty());
    CHECK(got.code == Errc::input);
    CHECK(got.error.rfind("f.csv:1:1: ", 0) == 0);
    CHECK(got.error.find('\n') == std::string::npos);
    INFO(got.error);
    return got.error.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("files that are no text are named by what they look like") {
    CHECK(says("PK\x03\x04\x14\0\6\0"s, "an Excel workbook (xlsx)"));
    CHECK(says("\x89PNG\r\n\x1A\n\0\0"s, "a PNG picture"));
    CHECK(says("\xFF\xD8\xFF\xE0\0\x10JFIF"s, "a JPEG picture"));
    CHECK(says("%PDF-1.7\n", "a PDF document"));
    CHECK(says("\x1F\x8B\x08\0\0"s, "a gzip archive"));
    CHECK(says("\xD0\xCF\x11\xE0\xA1\xB1"s, "an old Excel workbook"));
}

TEST_CASE("pages and XML are named") {
    CHECK(says("<!DOCTYPE html><html>", "an HTML page"));
    CHECK(says("\xEF\xBB\xBF\r\n <HTML lang=\"en\">", "an HTML page"));
    CHECK(says("<?xml version=\"1.0\"?>", "XML"));
}

TEST_CASE("a message trace is named in its three forms") {
    for (const char* header :
         {"origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,"
          "message_id,network_message_id,original_client_ip,directionality,connector_id",
          "\"MessageTraceId\",\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\","
          "\"FromIP\",\"ToIP\",\"Subject\",\"Status\",\"Size\"",
          "Date;Sender Address;Recipient Address;Subject;Status",
          "message_trace_id\tsender_address\trecipient_address\tdate",
          "date_time_utc,client_ip,source_context,connector_id,source,event_id,sender_address,"
          "message_subject,recipient_address"}) {
        CHECK(says(header + "\n"s, "a message trace"));
        CHECK(says(header + "\n"s, "give the SMTP AUTH clients report"));
    }
}

TEST_CASE("an inventory is named") {
    CHECK(
        says("match,name,class,owner,site\n", "looks like an inventory; give it with --inventory"));
}

TEST_CASE("any other table lists the headers that were seen") {
    CHECK(says("alpha;be\x1Bta;gamma\n1;2;3\n",
               "its first line reads \"alpha\", \"be�ta\", \"gamma\""));
    CHECK(says("Just some words\n", "\"Just some words\""));
}

TEST_CASE("an empty file is said to be empty") {
    CHECK(says("", "the file is empty"));
    CHECK(says("\xEF\xBB\xBF", "the file is empty"));
    CHECK(says("\r\n\n", "nothing but blank lines"));
}

TEST_CASE("JSON of no known kind lists its keys") {
    CHECK(says("{\"alpha\": 1, \"beta\": {\"gamma\": 2}}", "its keys: \"alpha\", \"beta\""));
    CHECK(says("[{\"delta\": [1, {\"x\": 2}]}, {\"epsilon\": 1}]", "its keys: \"delta\""));
    CHECK(says("[]", "it shows no keys"));
}

TEST_CASE("a run document is recognised and gives its text once") {
    const std::string document =
        "\xEF\xBB\xBF{ \"schema_version\": \"1.0\", \"tool\": {\"name\": \"smtpaudit\"},\n"
        "\"risk_model\": \"risk-model/1\", \"x\": \"" +
        std::string(200'000, 'x') + "\"}";
    auto file = EvidenceFile::open(std::make_unique<TextSource>(document, 999), "run.json", {});
    REQUIRE(file);
    CHECK(file->kind().id == "run_document");
    CHECK_FALSE(file->kind().is_evidence);
    CHECK((file->text(1'000'000).value() == document.substr(3)));

    file = EvidenceFile::open(std::make_unique<TextSource>(document), "run.json", {});
    REQUIRE(file);
    CHECK(file->text(100'000).error().message == "run.json: is larger than 100000 bytes");
    RecordingSink sink;
    CHECK(file->read(sink).error().message ==
          "run.json: is a run document, not evidence; give it alone");
}

TEST_CASE("the opening of JSON shows the keys of the first object and of the first record") {
    const auto opening = json_opening(
        " \n{\"@odata.context\": \"a\\\"}{\", \"value\" : [ {\"id\": \"1\", \"status\": {\"code\": "
        "0}},"
        "{\"second\": 1}], \"nextLink\": \"x\"} {\"later\": 1}");
    REQUIRE(opening);
    CHECK_FALSE(opening->is_array);
    CHECK(opening->keys ==
          std::set<std::string, std::less<>>{"@odata.context", "value", "nextLink"});
    CHECK(opening->record_keys == std::set<std::string, std::less<>>{"id", "status"});
    const auto array = json_opening("[{\"id\": 1, \"cut");
    REQUIRE(array);
    CHECK(array->is_array);
    CHECK(array->record_keys == std::set<std::string, std::less<>>{"id"});
    CHECK_FALSE(json_opening("date,sender"));
    CHECK_FALSE(json_opening(" "));
    CHECK(json_opening("{]]]}\\\"\"")->keys.empty());
}

TEST_CASE("reports are told apart by their header alone") {
    CHECK(read_evidence("date,senderName,senderDomain\n").kind == "smtp_auth_report");
    CHECK(read_evidence("Sender address,Messages sent\n").kind == "smtp_auth_table");
    CHECK(read_evidence("sep=;\nSender address;Messages sent\n").kind == "smtp_auth_table");
    // The portal's sign-in export shares two captions with the table.
    CHECK(read_evidence("Date (UTC),User,Username,Client app,IP address,Authentication Protocol\n")
              .kind != "smtp_auth_table");
}
