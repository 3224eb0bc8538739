#include "support/catch.hpp"
#include "support/evidence.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

using Lines = std::vector<std::string>;

const std::string k_header =
    "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
    "message_count,message_id\r\n";
const std::string k_report =
    k_header +
    "2026-11-20T10:00:00.1234567Z,scan,contoso.com,Basic,203.0.113.7,TLS1.2,AES,5,<1@c>\r\n"
    "2026-11-21T11:00:00Z,\"a,b\",contoso.com,OAuth,2001:db8::1,Tls13,AES,\"1,234\",<2@c>\r\n"
    "\r\n"
    "2026-11-22T12:00:00+01:00,\"Zoë \"\"x\"\"\",contoso.com,Modern,10.0.0.9,SP_PROT_TLS1_0_SERVER,"
    ",1,\r\n";
const Lines k_seen = {
    "2 scan@contoso.com 2026-11-20T10:00:00Z basic 5 203.0.113.7 1.2=5 AES <1@c>",
    "3 a,b@contoso.com 2026-11-21T11:00:00Z oauth 1234 2001:db8::1 1.3=1234 AES <2@c>",
    "5 Zoë \"x\"@contoso.com 2026-11-22T11:00:00Z oauth 1 10.0.0.9 1.0=1 - -"};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

// The report with another delimiter: every field is quoted, so commas in them stay.
std::string delimited(char delimiter) {
    std::string out;
    bool in_quotes = false;
    for (const char c : k_report) {
        if (c == '"') in_quotes = !in_quotes;
        out += c == ',' && !in_quotes ? delimiter : c;
    }
    return out;
}

// One row of a minimal report.
Evidence row(const std::string& date, const std::string& method, const std::string& count) {
    return read_evidence("date,senderName,senderDomain,authMethod,message_count\n" + date +
                         ",scan,contoso.com," + method + "," + count + "\n");
}

}  // namespace

TEST_CASE("a report gives one observation a row") {
    const Evidence got = read_evidence(k_report);
    CHECK(got.error.empty());
    CHECK(got.kind == "smtp_auth_report");
    CHECK(got.seen == k_seen);
    CHECK(got.coverage.source == "smtp_auth_report");
    CHECK(got.coverage.state == CoverageState::complete);
    CHECK(got.coverage.reason.empty());
    CHECK(got.coverage.rows == 3);
    CHECK(got.coverage.files == 1);
    CHECK(format_utc(got.coverage.from.value()) == "2026-11-20T00:00:00Z");
    CHECK(format_utc(got.coverage.to.value()) == "2026-11-22T11:00:00Z");
    CHECK(got.has_record_ids);
    CHECK(got.coverage.notes == Lines{"1 row without a message id: no id tells if another file "
                                      "repeats them"});
}

TEST_CASE("every encoding and delimiter and line end and step gives the same observations") {
    for (const char delimiter : {',', ';', '\t'})
        for (const std::string end : {"\r\n", "\n", "\r"}) {
            const std::string text = replaced(delimited(delimiter), "\r\n", end);
            for (const std::string& bytes :
                 {text, "\xEF\xBB\xBF" + text, "\xFF\xFE" + to_utf16(text, false),
                  "\xFE\xFF" + to_utf16(text, true), to_utf16(text, false), to_utf16(text, true)})
                for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{65536}})
                    CHECK(read_evidence(bytes, {}, step).seen == k_seen);
        }
}

TEST_CASE("columns stand in any order and unknown ones are named in a note") {
    const Evidence got = read_evidence(
        "message_count;extra;senderDomain;date;recipient;SENDERNAME;message_id\n"
        "7;x;contoso.com;2026-11-20;y;scan;<1>\n");
    CHECK(got.seen == Lines{"2 scan@contoso.com 2026-11-20T00:00:00Z unknown 7 - unknown=7 - <1>"});
    CHECK(got.noted("columns not used: \"extra\", \"recipient\""));
    CHECK(got.noted("no column authMethod: the protocol of every message is unknown"));
    CHECK(got.noted("no column original_client_ip"));
    CHECK(got.noted("no column tls_version"));
    CHECK(got.noted("no column tls_cipher"));
}

