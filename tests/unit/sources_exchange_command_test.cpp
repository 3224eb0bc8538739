#include "sources/exchange_command.hpp"
#include "sources/report_job.hpp"
#include "sources_sign_in_support.hpp"

#include <nlohmann/json.hpp>
#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;
using nlohmann::json;

namespace {

const std::string k_tenant = "11111111-2222-3333-4444-555555555555";
const std::string k_host = "https://outlook.office365.com";
const std::string k_url = k_host + "/adminapi/beta/" + k_tenant + "/InvokeCommand";

struct Exchange {
    FakeHttp http;
    FakeClock clock{"2026-11-22T12:00:00Z"};
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = "https://graph.microsoft.com",
                        .from = {},
                        .to = {},
                        .progress = {},
                        .stop = {},
                        .exchange_url = k_host,
                        .tenant = k_tenant};
    std::vector<std::string> rows;

    void expect(HttpResponse response, const std::string& url = k_url) {
        http.expect(HttpMethod::post, url, std::move(response));
    }
    ExchangeAnswer run(const ExchangeCommand& command = {ExchangeCmdlet::get_cas_mailbox}) {
        return run_exchange_command(context, command,
                                    [&](std::string_view row) { rows.emplace_back(row); });
    }
    std::string problem(const ExchangeCommand& command = {ExchangeCmdlet::get_cas_mailbox}) {
        const ExchangeAnswer answer = run(command);
        return answer.problem ? answer.problem->reason : "none";
    }
    json body(std::size_t request) const { return json::parse(http.requests().at(request).body); }
};

std::string page(const std::string& rows, const std::string& next = {},
                 const std::string& warnings = "[]") {
    std::string text =
        R"x({"@odata.context":"x","adminapi.warnings@odata.type":"#Collection(String)",)x"
        R"x("@adminapi.warnings":)x" +
        warnings + ",";
    if (!next.empty()) text += R"("@odata.nextLink":")" + next + R"(",)";
    return text + R"("value":[)" + rows + "]}";
}

std::string link_to(const std::string& token, const std::string& host = k_host) {
    return host + "/adminapi/beta/" + k_tenant + "/InvokeCommand?$skiptoken=" + token;
}

// The error of facts/exchange.md 3.1.
std::string error(const std::string& inner, const std::string& detail) {
    json body = {{"error",
                  {{"code", "NotFound"},
                   {"message", "Error executing cmdlet"},
                   {"innererror", {{"message", "Error executing cmdlet"}}}}},
                 {"@adminapi.warnings", json::array()}};
    if (!inner.empty())
        body["error"]["innererror"]["internalexception"] = {
            {"message", inner}, {"stacktrace", "at Microsoft.Exchange"}};
    if (!detail.empty())
        body["error"]["details"] = {{{"code", "Context"}, {"target", ""}, {"message", detail}}};
    return body.dump();
}

}  // namespace

TEST_CASE("a command is posted with its name parameters and a constant anchor mailbox") {
    Exchange t;
    t.expect(reply(200, page("")),
             k_url + "?$select=PrimarySmtpAddress,SmtpClientAuthenticationDisabled");
    const auto answer = t.run({ExchangeCmdlet::get_cas_mailbox,
                               {},
                               {"PrimarySmtpAddress", "SmtpClientAuthenticationDisabled"}});
    CHECK_FALSE(answer.problem);
    CHECK(answer.pages == 1);
    const HttpRequest request = t.http.requests().at(0);
    CHECK(t.body(0) == json::parse(R"({"CmdletInput":{"CmdletName":"Get-CASMailbox",
        "Parameters":{"ResultSize":"Unlimited"}}})"));
    CHECK(header_of(request, "X-AnchorMailbox") ==
          "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" + k_tenant);
    CHECK(header_of(request, "Prefer") == "odata.maxpagesize=1000");
    CHECK(header_of(request, "Content-Type") == "application/json");
    CHECK(request.is_repeatable);
}

TEST_CASE("parameters are an object even where there are none") {
    Exchange t;
    t.expect(reply(200, page("{}")));
    t.run({ExchangeCmdlet::get_transport_config});
    CHECK(t.body(0) == json::parse(R"({"CmdletInput":{"CmdletName":"Get-TransportConfig",
        "Parameters":{}}})"));
}

TEST_CASE("a person and a domain have anchor mailboxes of their own forms") {
    Exchange t;
    t.context.person = "auditor@contoso.com";
    t.expect(reply(200, page("")));
    t.run();
    t.context.person.clear();
    t.context.tenant = "contoso.onmicrosoft.com";
    t.expect(reply(200, page("")), k_host + "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand");
    t.run();
    CHECK(header_of(t.http.requests()[0], "X-AnchorMailbox") == "UPN:auditor@contoso.com");
    CHECK(header_of(t.http.requests()[1], "X-AnchorMailbox") ==
          "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com");
}

