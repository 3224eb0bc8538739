#include "base/text.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string write(const Report& report, WriteOptions options = {}) {
    TextSink sink;
    REQUIRE(find_writer("table")->write(report, options, sink));
    return sink.text;
}

WriteOptions wide(std::size_t columns, std::size_t top = 0) {
    WriteOptions options;
    options.columns = columns;
    options.top = top;
    return options;
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    INFO(part);
    return text.find(part) != std::string::npos;
}

std::size_t times(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
    return count;
}

Report with_rows(std::vector<Row> accounts, std::vector<Row> devices = {}) {
    Report report = empty_report();
    report.accounts = std::make_shared<StoredRows>(std::move(accounts));
    report.devices = std::make_shared<StoredRows>(std::move(devices));
    count_statuses(report);
    return report;
}

}  // namespace

TEST_CASE("the first screen at 120 columns") {
    CHECK(write(sample_report(), wide(120)) ==
          R"(contoso · 2 files · 25 Aug – 22 Nov 2026 (90 days covered)
Cut-off 2025-09 (Sep 2025) passed 448 days ago; Basic still accepted, 36,103 messages since
Next: end of Dec 2026, in 38 days: Basic off by default for existing tenants
Evidence  report 41,203 rows complete · sign-ins not asked: attack, MFA and country are unknown (add: smtpaudit scan)
If Basic stopped today: 412 messages a day from 3 accounts would fail. 1 account is OAuth only: safe. 1 unknown: the
protocol is not told.

ACCOUNTS THAT WILL OR MAY STOP (4: 1 of unknown protocol)
 #  BAND       PRI  ACCOUNT           BASIC/30D  OAUTH  LAST    ADDR  WHY                   DO
 1  critical?   87  scan@contoso.com      1,240      5  today      2  accepted until 31 J…  send through an SMTP relay …
 2  critical    85  erp@contoso.com      10,800  7,200  today      –  finance by its name…  finish the move to OAuth
 3  high        60  ups@contoso.com           –      –  13 Oct     1  alert sender, all b…  send through an SMTP relay …
 4  medium      35  odd@contoso.com     17,000?      –  –          –  the report does not…  find out its protocol

ACCOUNTS THAT DO NOT SEND, BUT CAN BE ATTACKED (1)
 #  BAND  PRI  ACCOUNT          BASIC/30D  OAUTH  LAST  ADDR  WHY                       DO
 5  low    22  old@contoso.com          –      –  –        –  12 failed Basic sign-ins  block Basic by authentication p…

DEVICES (2; 4 % of Basic messages have no address)
 #  BAND      PRI  DEVICE                    BASIC/30D  OAUTH  LAST   ACCOUNTS  WHY                  DO
 1  critical   95  203.0.113.40 mail gatew…      1,310      –  today        30  relay suspected: 3…  fix the relay once
 2  medium     40  2001:db8:1:2::/64                20      –  today         2  two accounts         OAuth on the device

NOT IN THIS EVIDENCE, BUT IN THE HISTORY (2)
 ACCOUNT              LAST BASIC  DUE         WHAT THE HISTORY SAYS
 tax@contoso.com      2 Apr 2026  2 Apr 2027  sent each year in April
 old-fax@contoso.com  9 Mar 2026  –           no rhythm is known

?  after a count: messages whose protocol the source does not tell
?  after a band: the missing facts could move it to another
Note  the same file was given twice; it was counted once
Note  report: unknown column "Region" was ignored
Next  smtpaudit explain scan@contoso.com --from run.json · 1 action with commands: --format markdown
      save with --out json=run.json · in CI --fail-on high
)");
}

TEST_CASE("no line of the table is wider than the screen or ends with a space") {
    for (const Report& report :
         {sample_report(), hostile_report(), empty_report(), large_report(40)})
        for (const std::size_t columns : {60U, 61U, 79U, 80U, 100U, 120U, 200U}) {
            const std::string text = write(report, wide(columns));
            REQUIRE(text.ends_with('\n'));
            for (const std::string_view line : split(text, '\n')) {
                INFO(columns << ": " << line);
                CHECK(display_width(line) <= columns);
                CHECK_FALSE(line.ends_with(' '));
            }
        }
}