TEST_CASE("a missing needed column lists the headers seen") {
    const Evidence no_date =
        read_evidence("senderName,senderDomain,authMethod\nscan,c.com,Basic\n");
    CHECK(no_date.error ==
          "f.csv:1:1: there is no column date; the header has \"senderName\", \"senderDomain\", "
          "\"authMethod\"; if one of them is it, name it with --columns");
    CHECK(no_date.code == Errc::input);
    CHECK(read_evidence("date,authMethod,message_count\n2026-11-20,Basic,1\n")
              .error.rfind("f.csv:1:1: there is no column senderName; the header has \"date\"",
                           0) == 0);
}

TEST_CASE("without a count each row is one message and without ids the file says so") {
    const Evidence got =
        read_evidence("date,senderName,senderDomain,authMethod\n2026-11-20,scan,c.com,Basic\n");
    CHECK(got.messages == 1);
    CHECK(got.noted("no column message_count: each row is counted as one message"));
    CHECK(got.noted("no column message_id"));
    CHECK_FALSE(got.has_record_ids);
}

TEST_CASE("a sender name that is an address is used as it is") {
    const Evidence got =
        read_evidence("date,senderName,authMethod\n2026-11-20,scan@contoso.com,Basic\n");
    CHECK(got.seen == Lines{"2 scan@contoso.com 2026-11-20T00:00:00Z basic 1 - unknown=1 - -"});
}

TEST_CASE("rows without a sender are counted in a note and belong to nobody") {
    const Evidence got = read_evidence(k_header +
                                       "2026-11-20,,contoso.com,Basic,,,,\"1,200\",<1>\n"
                                       "2026-11-20,,,Basic,,,,3,<2>\n");
    CHECK(got.seen.empty());
    CHECK(got.coverage.rows == 2);
    CHECK(got.noted("2 rows without a sender (the first on line 2), 1,203 messages"));
}

TEST_CASE("a count that cannot be read is an error with line and column") {
    CHECK(row("2026-11-20", "Basic", "12.5").error ==
          "f.csv:2:35: \"12.5\" is not a whole number (column \"message_count\"); put it right, or "
          "export the file again");
    CHECK(row("2026-11-20", "Basic", "").error.rfind("f.csv:2:35: a number is missing", 0) == 0);
    CHECK(row("2026-11-20", "Basic", "x").seen.empty());
}

TEST_CASE("a date that cannot be read is an error with line and column") {
    CHECK(row("2026-13-01", "Basic", "1").error ==
          "f.csv:2:1: \"2026-13-01\" is not a date (column \"date\"); put it right, or export the "
          "report again with dates such as 2026-11-22T10:00:00Z");
    CHECK(row("04/05/2026", "Basic", "1").error ==
          "f.csv:2:1: \"04/05/2026\" may be day-first or month-first (column \"date\"); say which "
          "with --date-format dmy or --date-format mdy");
}

TEST_CASE("the date format option decides an ambiguous date") {
    const std::string text = "date,senderName,senderDomain\n04/05/2026,scan,contoso.com\n";
    CHECK(read_evidence(text, DateFormat::dmy).seen.at(0).find("2026-05-04") != std::string::npos);
    CHECK(read_evidence(text, DateFormat::mdy).seen.at(0).find("2026-04-05") != std::string::npos);
    CHECK(read_evidence(text, DateFormat::iso).error.rfind("f.csv:2:1: ", 0) == 0);
}

TEST_CASE("a day without time covers the whole day") {
    const Evidence got = row("2026-11-20", "Basic", "1");
    CHECK(format_utc(got.coverage.from.value()) == "2026-11-20T00:00:00Z");
    CHECK(format_utc(got.coverage.to.value()) == "2026-11-20T23:59:59Z");
    CHECK_FALSE(got.noted("zone"));
}

TEST_CASE("a time without zone is taken as UTC and noted") {
    CHECK(
        row("2026-11-20 10:00", "Basic", "1").noted("1 row whose time has no zone: taken as UTC"));
}

TEST_CASE("an unrecognised method is unknown and shown") {
    const Evidence got = read_evidence(
        "date,senderName,senderDomain,authMethod\n"
        "2026-11-20,a,c.com,Kerberos?\n2026-11-20,b,c.com,\n2026-11-20,c,c.com,Basic\n");
    CHECK(
        got.noted("2 rows of unknown protocol, never taken as OAuth; authMethod is "
                  "\"Kerberos?\", (empty)"));
    CHECK(got.seen.at(0).find(" unknown 1 ") != std::string::npos);
    CHECK(got.seen.at(2).find(" basic 1 ") != std::string::npos);
}

