#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string write(const Report& report) {
    TextSink sink;
    REQUIRE(find_writer("prometheus")->write(report, {}, sink));
    return sink.text;
}

bool has(const std::string& text, std::string_view line) {
    return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("accounts and messages are counted by tenant and band") {
    const std::string text = write(sample_report());
    CHECK(has(text, R"(smtpaudit_accounts{tenant="contoso",band="critical"} 2)"));
    CHECK(has(text, R"(smtpaudit_accounts{tenant="contoso",band="info"} 0)"));
    CHECK(has(text, R"(smtpaudit_devices{tenant="contoso",band="critical"} 1)"));
    CHECK(has(text, R"(smtpaudit_basic_messages{tenant="contoso",band="critical"} 36100)"));
    CHECK(has(text, R"(smtpaudit_accepted_accounts{tenant="contoso",band="critical"} 1)"));
    CHECK(has(text, R"(smtpaudit_accounts_by_status{tenant="contoso",status="oauth_only"} 1)"));
}

TEST_CASE("instants and spans are in seconds") {
    const std::string text = write(sample_report());
    CHECK(has(text, R"(smtpaudit_cutoff_timestamp_seconds{tenant="contoso"} 1756684800)"));
    CHECK(
        has(text, R"(smtpaudit_next_enforcement_timestamp_seconds{tenant="contoso"} 1798675200)"));
    CHECK(has(text, R"(smtpaudit_last_run_timestamp_seconds{tenant="contoso"} 1795420800)"));
    CHECK(has(text, R"(smtpaudit_evidence_covered_seconds{tenant="contoso"} 7776000)"));
}

TEST_CASE("what is unknown has no series") {
    const std::string text = write(empty_report());
    CHECK(text.find("smtpaudit_lost_messages_per_day") == std::string::npos);
    CHECK(text.find("smtpaudit_basic_message_ratio") == std::string::npos);
    CHECK(text.find("smtpaudit_new_findings") == std::string::npos);
    CHECK(text.find("smtpaudit_gate_tripped") == std::string::npos);
}

TEST_CASE("no address and no account is a label") {
    const std::string text = write(sample_report());
    CHECK(text.find('@') == std::string::npos);
    CHECK(text.find("203.0.113.") == std::string::npos);
}

TEST_CASE("the worst of the files of a source is its state") {
    Report report = empty_report();
    report.coverage.push_back(report.coverage[0]);
    report.coverage.back().state = CoverageState::partial;
    const std::string text = write(report);
    const std::string series =
        R"(smtpaudit_source_state{tenant="contoso",source="smtp_auth_report",)";
    CHECK(has(text, series + R"(state="partial"} 1)"));
    CHECK(has(text, series + R"(state="complete"} 0)"));
    CHECK(has(text, R"(smtpaudit_evidence_incomplete{tenant="contoso"} 1)"));
}

TEST_CASE("a tenant name with quotes and backslashes is escaped") {
    Report report = empty_report();
    report.tenant_name = "a\"b\\c\nd";
    CHECK(write(report).find("{tenant=\"a\\\"b\\\\c\xEF\xBF\xBD"
                             "d\"") != std::string::npos);
}

TEST_CASE("mailboxes are counted where settings were read") {
    Report report = sample_report();
    report.summary.mailboxes.reset();
    CHECK(write(report).find("smtpaudit_mailboxes") == std::string::npos);
    report.summary.mailboxes = MailboxCounts{9, 4, 3, 4, 2};
    const std::string text = write(report);
    CHECK(has(text, R"(smtpaudit_mailboxes{tenant="contoso",basic_usable="yes"} 3)"));
    CHECK(has(text, R"(smtpaudit_mailboxes{tenant="contoso",basic_usable="no"} 4)"));
    CHECK(has(text, R"(smtpaudit_mailboxes{tenant="contoso",basic_usable="unknown"} 2)"));
}