TEST_CASE("a wide screen shows the whole reason and a narrow one keeps the account") {
    CHECK(has(write(sample_report(), wide(200)), "finance by its name, half migrated"));
    const std::string narrow = write(sample_report(), wide(60));
    CHECK(has(narrow, "scan@contoso.com"));
    CHECK_FALSE(has(narrow, "WHY"));
    CHECK(narrow == write(sample_report(), wide(10)));
    CHECK(write(sample_report(), wide(0)) == write(sample_report(), wide(120)));
}

TEST_CASE("the bands are coloured and nothing else of a row") {
    WriteOptions options = wide(120);
    options.color = true;
    const std::string text = write(sample_report(), options);
    CHECK(has(text, "\x1B[1;31mcritical\x1B[0m    85"));
    CHECK(has(text, "\x1B[33mmedium\x1B[0m"));
    CHECK(write(sample_report(), wide(120)).find('\x1B') == std::string::npos);
}

TEST_CASE("nothing raw from data reaches the table") {
    WriteOptions options = wide(100);
    options.color = true;
    std::string text = write(hostile_report(), options);
    for (const char* ours : {"\x1B[0m", "\x1B[1m", "\x1B[1;31m"})
        for (std::size_t at = 0; (at = text.find(ours, at)) != std::string::npos;)
            text.erase(at, std::string_view(ours).size());
    for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    CHECK(text.find("\x7F") == std::string::npos);
    CHECK(text.find("\xC2\x9B") == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("the rows that are not shown are counted") {
    const std::string text = write(sample_report(), wide(120, 1));
    CHECK(has(text, " …  3 more: --top 0\n"));
    CHECK(has(text, " …  1 more: --top 0\n"));
    CHECK_FALSE(has(text, "erp@contoso.com"));
}

TEST_CASE("a long list is not made only to show its first rows") {
    const Report report = large_report(10000);
    write(report, wide(120, 15));
    const auto& accounts = dynamic_cast<const LazyRows&>(*report.accounts);
    const auto& devices = dynamic_cast<const LazyRows&>(*report.devices);
    CHECK(devices.made < 100);
    // Safe accounts of a high band are looked for, so those bands are gone through once.
    CHECK(accounts.made < 4500);
}

TEST_CASE("the filters are said in the titles") {
    WriteOptions options = wide(120);
    options.min_band = Band::high;
    const std::string text = write(sample_report(), options);
    CHECK(has(text, "ACCOUNTS THAT WILL OR MAY STOP (3, high and above)"));
    CHECK(has(text, "DEVICES (1, high and above; 4 %"));
    CHECK_FALSE(has(text, "odd@contoso.com"));
    options.only = Section::devices;
    CHECK_FALSE(has(write(sample_report(), options), "ACCOUNTS THAT"));
    options.only = Section::accounts;
    CHECK_FALSE(has(write(sample_report(), options), "DEVICES ("));
}

TEST_CASE("a safe account is only counted unless its password is worth stealing") {
    Row safe =
        plain_row(2, "safe@contoso.com", Status::oauth_only, Band::medium, 40, 0, 100, "", "");
    Row stolen = plain_row(1, "stolen@contoso.com", Status::migrated, Band::critical, 100, 0, 100,
                           "success from a new country", "");
    const std::string text = write(with_rows({stolen, safe}), wide(120));
    CHECK(has(text, "1 account is OAuth only, 1 migrated: safe."));
    CHECK(has(text, "SAFE FROM THE CUT-OFF, BUT EXPOSED (1)"));
    CHECK(has(text, "stolen@contoso.com"));
    CHECK_FALSE(has(text, "safe@contoso.com"));
    CHECK(has(text, "No account was seen to send with Basic"));
    CHECK_FALSE(has(text, "ACCOUNTS THAT WILL"));
}

TEST_CASE("an account that is refused already is not one that would fail") {
    const Row row = plain_row(1, "a@contoso.com", Status::blocked_retrying, Band::high, 70, 9, 0,
                              "refused", "OAuth");
    const std::string text = write(with_rows({row}), wide(120));
    CHECK(has(text, "1 refused already and still trying: broken now."));
    CHECK(has(text, "ACCOUNTS THAT WILL STOP (1: 1 refused already)"));
}

TEST_CASE("an empty report says whether anybody could have seen a submission") {
    CHECK(has(write(empty_report()),
              "No submission was found, and the evidence that was read is complete. Not looked "
              "at: sign-ins."));
    Report cut = empty_report();
    cut.coverage[0].state = CoverageState::partial;
    cut.coverage[0].reason = "100,000 rows, the most that Exchange writes";
    CHECK(has(write(cut), "the evidence is INCOMPLETE"));
    CHECK(has(write(cut), "INCOMPLETE  report cut short, counts may be too low: 100,000 rows"));
    CHECK_FALSE(has(write(cut), "is complete"));
    Report none = empty_report();
    none.coverage.clear();
    CHECK(has(write(none), "Nothing was read that shows who sends, so nothing can be said"));
    none.coverage = {
        {"sign_ins", CoverageState::unavailable, "needs Entra ID P1", {}, {}, 0, 0, {}}};
    CHECK(has(write(none), "Nothing was read that shows who sends, so nothing can be said"));
}

TEST_CASE("a source that failed is loud even above a full table") {
    Report report = sample_report();
    report.coverage[1] = {
        "sign_ins", CoverageState::failed, "throttled beyond the limit", {}, {}, 0, 0, {}};
    CHECK(has(write(report), "INCOMPLETE  sign-ins FAILED: throttled beyond the limit"));
}

TEST_CASE("counts without dates are never called the last 30 days") {
    Row row = full_row();
    row.first_seen = row.last_basic = row.last_oauth = std::nullopt;
    row.messages_30d = {};
    Report report = with_rows({row});
    const std::string mixed = write(report, wide(120));
    CHECK(has(mixed, "3,700*"));
    CHECK(has(mixed, "*  counted in the table's whole period"));
    report.from = report.to = std::nullopt;
    report.covered_days = 7;
    const std::string undated = write(report, wide(120));
    CHECK_FALSE(has(undated, "30D"));
    CHECK_FALSE(has(undated, "3,700*"));
    CHECK(has(undated, "no dates; counts of 7 days"));
    CHECK(has(undated, "BASIC and OAUTH count the table's whole period"));
}

TEST_CASE("sign-ins are shown as sign-ins and not as messages") {
    Row row = plain_row(1, "a@contoso.com", Status::active_basic, Band::high, 70, 0, 0, "", "");
    row.sign_ins.basic_ok = 14;
    row.first_seen = row.last_basic = instant("2026-11-22T10:00:00Z");
    const std::string text = write(with_rows({row}), wide(120));
    CHECK(has(text, " 14s "));
    CHECK(has(text, "s  sign-ins in the window: no source counts the messages"));
}

TEST_CASE("doubt about most bands is said once and not at every row") {
    const std::string text = write(with_rows({full_row(), full_row()}), wide(200));
    CHECK_FALSE(has(text, "critical?"));
    CHECK(times(text, "could change band with the missing facts") == 1);
    CHECK(has(text, "(MFA, admin roles)"));
}

TEST_CASE("an id that a shell would change is quoted in the next step") {
    Row row = full_row();
    row.id = "o'brien $(x)@contoso.com";
    CHECK(has(write(with_rows({row}), wide(200)),
              "smtpaudit explain 'o'\\''brien $(x)@contoso.com' --from run.json"));
}

TEST_CASE("a report of devices alone has a next step too") {
    const std::string text = write(with_rows({}, {full_row()}), wide(120));
    CHECK(has(text, "Next  smtpaudit explain scan@contoso.com"));
    CHECK_FALSE(has(text, "No submission was found"));
}
