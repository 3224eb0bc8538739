#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/world.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;
using test::reply;

namespace {

const std::string k_day_file =
    "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
    "message_count,message_id\r\n"
    "2026-11-22T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,TLS1.2,x,5,<1@contoso.com>\r\n";

// Exchange's report jobs behind the HttpClient seam.
struct Jobs {
    std::vector<json> jobs;
    std::vector<std::string> asked;  // "Start-HistoricalSearch 2026-11-22T00:00:00Z"
    int looks_until_done = 2;
    std::uint64_t rows = 12;  // of a job over more than a day; one of a day has 10
    std::string error;  // of finished jobs
    std::map<std::string, HttpResponse> instead;  // by the command
    std::function<void(int looks)> on_look;
    int looks = 0;

    static HttpResponse rows_of(const json& rows) {
        return reply(200, json{{"@adminapi.warnings", json::array()}, {"value", rows}}.dump());
    }
    HttpResponse start(const json& parameters) {
        json job = {{"JobId", fmt::format("00000000-0000-4000-8000-{:012}", jobs.size() + 1)},
                    {"ReportType", parameters.at("ReportType")},
                    {"ReportTitle", parameters.at("ReportTitle")},
                    {"StartDate", parameters.at("StartDate")},
                    {"EndDate", parameters.at("EndDate")},
                    {"SubmitDate", "2026-11-23T12:00:00.0000000Z"},
                    {"Status", "NotStarted"},
                    {"Rows", 0},
                    {"FileUrl", nullptr}};
        jobs.push_back(job);
        return rows_of(json::array({job}));
    }
    HttpResponse look() {
        ++looks;
        if (on_look) on_look(looks);
        for (json& job : jobs) {
            int& seen = seen_[job["JobId"].get<std::string>()];
            if (job["Status"] == "Done" || ++seen < looks_until_done) continue;
            const bool is_day = job["EndDate"].get<std::string>().substr(0, 8) ==
                                    job["StartDate"].get<std::string>().substr(0, 8) &&
                                std::stoi(job["EndDate"].get<std::string>().substr(8, 2)) ==
                                    std::stoi(job["StartDate"].get<std::string>().substr(8, 2)) + 1;
            job["Status"] = error.empty() ? "Done" : "Failed";
            job["Rows"] = is_day ? std::uint64_t{10} : rows;
            if (!error.empty()) job["ErrorDescription"] = error;
        }
        return rows_of(jobs);
    }
    HttpResponse answer(const HttpRequest& request) {
        if (request.url.find("/oauth2/") != std::string::npos)
            return reply(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"t"})");
        const json input = json::parse(request.body).at("CmdletInput");
        const std::string name = input.at("CmdletName");
        asked.push_back(name);
        if (name.starts_with("Start-"))
            asked.back() += " " + input.at("Parameters").at("StartDate").get<std::string>();
        if (instead.contains(name)) return instead.at(name);
        if (name == "Start-HistoricalSearch") return start(input.at("Parameters"));
        if (name == "Get-HistoricalSearch") return look();
        return rows_of(json::array({{{"DomainName", "contoso.com"}}}));
    }
    std::size_t started() const {
        std::size_t count = 0;
        for (const std::string& name : asked) count += name.starts_with("Start-") ? 1U : 0U;
        return count;
    }

private:
    std::map<std::string, int> seen_;
};

class JobsHttp final : public HttpClient {
public:
    explicit JobsHttp(Jobs& jobs) : jobs_(jobs) {}
    HttpResult send(const HttpRequest& request, std::stop_token stop) override {
        if (stop.stop_requested()) return http_fail(HttpFailureKind::interrupted, "interrupted");
        return check_body(request, jobs_.answer(request), "fake");
    }

private:
    Jobs& jobs_;
};

struct RequestWorld : FakeWorld {
    Jobs exchange;
    RequestWorld() {
        environment = {{"AZURE_TENANT_ID", "contoso.onmicrosoft.com"},
                       {"AZURE_CLIENT_ID", "b0b0b0b0-1111-4222-8333-555555555555"},
                       {"AZURE_CLIENT_SECRET", "SENTINEL-secret"}};
        make_http = [this](CurlSettings) -> Result<std::unique_ptr<HttpClient>> {
            return std::make_unique<JobsHttp>(exchange);
        };
    }
    int request(std::vector<std::string> args) {
        args.insert(args.begin(), "request-report");
        const int code = run(args);
        UNSCOPED_INFO(err.text);
        return code;
    }
    bool said(const std::string& text) const { return err.text.find(text) != std::string::npos; }
};

