// Applications that may send, their sign-ins, the usage report and the message center, over real
// sockets. The report's one redirect leaves Graph without a token and is written nowhere.
#include "fake_tenant/senders.hpp"
#include "contract/chain.hpp"
#include "sources/graph_messages.hpp"
#include "sources/graph_oauth_apps.hpp"
#include "sources/graph_usage_report.hpp"

#include <algorithm>

namespace smtpaudit::contract {
namespace {

constexpr const char* k_mailer = "b0b0b0b0-1111-4222-8333-000000000001";
constexpr const char* k_reader = "b0b0b0b0-1111-4222-8333-000000000002";

std::string oauth_row(const char* id, const char* app, const char* more) {
    return std::string(R"({"id":")") + id +
           R"(","createdDateTime":"2026-11-22T08:00:00Z","appDisplayName":"Mailer","appId":")" +
           app +
           R"(","resourceId":"00000002-0000-0ff1-ce00-000000000000","clientAppUsed":"Browser",)"
           R"("ipAddress":"198.51.100.70","status":{"errorCode":0},)" +
           more + "}";
}

ChainOptions senders() {
    ChainOptions options;
    fake::TenantSpec& tenant = options.tenant;
    for (const char* const permission : {"Application.Read.All", "Directory.Read.All",
                                         "Reports.Read.All", "ServiceMessage.Read.All"})
        tenant.apps.front().permissions.emplace_back(permission);
    tenant.oauth_senders = {
        {k_mailer, "Ticket mailer", true, {}, false},
        {k_reader, "Mail client", false, {{"exchange", ""}, {"graph", "u-7"}}, false}};
    tenant.sign_ins.rows = {
        oauth_row("s-1", k_mailer,
                  R"("userId":"","userPrincipalName":"","servicePrincipalId":"sp",
                     "isInteractive":false,"signInEventTypes":["servicePrincipal"])"),
        oauth_row("s-2", k_reader,
                  R"("userId":"u-7","userPrincipalName":"app@contoso.com","isInteractive":true,
                     "signInEventTypes":["interactiveUser"])"),
        oauth_row("s-3", k_reader,
                  R"("userId":"u-7","userPrincipalName":"app@contoso.com","isInteractive":false,
                     "clientCredentialType":"clientSecret",
                     "signInEventTypes":["nonInteractiveUser"])"),
        oauth_row("s-4", "c0c0c0c0-0000-4000-8000-000000000000",
                  R"("userId":"u-8","userPrincipalName":"other@contoso.com","isInteractive":true,
                     "signInEventTypes":["interactiveUser"])")};
    tenant.usage.rows = {{"scan1@contoso.com", "Undetermined"}, {"user1@contoso.com", ""}};
    tenant.messages = {
        R"({"id":"MC786329","title":"SMTP AUTH","body":{"content":"December 2026, 2H 2027"}})"};
    return options;
}

}  // namespace

TEST_CASE("the applications that may send are listed by grant") {
    Chain chain(senders());
    const Pulled pulled = chain.pull(k_graph_oauth_apps);
    CHECK(pulled.coverage.reason.empty());
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows ==
          std::vector<std::string>{
              "-",
              std::string(k_reader) + "|Mail client|delegated scope SMTP.Send on Microsoft Graph|"
                                      "for one user|u-7",
              std::string(k_reader) + "|Mail client|delegated scope SMTP.Send on Office 365 "
                                      "Exchange Online|administrator, for every user|",
              std::string(k_mailer) +
                  "|Ticket mailer|application role SMTP.SendAsApp on Office 365 "
                  "Exchange Online|administrator, for every mailbox that "
                  "Exchange lets the application use|"});
}

TEST_CASE("the sign-ins of those applications are read and placed only where they can be") {
    Chain chain(senders());
    chain.from = parse_iso_instant("2026-11-20T00:00:00Z").value().at;
    const Pulled pulled = chain.pull(k_graph_oauth_sign_ins);
    CHECK(pulled.coverage.reason.empty());
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.coverage.rows == 3);
    const auto placed =
        std::count_if(pulled.rows.begin(), pulled.rows.end(),
                      [](const std::string& row) { return contains(row, "198.51.100.70"); });
    CHECK(pulled.rows.size() == 2);
    CHECK(placed == 1);
    CHECK(std::any_of(pulled.coverage.notes.begin(), pulled.coverage.notes.end(),
                      [](const std::string& note) {
                          return contains(note, "Ticket mailer") && contains(note, "as itself 1");
                      }));
}

TEST_CASE("the usage report is fetched without the token and its address is written nowhere") {
    Chain chain(senders());
    const Pulled pulled = chain.pull(k_graph_usage_report);
    CHECK(pulled.coverage.reason.empty());
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == std::vector<std::string>{"-", "used SMTP: scan1@contoso.com"});
    const auto fetched = chain.requests(fake::k_report_host);
    REQUIRE(fetched.size() == 1);
    CHECK_FALSE(fetched[0].header("Authorization"));
    CHECK(fetched[0].status == 200);
    CHECK_FALSE(contains(chain.log(), fake::k_report_host));
    CHECK_FALSE(contains(chain.log(), "report-path"));
}

TEST_CASE("concealed names of the usage report are known for what they are") {
    ChainOptions options = senders();
    options.tenant.usage.concealed = true;
    Chain chain(std::move(options));
    const Pulled pulled = chain.pull(k_graph_usage_report);
    CHECK(pulled.coverage.state == CoverageState::unavailable);
    CHECK(pulled.rows == std::vector<std::string>{"-"});
}

TEST_CASE("what a cloud lacks is unavailable with the reason") {
    ChainOptions options = senders();
    options.tenant.missing = {"/reports/", "/serviceAnnouncement/"};
    Chain chain(std::move(options));
    for (const LiveSource* source : {&k_graph_usage_report, &k_graph_messages}) {
        const Pulled pulled = chain.pull(*source);
        CHECK(pulled.coverage.state == CoverageState::unavailable);
        CHECK(contains(pulled.coverage.reason, "this cloud has no such API"));
    }
}

TEST_CASE("the message center's posts come with the dates that they name") {
    Chain chain(senders());
    const Pulled pulled = chain.pull(k_graph_messages);
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == std::vector<std::string>{"-", "MC786329: 2 dates"});
}

TEST_CASE("each source names its own permission when it is taken away") {
    Chain chain(senders());
    const auto reason = [&](const char* permission, const LiveSource& source) {
        chain.tenant.take_away(k_client_id, permission);
        const Pulled pulled = chain.pull(source);
        CHECK(pulled.coverage.state == CoverageState::failed);
        return pulled.coverage.reason;
    };
    CHECK(contains(reason("Reports.Read.All", k_graph_usage_report), "Reports.Read.All"));
    CHECK(contains(reason("ServiceMessage.Read.All", k_graph_messages), "ServiceMessage.Read.All"));
    CHECK(contains(reason("Directory.Read.All", k_graph_oauth_apps), "Directory.Read.All"));
}

}  // namespace smtpaudit::contract
