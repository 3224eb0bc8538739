#include "base/digest.hpp"
#include "base/text.hpp"
#include "report/pseudonyms.hpp"
#include "report/redact.hpp"
#include "report/run_document.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

Secret key(char c = 'k') { return Secret(std::string(32, c)); }

std::string write(const Report& report, std::string_view format) {
    TextSink sink;
    REQUIRE(find_writer(format)->write(report, {}, sink));
    return sink.text;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// Names in every member that comes from data, and in sentences.
Report named_report() {
    Report report = sample_report();
    report.tenant_name = "Zanzibar Holding";
    std::vector<Row> rows;
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        rows.push_back(report.accounts->at(i));
        rows.back().id = fold_case("kilo." + rows.back().id);
    }
    Row& row = rows[0];
    row.name = "Quokka Scanner";
    row.owner = "Umbrella team";
    row.site = "Wharf";
    row.user_agents = {"YonderMailer/2.1"};
    row.accepted->reason = "Xavier asked";
    row.accepted->owner = "Xylo";
    row.class_.because = "the word \"quokka\" (pattern \"scan*\")";
    row.origins = {"Yarrow Reports/north.csv:2", "south.jsonl:41203"};
    row.notes = {"Quokka Scanner of Umbrella team at Wharf sends as kilo.erp@contoso.com"};
    row.why = "seen at 203.0.113.7, 2001:db8:1:2::77 and mx.contoso.com";
    row.factors[0].evidence =
        "the exposure of kilo.erp@contoso.com, says Yarrow Reports/north.csv:9";
    row.switches->chain[0].value = "\"Vault policy\" applies; only reported by \"Walrus\"";
    row.switches->chain[0].effect_basic = "blocked by Vault policy";
    report.coverage[0].reason = "Yarrow Reports/north.csv: cut";
    report.actions[0].affects = {row.id};
    report.actions[0].commands = {"Set-CASMailbox kilo.scan@contoso.com -X 'Vault policy'"};
    report.oauth_apps = {
        {"11111111-2222-3333-4444-666666666666", "Walrus", "SMTP.Send", "admin", "Ulysses"}};
    report.notes = {"two accounts share kilo.ups@contoso.com", "tenant Zanzibar Holding"};
    report.remembered = {
        {"kilo.nova@contoso.com", *parse_iso_day("2025-04-01"), *parse_iso_day("2026-04-02"), 4,
         *parse_iso_day("2027-04-02"), "sent like Quokka Scanner, each year"},
        {"vesper printer", *parse_iso_day("2026-03-01"), *parse_iso_day("2026-03-09"), 9,
         std::nullopt, "no rhythm is known"}};
    report.accounts = std::make_shared<StoredRows>(rows);
    return report;
}

constexpr std::array k_originals = {
    "contoso",  "kilo",     "zanzibar",     "quokka", "umbrella", "wharf",  "yonder",  "xavier",
    "xylo",     "yarrow",   "north",        "south",  "vault",    "walrus", "ulysses", "203.0.113",
    "2001:db8", "11111111", "mail gateway", "1-2222", "nova",     "vesper"};

}  // namespace

TEST_CASE("no original name is in any byte of any format") {
    const Report report = redacted(named_report(), key(), {"Yarrow Reports/north.csv"});
    for (const Writer& writer : all_writers()) {
        const std::string text = fold_case(write(report, writer.name));
        for (const char* name : k_originals) {
            INFO(writer.name << " " << name << " "
                             << text.substr(std::min(text.size(), text.find(name)), 80));
            CHECK_FALSE(has(text, name));
        }
    }
}

TEST_CASE("every name that is looked for stands in the report before") {
    std::string all;
    for (const Writer& writer : all_writers()) all += fold_case(write(named_report(), writer.name));
    for (const char* name : k_originals) {
        INFO(name);
        CHECK(has(all, name));
    }
}

TEST_CASE("one name has one pseudonym in every format and in sentences") {
    const Report report = redacted(named_report(), key(), {});
    const std::string id = report.accounts->at(1).id;
    CHECK(id.starts_with("account-"));
    CHECK(id.ends_with(".invalid"));
    for (const char* format : {"table", "csv", "json", "jsonl", "markdown", "html"}) {
        INFO(format);
        CHECK(has(write(report, format), id.substr(0, 20)));
    }
    CHECK(has(report.accounts->at(0).factors[0].evidence, "the exposure of " + id));
    for (const Remembered& one : report.remembered)
        for (const char* format : {"table", "json", "markdown", "html"}) {
            INFO(format);
            CHECK(has(write(report, format), one.id.substr(0, 20)));
        }
    const std::string device = report.accounts->at(0).linked[0];
    CHECK(has(report.accounts->at(0).why, "seen at " + device));
    CHECK(report.actions[0].affects[0] == report.accounts->at(0).id);
}