const std::string k_notify = "--notify=mailops@contoso.com";
const std::string k_first_job = "00000000-0000-4000-8000-000000000001";

}  // namespace

TEST_CASE("a report is started waited for and its link printed") {
    RequestWorld t;
    REQUIRE(t.request({k_notify, "--days", "7"}) == 0);
    CHECK(t.exchange.started() == 1);
    CHECK(t.said("the one thing smtpaudit does that is not read-only"));
    CHECK(t.said("started job " + k_first_job + " for 2026-11-16 to 2026-11-22"));
    CHECK(t.out.text.find("https://admin.protection.outlook.com/ExtendedReport/Download?Type="
                          "OnDemandReport&RequestID=" +
                          k_first_job) != std::string::npos);
    CHECK(t.out.text.find("done") != std::string::npos);
    CHECK(t.exchange.jobs.at(0).at("ReportType") == "SmtpCSReport");
    CHECK_FALSE((t.out.text + t.err.text).find("SENTINEL") != std::string::npos);
    // A minute between two looks.
    for (const auto& slept : t.clock.sleeps()) CHECK(slept == std::chrono::seconds(60));
}

TEST_CASE("the same days are not asked for twice") {
    RequestWorld t;
    REQUIRE(t.request({k_notify, "--days", "7", "--no-wait"}) == 0);
    CHECK(t.said("look again with: smtpaudit request-report --job " + k_first_job));
    REQUIRE(t.request({k_notify, "--days", "7"}) == 0);
    CHECK(t.exchange.started() == 1);
    CHECK(t.said("is taken"));
    REQUIRE(t.request({k_notify, "--days", "7", "--again"}) == 0);
    CHECK(t.exchange.started() == 2);
}

TEST_CASE("a file that is cut is asked for again by day") {
    RequestWorld t;
    t.exchange.rows = 100'000;
    REQUIRE(t.request({k_notify, "--days", "3"}) == 0);
    CHECK(t.exchange.started() == 4);
    CHECK(t.said("asking again in 3 parts"));
    CHECK(t.out.text.find("cut; the jobs below cover the same days") != std::string::npos);
    RequestWorld whole;
    whole.exchange.rows = 100'000;
    REQUIRE(whole.request({k_notify, "--days", "3", "--slice", "whole"}) == 3);
    CHECK(whole.exchange.started() == 1);
    CHECK(whole.said("more may be missing; add --slice day"));
}

TEST_CASE("a job is found again by its id and starts nothing") {
    RequestWorld t;
    REQUIRE(t.request({k_notify, "--no-wait"}) == 0);
    REQUIRE(t.request({"--job", k_first_job}) == 0);
    CHECK(t.exchange.started() == 1);
    CHECK(t.request({"--job", "11111111-0000-4000-8000-000000000001"}) == 2);
    CHECK(t.said("Exchange knows no such job"));
    CHECK(t.request({"--job", "17"}) == 2);
}

TEST_CASE("bad options start nothing and are one line") {
    const std::pair<std::vector<std::string>, std::string> cases[] = {
        {{}, "add --notify ADDRESS"},
        {{"--notify", "nobody"}, "is not an address"},
        {{"--notify", "a@b.example,c@d.example"}, "is not an address"},
        {{"--notify", "mailops@fabrikam.com"}, "fabrikam.com is not an accepted domain"},
        {{k_notify, "--every", "1"}, "--every 1: a number from 5 to 3600"},
        {{k_notify, "--watch", "nowhere"}, "there is no such folder"},
        {{k_notify, "--format", "csv"}, "are for the ranking of --watch"},
        {{"--job", k_first_job, "--days", "3"}, "--job starts nothing"},
    };
    for (const auto& [args, expected] : cases) {
        CAPTURE(expected);
        RequestWorld t;
        CHECK(t.request(args) == 2);
        CHECK(t.said(expected));
        CHECK(t.exchange.started() == 0);
    }
}

TEST_CASE("a dry run says what would be started and asks nobody") {
    RequestWorld t;
    REQUIRE(t.request({k_notify, "--days", "2", "--slice", "day", "--dry-run"}) == 0);
    CHECK(t.out.text.find("would start 2 jobs in Exchange") == 0);
    CHECK(t.out.text.find("  2026-11-21\n  2026-11-22\n") != std::string::npos);
    CHECK(t.exchange.asked.empty());
}

