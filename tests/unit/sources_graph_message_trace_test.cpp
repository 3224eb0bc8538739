#include "sources/graph_message_trace.hpp"
#include "sources/graph_named_locations.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_graph = "https://graph.microsoft.com";
const std::string k_trace = k_graph + "/v1.0/admin/exchange/tracing/messageTraces?$filter=";

class TraceSink final : public EvidenceSink {
public:
    std::vector<std::string> seen;
    std::vector<NamedLocation> locations;
    void observe(const Observation&) override {}
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts& facts) override { locations = *facts.named_locations; }
    void traced(const TracedMessage& m) override {
        seen.push_back(fmt::format("{} {} {} {}", m.sender, m.recipient, format_utc(m.at),
                                   m.from ? format_ip(*m.from) : "-"));
    }
};

struct Traced {
    FakeHttp http;
    FakeClock clock{"2026-11-22T12:00:00Z"};
    TraceSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = parse_iso_instant("2026-08-25T00:00:00Z")->at,
                        .to = parse_iso_instant("2026-11-22T12:00:00Z")->at,
                        .progress = {},
                        .stop = {}};
    Traced() {
        context.senders = {"scan@contoso.com", "o'neil@contoso.com"};
        context.request_budget = 10;
    }
    Coverage run() { return k_graph_message_trace.pull(context, sink); }
};

std::string row(const char* id, const char* sender, const char* recipient) {
    return fmt::format(R"({{"id":"{}","senderAddress":"{}","recipientAddress":"{}",
        "receivedDateTime":"2026-11-21T08:00:00Z","fromIP":"203.0.113.40","subject":"secret"}})",
                       id, sender, recipient);
}

}  // namespace

TEST_CASE("each sender is asked for in a query of its own over the last ten days") {
    Traced t;
    t.http.expect(HttpMethod::get, k_trace + "*",
                  reply(200, graph_answer({row("1", "Scan@contoso.com", "a@contoso.com"),
                                           row("1", "Scan@contoso.com", "b@fabrikam.com"),
                                           row("1", "Scan@contoso.com", "B@fabrikam.com"),
                                           row("2", "else@contoso.com", "c@contoso.com")})));
    t.http.expect(HttpMethod::get, k_trace + "*", reply(200, graph_answer({})));
    const Coverage coverage = t.run();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 2);  // a repeated row and another sender's are left out
    CHECK(coverage.files == 2);
    CHECK(coverage.notes.empty());
    REQUIRE(t.sink.seen.size() == 2);
    CHECK(t.sink.seen[0] == "scan@contoso.com a@contoso.com 2026-11-21T08:00:00Z 203.0.113.40");
    const auto requests = t.http.requests();
    CHECK(requests[0].url.find("senderAddress%20eq%20%27scan%40contoso.com%27%20and%20"
                               "receivedDateTime%20ge%202026-11-12T12%3A00%3A00Z") !=
          std::string::npos);
    CHECK(requests[1].url.find("%27o%27%27neil%40contoso.com%27") != std::string::npos);
}

TEST_CASE("the budget ends the questions and the rest is said") {
    Traced t;
    t.context.request_budget = 1;
    t.http.expect(HttpMethod::get, k_trace + "*", reply(200, graph_answer({})));
    const Coverage coverage = t.run();
    CHECK(coverage.state == CoverageState::complete);
    REQUIRE(coverage.notes.size() == 1);
    CHECK(coverage.notes[0].starts_with("1 of 2 senders were asked for"));
}

TEST_CASE("a trace that is refused names its permission and the app that it needs") {
    Traced t;
    t.http.expect(HttpMethod::get, k_trace + "*",
                  reply(403, R"({"error":{"code":"Authorization_RequestDenied"}})"));
    Coverage coverage = t.run();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("ExchangeMessageTrace.Read.All") != std::string::npos);
    Traced unknown_app;
    unknown_app.http.expect(HttpMethod::get, k_trace + "*", reply(401, "{}"));
    coverage = unknown_app.run();
    CHECK(coverage.reason.find("8bd644d1-64a1-4d4b-ae52-2e0cbf64e373") != std::string::npos);
}

TEST_CASE("a cloud without the trace in Graph is asked by Get-MessageTraceV2") {
    Traced t;
    t.context.senders = {"scan@contoso.com"};
    t.context.exchange_url = "https://outlook.office365.us";
    t.context.tenant = "contoso.onmicrosoft.us";
    t.http.expect(HttpMethod::get, k_trace + "*", reply(404, "{}"));
    t.http.expect(HttpMethod::post, "https://outlook.office365.us/adminapi/beta/*",
                  reply(200, R"({"@adminapi.warnings":[],"value":[{"MessageTraceId":"1",
            "SenderAddress":"scan@contoso.com","RecipientAddress":"a@contoso.com",
            "Received":"2026-11-21T08:00:00.1234567Z","FromIP":"203.0.113.40"}]})"));
    const Coverage coverage = t.run();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(t.sink.seen.size() == 1);
    CHECK(t.http.requests()[1].body.find("\"Get-MessageTraceV2\"") != std::string::npos);
    CHECK(t.http.requests()[1].body.find("\"2026-11-12T12:00:00\"") != std::string::npos);
}

TEST_CASE("a named location that is a list of addresses names a network") {
    Traced t;
    t.http.expect(
        HttpMethod::get, k_graph + "/v1.0/identity/conditionalAccess/namedLocations",
        reply(200,
              graph_answer(
                  {R"({"displayName":"Utrecht","ipRanges":[{"cidrAddress":"203.0.113.0/24"}]})",
                   R"({"displayName":"The Netherlands","countriesAndRegions":["NL"]})"})));
    const Coverage coverage = k_graph_named_locations.pull(t.context, t.sink);
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 2);
    REQUIRE(t.sink.locations.size() == 1);
    CHECK(t.sink.locations[0].name == "Utrecht");
    CHECK(t.sink.locations[0].ranges == std::vector<std::string>{"203.0.113.0/24"});
}