TEST_CASE("only the report job writes and it is never sent twice") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < k_exchange_cmdlets; ++i) {
        const auto cmdlet = static_cast<ExchangeCmdlet>(i);
        names.insert(to_string(cmdlet));
        CHECK(to_string(cmdlet).starts_with("Get-") !=
              (cmdlet == ExchangeCmdlet::start_historical_search));
    }
    CHECK(names.size() == k_exchange_cmdlets);
    Exchange t;
    t.expect(reply(200, page("{}")));
    t.run({ExchangeCmdlet::start_historical_search,
           {{"ReportType", "SmtpCSReport"},
            {"NotifyAddress", std::vector<std::string>{"mailops@contoso.com"}}}});
    CHECK_FALSE(t.http.requests()[0].is_repeatable);
    CHECK(t.body(0)["CmdletInput"]["Parameters"] ==
          json::parse(R"({"ReportType":"SmtpCSReport","NotifyAddress":["mailops@contoso.com"]})"));
}

TEST_CASE("the next page is asked for with the same body and headers") {
    Exchange t;
    const std::string below = link_to("2", "https://eur01.outlook.office365.com");
    t.expect(reply(200, page(R"({"n":1},{"n":2})", link_to("1"))));
    t.expect(reply(200, page("", below)), link_to("1"));
    t.expect(reply(200, page(R"({"n":3})")), below);
    const auto answer = t.run();
    CHECK_FALSE(answer.problem);
    CHECK(answer.pages == 3);
    CHECK(answer.rows == 3);
    CHECK(t.rows == std::vector<std::string>{R"({"n":1})", R"({"n":2})", R"({"n":3})"});
    const auto requests = t.http.requests();
    for (const HttpRequest& request : requests) {
        CHECK(request.body == requests[0].body);
        CHECK(header_of(request, "X-AnchorMailbox") == header_of(requests[0], "X-AnchorMailbox"));
    }
    CHECK(exchange_coverage("mailboxes", answer, false).state == CoverageState::complete);
}

TEST_CASE("a page that expired leaves a partial answer and never a short list") {
    Exchange t;
    t.expect(reply(200, page(R"({"n":1})", link_to("1"))));
    t.expect(reply(400, error("Expired or Invalid pagination request. Default Expiry time is "
                              "00:30:00",
                              "")),
             link_to("1"));
    const auto answer = t.run();
    REQUIRE(answer.problem);
    CHECK(answer.problem->kind == GraphProblemKind::page_token);
    const Coverage coverage = exchange_coverage("mailboxes", answer, false);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.rows == 1);
    CHECK(coverage.reason.find("Expired or Invalid pagination request") != std::string::npos);
}

TEST_CASE("a link that leaves Exchange is not followed") {
    for (const char* host : {"https://outlook.office365.com.evil.example", "https://evil.example",
                             "http://outlook.office365.com", "https://eviloutlook.office365.com"}) {
        CAPTURE(host);
        Exchange t;
        t.expect(reply(200, page(R"({"n":1})", link_to("1", host))));
        const auto answer = t.run();
        REQUIRE(answer.problem);
        CHECK(answer.problem->kind == GraphProblemKind::refused_link);
        CHECK(exchange_coverage("mailboxes", answer, false).state == CoverageState::partial);
    }
}

TEST_CASE("a link to a page already read ends the walk") {
    Exchange t;
    t.expect(reply(200, page("", link_to("1"))));
    t.expect(reply(200, page("", link_to("1"))), link_to("1"));
    CHECK(t.problem().find("already read") != std::string::npos);
}

TEST_CASE("NUL bytes with 403 name the command that lacks its role") {
    Exchange t;
    t.expect(reply(403, std::string(200, '\0'), {{"request-id", "8f1c"}}));
    const auto answer = t.run();
    REQUIRE(answer.problem);
    CHECK(answer.problem->kind == GraphProblemKind::permission);
    CHECK(
        answer.problem->reason ==
        "not allowed to run Get-CASMailbox, or Exchange has no such command (HTTP 403, "
        "request-id 8f1c); grant the app an Exchange role group that holds Get-CASMailbox, or the "
        "directory role Global Reader");
    CHECK(exchange_coverage("mailboxes", answer, false).state == CoverageState::failed);
}

TEST_CASE("401 names the application permission") {
    Exchange t;
    t.expect(reply(401, ""));
    const std::string said = t.problem();
    CHECK(said.find("Exchange.ManageAsApp (dc50a0fb-09a3-484d-be87-e023b12c6440)") !=
          std::string::npos);
    CHECK(said.find("Office 365 Exchange Online") != std::string::npos);
}