TEST_CASE("a missing role ends before anything is started and names the button") {
    RequestWorld t;
    t.exchange.instead["Get-HistoricalSearch"] = reply(403, std::string(100, '\0'));
    CHECK(t.request({k_notify}) == 4);
    CHECK(t.said("not allowed to run Get-HistoricalSearch"));
    CHECK(t.said("https://admin.exchange.microsoft.com/#/reports/smtpauthmailflowdetails"));
    CHECK_FALSE(t.said("Global Reader"));
    CHECK(t.exchange.started() == 0);
}

TEST_CASE("a type that Exchange does not take is said to be undocumented") {
    RequestWorld t;
    t.exchange.instead["Start-HistoricalSearch"] =
        reply(400, R"({"error":{"message":"Cannot convert value to ReportType"}})");
    CHECK(t.request({k_notify}) == 5);
    CHECK(t.said("Cannot convert value to ReportType"));
    CHECK(t.said("the report type SmtpCSReport is not documented"));
    CHECK(t.said("Request report"));
}

TEST_CASE("an answer that was lost is looked for and the job is not started twice") {
    RequestWorld t;
    REQUIRE(t.request({k_notify, "--days", "1", "--no-wait"}) == 0);
    t.exchange.instead["Start-HistoricalSearch"] = reply(504);
    REQUIRE(t.request({k_notify, "--days", "1", "--again", "--no-wait"}) == 0);
    CHECK(t.said("the answer was lost"));
    CHECK(t.exchange.jobs.size() == 1);
}

TEST_CASE("a job that fails is told with its reason and makes the run incomplete") {
    RequestWorld t;
    t.exchange.error = "The report could not be made";
    CHECK(t.request({k_notify}) == 3);
    CHECK(t.said("failed: The report could not be made"));
}

TEST_CASE("waiting ends at its limit and says how to go on") {
    RequestWorld t;
    t.exchange.looks_until_done = 100'000;
    CHECK(t.request({k_notify, "--max-wait", "2"}) == 3);
    CHECK(t.said("gave up waiting after 2 hours"));
    CHECK(t.said("--job " + k_first_job));
}

TEST_CASE("a day has room for 250 jobs and the rest is said") {
    RequestWorld t;
    for (int i = 0; i < 248; ++i)
        t.exchange.jobs.push_back({{"JobId", fmt::format("j{}", i)},
                                   {"ReportType", "MessageTrace"},
                                   {"Status", "Done"},
                                   {"StartDate", "2026-11-01T00:00:00Z"},
                                   {"EndDate", "2026-11-02T00:00:00Z"},
                                   {"SubmitDate", "2026-11-23T09:00:00Z"}});
    CHECK(t.request({k_notify, "--days", "4", "--slice", "day"}) == 3);
    CHECK(t.exchange.started() == 2);
    CHECK(t.said("2026-11-21 to 2026-11-22 was not asked for: Exchange takes 250 jobs"));
}

TEST_CASE("watching ranks the files when they are whole") {
    RequestWorld t;
    t.files.contents["in/readme.csv.part"] = "x";
    t.exchange.on_look = [&](int looks) {
        if (looks == 3) t.files.contents["in/SmtpCSReport_x.csv"] = k_day_file;
    };
    REQUIRE(t.request({k_notify, "--days", "1", "--watch", "in", "--format", "json"}) == 0);
    const json report = json::parse(t.out.text);
    CHECK(report.at("accounts").at(0).at("id") == "scan@contoso.com");
    CHECK(t.said("1 of 1 files are here"));
    CHECK(t.said("ExtendedReport/Download"));
}

TEST_CASE("a watched folder that vanishes ends with one line and the jobs can be resumed") {
    RequestWorld t;
    t.files.contents["in/x.part"] = "x";
    SystemFiles real;
    CHECK(t.request({k_notify, "--days", "1", "--watch", "in", "--max-wait", "1"}) == 3);
    CHECK(t.said("gave up waiting after 1 hours"));
    CHECK(t.said("--job " + k_first_job));
}

TEST_CASE("an interrupt says that the jobs go on") {
    RequestWorld t;
    t.exchange.on_look = [&](int looks) {
        if (looks == 2) t.stop.request_stop();
    };
    t.exchange.looks_until_done = 100;
    CHECK(t.request({k_notify, "--days", "1"}) == 130);
    CHECK(t.said("the jobs go on in Exchange"));
}
