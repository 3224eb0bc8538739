#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string write(const Report& report, const WriteOptions& options = {}) {
    TextSink sink;
    REQUIRE(find_writer("inventory")->write(report, options, sink));
    return sink.text;
}

Report with_device(Row row) {
    Report report = empty_report();
    report.devices = std::make_shared<StoredRows>(std::vector<Row>{std::move(row)});
    return report;
}

}  // namespace

TEST_CASE("a device that nobody named has a line with empty cells") {
    Row row = full_row();
    row.id = row.name = "203.0.113.7";
    row.owner.reset();
    row.site.reset();
    CHECK(write(with_device(row)) == "match,name,class,owner,site\r\n203.0.113.7,,,,\r\n");
}

TEST_CASE("a guessed class stays empty and one of the inventory is kept") {
    Row row = full_row();
    row.id = "203.0.113.7";
    row.name = "Scanner, hall";
    CHECK(write(with_device(row))
              .ends_with("203.0.113.7,\"Scanner, hall\",,print-services,Building 4\r\n"));
    row.class_.source = "inventory";
    CHECK(write(with_device(row))
              .ends_with("203.0.113.7,\"Scanner, hall\",scanner,print-services,Building 4\r\n"));
}

TEST_CASE("an account is listed only where the inventory told something of it") {
    const std::string text = write(sample_report());
    CHECK(text.find("scan@contoso.com,,,print-services,Building 4\r\n") != std::string::npos);
    CHECK(text.find("ups@contoso.com") == std::string::npos);
}