TEST_CASE("what is no name stays as it was") {
    const Report before = named_report();
    const Report after = redacted(named_report(), key(), {});
    const Row a = before.accounts->at(0);
    const Row b = after.accounts->at(0);
    CHECK(a.priority == b.priority);
    CHECK(a.messages.basic == b.messages.basic);
    CHECK(a.factors[1].evidence == b.factors[1].evidence);
    CHECK(a.remedy->title == b.remedy->title);
    CHECK(a.mailbox_type == b.mailbox_type);
    CHECK(b.switches->chain[0].value.starts_with("\"policy-"));
    CHECK(has(b.switches->chain[0].value, "\" applies; only reported by \""));
    CHECK(b.switches->chain[0].name == "SmtpClientAuthenticationDisabled");
    CHECK(after.timeline[0].what == before.timeline[0].what);
    CHECK(after.accounts->head(0).band == before.accounts->head(0).band);
}

TEST_CASE("another key makes other pseudonyms and the same key the same") {
    const auto id = [](char c) { return redacted(named_report(), key(c), {}).accounts->at(0).id; };
    CHECK(id('a') == id('a'));
    CHECK(id('a') != id('b'));
}

TEST_CASE("a redacted run document can be read back") {
    const std::string text = write(redacted(named_report(), key(), {}), "json");
    const auto report = read_run_document(text, "run.json");
    REQUIRE(report);
    CHECK(report->accounts->at(0).linked[0].starts_with("device-"));
    CHECK(write(*report, "json") == text);
}

TEST_CASE("hostile names are redacted and break nothing") {
    const Report report = redacted(hostile_report(), key(), {});
    for (const Writer& writer : all_writers()) CHECK_FALSE(write(report, writer.name).empty());
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        const Row row = report.accounts->at(i);
        const std::string all = row.id + row.name + *row.owner + *row.site + row.why +
                                row.notes[0] + row.origins[0] + row.linked[0] + row.user_agents[0] +
                                row.factors[0].evidence;
        CHECK_FALSE(has(all, "alert(1)"));
        CHECK_FALSE(has(all, "gnp.exe"));
    }
}

TEST_CASE("scrubbing knows addresses hosts files and ids by their look") {
    Pseudonyms names(key());
    names.learn_domain_of("a@contoso.com");
    const std::string a = names.of_id("scan@contoso.com");
    CHECK(names.scrub("to SCAN@contoso.com: 5 messages") == "to " + a + ": 5 messages");
    CHECK(names.scrub("(scan@contoso.com)") == "(" + a + ")");
    CHECK(names.scrub("at 203.0.113.7.") == "at " + names.of_id("203.0.113.7") + ".");
    CHECK(names.scrub("2001:db8:1:2::77") == names.of_id("2001:db8:1:2::/64"));
    CHECK(names.scrub("report.csv:17") == names.of("file", "report.csv") + ":17");
    CHECK(names.scrub("by smtp-legacy.office365.com, TLS 1.0/1.1 at 10:30") ==
          "by smtp-legacy.office365.com, TLS 1.0/1.1 at 10:30");
    CHECK(names.scrub("https://admin.exchange.microsoft.com/#/reports") ==
          "https://admin.exchange.microsoft.com/#/reports");
    CHECK_FALSE(has(names.scrub("relay.contoso.com"), "contoso"));
    CHECK_FALSE(has(names.scrub("contoso.onmicrosoft.com"), "contoso"));
}

TEST_CASE("a learnt name is found as a whole word and the longest first") {
    Pseudonyms names(key());
    names.learn("owner", "Print");
    names.learn("owner", "Print services");
    CHECK(names.scrub("Print services and Print") ==
          names.of("owner", "Print services") + " and " + names.of("owner", "Print"));
    CHECK(names.scrub("Printer, FinePrint, print") == "Printer, FinePrint, print");
}

TEST_CASE("the keyed digest is HMAC SHA 256") {
    // RFC 4231, test case 2.
    CHECK(keyed_digest("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a policy's name goes from a value that tells more and from the commands") {
    Report report = sample_report();
    std::vector<Row> rows = {report.accounts->at(0)};
    rows[0].switches->chain[0].value = "\"Vault Printers\", the organisation's default";
    rows[0].switches->chain.push_back(
        {"mailbox_flag", "not set: as the tenant", "left to the tenant", "left to the tenant", ""});
    report.accounts = std::make_shared<StoredRows>(rows);
    report.actions[0].undo = {"Set-User -Identity '" + rows[0].id +
                              "' -AuthenticationPolicy 'Vault Printers'"};
    const Report out = redacted(report, key(), {});
    const Row row = out.accounts->at(0);
    CHECK_FALSE(has(row.switches->chain[0].value, "Vault"));
    CHECK(has(row.switches->chain[0].value, ", the organisation's default"));
    CHECK(row.switches->chain.back().value == "not set: as the tenant");
    CHECK_FALSE(has(out.actions[0].undo[0], "Vault"));
    CHECK_FALSE(has(out.actions[0].undo[0], rows[0].id));
    CHECK(has(out.actions[0].undo[0], "Set-User -Identity '"));
}
