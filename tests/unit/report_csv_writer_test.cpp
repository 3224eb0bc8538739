#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

constexpr std::string_view k_header =
    "kind,rank,id,name,status,band,priority,priority_low,priority_high,impact,exposure,"
    "known_share,basic_messages,oauth_messages,unknown_messages,basic_share,basic_sign_ins,"
    "failed_sign_ins,first_seen,last_basic,last_oauth,overdue_days,addresses,linked,owner,site,"
    "class,old_tls_share,basic_usable,remedy,marks,why,accepted_until,tenant,generated_at\r\n";

std::string write(const Report& report, const WriteOptions& options = {}) {
    TextSink sink;
    REQUIRE(find_writer("csv")->write(report, options, sink));
    return sink.text;
}

std::string line_of(const Row& row, const WriteOptions& options = {}) {
    Report report = empty_report();
    report.accounts = std::make_shared<StoredRows>(std::vector<Row>{row});
    const std::string text = write(report, options);
    return text.substr(text.find("\r\n") + 2);
}

std::size_t lines(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos; ++at) ++count;
    return count;
}

}  // namespace

TEST_CASE("the CSV header is frozen") { CHECK(write(empty_report()) == k_header); }

TEST_CASE("a full row fills every column of the CSV") {
    CHECK(
        line_of(full_row()) ==
        "account,1,scan@contoso.com,Scan@Contoso.com,active_basic,critical,87,77,95,77,41,0.6200,"
        "3700,12,3,0.9968,14,2,2026-08-25T06:00:00Z,2026-11-22T17:30:01Z,2026-11-20T08:00:00Z,447,"
        "203.0.113.7;203.0.113.8,203.0.113.7;203.0.113.8,print-services,Building 4,scanner,0.0338,"
        "yes,relay,band_could_change;shared_password,"
        "\"one password at 2 addresses, scanner by its name\",2027-01-31,contoso,"
        "2026-11-23T08:00:00Z\r\n");
}

TEST_CASE("absent values are empty cells of the CSV") {
    CHECK(line_of(
              plain_row(6, "news@contoso.com", Status::oauth_only, Band::low, 12, 0, 0, "w", "")) ==
          "account,6,news@contoso.com,,oauth_only,low,12,12,12,0,0,1.0000,0,0,0,,0,0,,,,,,,,,"
          "unknown,,,,,w,,contoso,2026-11-23T08:00:00Z\r\n");
}

TEST_CASE("text that a spreadsheet would run gets an apostrophe unless raw") {
    for (const std::string start : {"=", "+", "-", "@"}) {
        Row row = full_row();
        row.name = start + "SUM(A1)";
        CHECK(line_of(row).find("," + ("'" + row.name) + ",") != std::string::npos);
        WriteOptions raw;
        raw.csv_raw = true;
        CHECK(line_of(row, raw).find("," + row.name + ",") != std::string::npos);
    }
    Row row = full_row();
    row.name = "\rx";
    CHECK(line_of(row).find(",\"'\rx\",") != std::string::npos);
    row.name = "\tx";
    CHECK(line_of(row).find(",'\tx,") != std::string::npos);
    row.linked = {"=1", "b"};
    CHECK(line_of(row).find(",'=1;b,") != std::string::npos);
}

TEST_CASE("a negative number of the CSV gets no apostrophe") {
    Row row = full_row();
    row.overdue_days = -3;
    CHECK(line_of(row).find("08:00:00Z,-3,203") != std::string::npos);
}

TEST_CASE("quotes and line breaks are quoted as RFC 4180 says") {
    Row row = full_row();
    row.name = "say \"hi\",\r\nthere";
    CHECK(line_of(row).find(",\"say \"\"hi\"\",\r\nthere\",") != std::string::npos);
}

TEST_CASE("control characters do not reach the CSV") {
    Row row = full_row();
    row.name = "\x1B[2Jx\xE2\x80\xAE";
    CHECK(line_of(row).find(",\xEF\xBF\xBD[2Jx\xEF\xBF\xBD,") != std::string::npos);
}

TEST_CASE("the BOM stands first where it is asked for") {
    WriteOptions options;
    options.csv_bom = true;
    CHECK(write(empty_report(), options) == "\xEF\xBB\xBF" + std::string(k_header));
}

TEST_CASE("the CSV shows what was asked for") {
    WriteOptions options;
    CHECK(lines(write(sample_report())) == 1 + 6 + 2);
    options.only = Section::accounts;
    CHECK(lines(write(sample_report(), options)) == 1 + 6);
    options.min_band = Band::high;
    CHECK(lines(write(sample_report(), options)) == 1 + 3);
    options.only = Section::devices;
    CHECK(lines(write(sample_report(), options)) == 1 + 1);
    options.only = Section::both;
    options.top = 2;
    CHECK(lines(write(sample_report(), options)) == 1 + 2 + 1);
}