TEST_CASE("an error says its innermost message") {
    const auto said = [](int status, const std::string& body) {
        Exchange t;
        t.expect(reply(status, body));
        return t.problem();
    };
    CHECK(said(400, error("The inner reason.", "Ex1|Some.Exception|The detail.")) ==
          "Exchange refused Get-CASMailbox: The inner reason (HTTP 400)");
    CHECK(said(404, error("",
                          "Ex6F9304|Microsoft.Exchange.ManagementObjectNotFoundException|The "
                          "object 'x' couldn't be found.")) ==
          "Exchange refused Get-CASMailbox: The object 'x' couldn't be found (HTTP 404)");
    CHECK(said(400, error("", "")) ==
          "Exchange refused Get-CASMailbox: Error executing cmdlet (HTTP 400)");
    CHECK(said(400, R"({"error":{}})") ==
          "Exchange refused Get-CASMailbox: no reason given (HTTP 400)");
    CHECK(said(200, error("The inner reason.", "")) ==
          "Exchange refused Get-CASMailbox: The inner reason (HTTP 200)");
}

TEST_CASE("an error is one short line without anything as long as a token") {
    Exchange t;
    const std::string token = "eyJ0" + std::string(400, 'x');
    t.expect(reply(400, error("Broken\r\nline \x1b[31m for " + token + " and " +
                                  std::string(40, 'w') + std::string(900, ' ') + "end",
                              "")));
    const std::string said = t.problem();
    CHECK(said.find("eyJ0") == std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
    CHECK(said.find('\x1b') == std::string::npos);
    CHECK(said.size() < 400);
}

TEST_CASE("an answer that is no list is an error and not an empty one") {
    for (const char* body : {R"({"value":5})", R"({})", R"([])", R"({"value":[1]})", "7",
                             R"({"value":[],"@odata.nextLink":5})"}) {
        CAPTURE(body);
        Exchange t;
        t.expect(reply(200, body));
        const auto answer = t.run();
        REQUIRE(answer.problem);
        CHECK(answer.problem->kind == GraphProblemKind::bad_answer);
        CHECK(answer.rows == 0);
    }
    Exchange cut;
    cut.expect(reply(200, R"({"value":[{"n":1},{"n)"));
    CHECK(cut.problem().find("cut or unreadable") != std::string::npos);
    CHECK(cut.rows.empty());
}

TEST_CASE("a command without rows is a whole answer") {
    for (const char* body : {R"({"value":[]})", R"({"value":null})", "\n {\"value\" : [ ] }"}) {
        CAPTURE(body);
        Exchange t;
        t.expect(reply(200, body));
        const auto answer = t.run();
        CHECK_FALSE(answer.problem);
        CHECK(answer.rows == 0);
    }
}

TEST_CASE("warnings are told and one that speaks of more rows makes the answer partial") {
    Exchange t;
    t.expect(reply(200, page(R"({"n":1})", "", R"(["The object x is corrupted.","",7])")));
    const auto harmless = t.run();
    const Coverage whole = exchange_coverage("mailboxes", harmless, false);
    CHECK(whole.state == CoverageState::complete);
    CHECK(whole.notes == std::vector<std::string>{"Exchange warns: The object x is corrupted"});

    t.expect(
        reply(200, page(R"({"n":1})", "",
                        R"(["There are more results available than are currently displayed."])")));
    const Coverage partial = exchange_coverage("mailboxes", t.run(), false);
    CHECK(partial.state == CoverageState::partial);
    CHECK(partial.reason == "Exchange says that there are more rows than it gave");
}

TEST_CASE("a status without a reason is told by its kind") {
    using K = GraphProblemKind;
    const std::pair<int, K> cases[] = {
        {404, K::no_such_api}, {405, K::no_such_api}, {408, K::slow}, {429, K::throttled},
        {500, K::service},     {302, K::service},     {504, K::slow}};
    for (const auto& [status, kind] : cases) {
        CAPTURE(status);
        Exchange t;
        t.expect(reply(status, "<html>"));
        const auto answer = t.run();
        REQUIRE(answer.problem);
        CHECK(answer.problem->kind == kind);
    }
}

TEST_CASE("a cloud without Exchange host is said and asked for nothing") {
    Exchange t;
    t.context.exchange_url.clear();
    CHECK(t.problem().find("no known Exchange host") != std::string::npos);
    CHECK(t.http.requests().empty());
}

TEST_CASE("the id of a job is one value in the address of its file") {
    CHECK(report_download_url(k_host, "1111-2222").ends_with("&RequestID=1111-2222"));
    CHECK(
        report_download_url(k_host, "1 &x=\xC2\xA0#").ends_with("&RequestID=1%20%26x%3D%C2%A0%23"));
}

TEST_CASE("what Exchange says of a job is safe to show") {
    Exchange t;
    t.expect(reply(
        200,
        page(R"({"JobId":"1111-2222","Status":"St\u001b[2Jopped","FileUrl":"https://x/\u009c",)"
             R"("ReportTitle":"a\nb","ErrorDescription":"ba\u009cd"})")));
    const auto jobs = list_report_jobs(t.context);
    REQUIRE(jobs);
    REQUIRE(jobs->size() == 1);
    const ReportJob& job = jobs->front();
    CHECK(job.error == "ba\uFFFDd");
    CHECK(job.state_text == "St\uFFFD[2Jopped");
    CHECK(job.title == "a\uFFFDb");
    CHECK(job.file_url == "https://x/\uFFFD");
}
