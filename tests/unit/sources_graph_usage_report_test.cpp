#include "sources/graph_usage_report.hpp"

#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_graph = "https://graph.microsoft.com";
const std::string k_call = "/reports/getEmailAppUsageUserDetail(period='D180')";
const std::string k_address = "https://reportsweu.office.example/data?token=SENTINEL-address";
const std::string k_header =
    "\xEF\xBB\xBFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted "
    "Date,Last Activity Date,Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For "
    "Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period\n";

struct Reports {
    FakeHttp http, bare;
    FakeClock clock{"2026-11-24T12:00:00Z"};
    KeepingSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = {},
                        .to = {},
                        .progress = {},
                        .stop = {},
                        .bare_http = &bare};

    void redirect(const std::string& location, const std::string& version = "v1.0") {
        http.expect(HttpMethod::get, k_graph + "/" + version + k_call,
                    reply(302, "", {{"Location", location}}));
    }
    Coverage pull() {
        Coverage coverage = k_graph_usage_report.pull(context, sink);
        CHECK(coverage.reason.find("SENTINEL") == std::string::npos);
        return coverage;
    }
    Coverage pull(const std::string& csv) {
        redirect(k_address);
        bare.expect(HttpMethod::get, k_address, reply(200, csv));
        return pull();
    }
    std::vector<std::string> used() const {
        std::vector<std::string> names;
        for (const TenantFacts& facts : sink.tenants)
            for (const MailboxSmtpUse& use : facts.smtp_used)
                names.push_back(
                    fmt::format("{} {} {} {}", use.user_principal_name, use.days,
                                use.refreshed ? format_day(*use.refreshed) : "-",
                                use.last_activity ? format_day(*use.last_activity) : "-"));
        return names;
    }
};

std::string row(const std::string& name, const std::string& smtp) {
    return "2026-11-22," + name +
           ",\"Name, with comma\",False,,2026-11-21T00:00:00Z,,,ProPlus,,,,,," + smtp + ",180\n";
}

}  // namespace

TEST_CASE("a mailbox whose SMTP cell holds anything used SMTP") {
    Reports t;
    const Coverage coverage =
        t.pull(k_header + row("Scan@contoso.com", "Undetermined") + row("none@contoso.com", "") +
               row("blank@contoso.com", " ") + row("erp@contoso.com", "ProPlus"));
    CHECK(coverage.source == "usage_report");
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 4);
    CHECK(t.used() == std::vector<std::string>{"Scan@contoso.com 180 2026-11-22 2026-11-21",
                                               "erp@contoso.com 180 2026-11-22 2026-11-21"});
    CHECK(format_utc(coverage.to.value()) == "2026-11-23T00:00:00Z");
    CHECK(format_utc(coverage.from.value()) == "2026-05-27T00:00:00Z");
    // The one request that leaves Graph carries no token.
    CHECK(header_of(t.bare.requests().at(0), "Authorization").empty());
}

TEST_CASE("columns of the usage report are found by name") {
    Reports t;
    t.pull("SMTP App,New,user principal name\nx,y,a@contoso.com\n");
    CHECK(t.used() == std::vector<std::string>{"a@contoso.com 180 - -"});
    Reports other;
    const Coverage coverage = other.pull("User,SMTP\na,b\n");
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason == "usage report: has no column \"User Principal Name\" or \"SMTP App\"");
}

TEST_CASE("concealed names are told and not joined") {
    const std::string concealed = row("0123456789abcdefABCDEF0123456789", "ProPlus");
    Reports all;
    const Coverage coverage = all.pull(k_header + concealed + concealed);
    CHECK(coverage.state == CoverageState::unavailable);
    CHECK(coverage.reason.starts_with("all of its names are concealed"));
    CHECK(all.used().empty());
    Reports some;
    CHECK(some.pull(k_header + concealed + row("a@contoso.com", "x")).state ==
          CoverageState::partial);
    CHECK(some.used().size() == 1);
    Reports named;
    named.context.chosen_by_name = true;
    CHECK(named.pull(k_header + concealed).state == CoverageState::partial);
}

TEST_CASE("a report at an address that is not https is not fetched") {
    for (const char* const location : {"http://reports.example/SENTINEL",
                                       "https://SENTINEL@reports.example/", "/SENTINEL", ""}) {
        Reports t;
        t.redirect(location);
        const Coverage coverage = t.pull();
        CHECK(coverage.state == CoverageState::failed);
        CHECK(coverage.reason.starts_with("the report lies at no https address"));
        CHECK(t.bare.requests().empty());
    }
}

TEST_CASE("a fetch that fails is tried three times and names no address") {
    Reports t;
    t.redirect(k_address);
    for (const int status : {503, 404, 500})
        t.bare.expect(HttpMethod::get, k_address, reply(status));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason == "the report could not be fetched (HTTP 500); run again later");
    CHECK(t.clock.sleeps().size() == 2);
}

TEST_CASE("a cloud without the report says so after both versions were asked") {
    Reports t;
    for (const char* const version : {"/v1.0", "/beta"})
        t.http.expect(HttpMethod::get, k_graph + version + k_call, reply(400, "{}"));
    CHECK(t.pull().state == CoverageState::unavailable);
    Reports beta;
    beta.http.expect(HttpMethod::get, k_graph + "/v1.0" + k_call, reply(404, "{}"));
    beta.redirect(k_address, "beta");
    beta.bare.expect(HttpMethod::get, k_address, reply(200, k_header));
    const Coverage coverage = beta.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.notes.at(0) == "the report has no rows yet");
}

TEST_CASE("whether the report may be had is asked without fetching it") {
    Reports t;
    t.redirect(k_address);
    CHECK(k_graph_usage_report.probe(t.context).state == CoverageState::complete);
    CHECK(t.bare.requests().empty());
    Reports refused;
    refused.http.expect(HttpMethod::get, k_graph + "/v1.0" + k_call, reply(403, "{}"));
    const Coverage coverage = k_graph_usage_report.probe(refused.context);
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("Reports.Read.All") != std::string::npos);
}