TEST_CASE("an unrecognised TLS version is unknown and shown") {
    const Evidence got =
        read_evidence("date,senderName,senderDomain,tls_version\n2026-11-20,a,c.com,SSL3\n");
    CHECK(got.noted("1 row of unknown TLS version; tls_version is \"SSL3\""));
}

TEST_CASE("a client address that cannot be read is no device and noted") {
    const Evidence got = read_evidence(
        "date,senderName,senderDomain,original_client_ip\n"
        "2026-11-20,a,c.com,-\n2026-11-20,b,c.com,\n2026-11-20,c,c.com,scanner-7\n"
        "2026-11-20,d,c.com,300.1.1.1\n2026-11-20,e,c.com,192.168.1.9\n"
        "2026-11-20,f,c.com,203.0.113.7:1025\n");
    CHECK(got.noted("2 rows with a client address that cannot be read (the first on line 4)"));
    CHECK(got.seen.at(0).find(" 1 - ") != std::string::npos);
    CHECK(got.seen.at(2).find(" 1 - ") != std::string::npos);
    CHECK(got.seen.at(4).find(" 1 192.168.1.9 ") != std::string::npos);
    CHECK(got.seen.at(5).find(" 1 203.0.113.7 ") != std::string::npos);
}

TEST_CASE("a header alone is no rows and said") {
    const Evidence got = read_evidence(k_header);
    CHECK(got.error.empty());
    CHECK(got.coverage.rows == 0);
    CHECK(got.noted("no rows: the file is a header only"));
    CHECK_FALSE(got.coverage.from);
    CHECK_FALSE(got.coverage.to);
}

TEST_CASE("a row of no messages is nobody's") {
    CHECK(row("2026-11-20", "Basic", "0").seen.empty());
    CHECK(row("2026-11-20", "Basic", "0").coverage.rows == 1);
}

TEST_CASE("exactly 100 000 rows are a report that was cut") {
    const auto report_of = [](int rows) {
        std::string text = "date,senderName,senderDomain\n";
        for (int i = 0; i < rows; ++i) text += "2026-11-20,a,c.com\n";
        return read_evidence(text);
    };
    const Evidence cut = report_of(100'000);
    CHECK(cut.coverage.state == CoverageState::partial);
    CHECK(cut.coverage.reason ==
          "exactly 100,000 rows: Exchange cuts the report there; request it again for fewer days");
    CHECK(report_of(99'999).coverage.state == CoverageState::complete);
    CHECK(report_of(100'001).coverage.state == CoverageState::complete);
}

TEST_CASE("a malformed row ends the reading with its place") {
    CHECK(read_evidence(k_report + "2026-11-22,scan\r\n")
              .error.rfind("f.csv:6:1: 2 fields where the header has 9", 0) == 0);
    CHECK(read_evidence(k_report + "2026-11-22,\"scan\r\n")
              .error.rfind("f.csv:6:12: the quote that opens here is never closed", 0) == 0);
    CHECK(read_evidence(k_report + std::string("2026\0", 5))
              .error.rfind("f.csv:6:5: a NUL character", 0) == 0);
}

TEST_CASE("two cells of one column are refused") {
    CHECK(read_evidence("date,senderName,sender_name\n2026-11-20,a,b\n").error ==
          "f.csv:1:1: the header cells \"senderName\" and \"sender_name\" both name the column "
          "sender_name; take one out, or rename it");
}

TEST_CASE("a stop ends the reading as interrupted") {
    std::stop_source stop;
    EvidenceOptions options;
    options.stop = stop.get_token();
    std::string text = k_header;
    for (int i = 0; i < 4000; ++i) text += "2026-11-20,a,c.com,Basic,,,,1,\n";
    auto file = EvidenceFile::open(std::make_unique<TextSource>(text), "f.csv", options);
    REQUIRE(file);
    stop.request_stop();
    RecordingSink sink;
    const auto read = file->read(sink);
    REQUIRE(!read);
    CHECK(read.error().code == Errc::interrupted);
}
