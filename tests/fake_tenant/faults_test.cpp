// Every fault once, as raw libcurl sees it.
#include "fake_tenant/curl_probe.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

namespace smtpaudit::fake {
namespace {

using nlohmann::json;

// A tenant without limits and a signed-in client, with one fault on the sign-ins.
struct Bench {
    FakeTenant tenant;
    Probe probe;
    explicit Bench(const Fault& fault, double scale = 1)
        : tenant(contoso(), options(scale)), probe(tenant) {
        probe.sign_in();
        plan(fault);
    }
    void plan(Fault fault) {
        fault.path = "signIns";
        tenant.plan({fault});
    }
    Seen ask() { return probe.ask(std::string(k_sign_ins) + "?$top=20"); }
    static Options options(double scale) {
        Options options;
        options.throttle.enabled = false;
        options.time_scale = scale;
        return options;
    }
};

Fault fault_of(Action action, std::size_t bytes = 0) {
    Fault fault;
    fault.action = action;
    fault.bytes = bytes;
    return fault;
}

TEST_CASE("a planned status comes with its Retry-After as written") {
    Fault fault = fault_of(Action::status);
    fault.status = 503;
    fault.nth = {2};
    for (const std::string text : {"7", "-1", "garbage", "100000000000000000000", "0"}) {
        fault.retry_after = text;
        Bench bench(fault);
        CHECK(bench.ask().status == 200);
        const Seen seen = bench.ask();
        CHECK(seen.status == 503);
        CHECK(seen.headers.at("retry-after") == text);
        CHECK(json::parse(seen.body)["error"]["code"] == "serviceNotAvailable");
        CHECK(bench.ask().status == 200);
        CHECK(bench.tenant.records()[2].fault == "status");
    }
    fault.retry_after = "date+5";
    Bench bench(fault);
    bench.ask();
    CHECK(bench.ask().headers.at("retry-after").size() == 29);
}

TEST_CASE("a 401 can revoke the token so that only a new one helps") {
    Fault fault = fault_of(Action::status);
    fault.status = 401;
    fault.nth = {1};
    fault.revoke = true;
    Bench bench(fault);
    CHECK(bench.ask().status == 401);
    CHECK(bench.ask().status == 401);
    bench.probe.sign_in();
    CHECK(bench.ask().status == 200);
}

TEST_CASE("the token endpoint's planned error has the platform's shape") {
    Bench bench(fault_of(Action::none));
    Fault fault = fault_of(Action::status);
    fault.path = "/token";
    fault.status = 401;
    fault.code = "invalid_client";
    fault.aadsts = 7000222;
    bench.tenant.plan({fault});
    const json body = json::parse(bench.probe.post(k_token_url, "grant_type=x").body);
    CHECK(body["error"] == "invalid_client");
    CHECK(body["error_codes"][0] == 7000222);
}

TEST_CASE("each break of the transport is what libcurl calls it") {
    struct Case {
        Action action;
        CURLcode code;
    };
    for (const Case item :
         {Case{Action::empty_reply, CURLE_GOT_NOTHING}, Case{Action::reset, CURLE_RECV_ERROR},
          Case{Action::reset_midway, CURLE_RECV_ERROR},
          Case{Action::cut_length, CURLE_PARTIAL_FILE},
          Case{Action::cut_chunked, CURLE_PARTIAL_FILE}, Case{Action::cut_close, CURLE_OK},
          Case{Action::not_http, CURLE_UNSUPPORTED_PROTOCOL}}) {
        INFO(action_name(item.action));
        Fault fault = fault_of(item.action);
        fault.nth = {1};
        Bench bench(fault);
        const Seen seen = bench.ask();
        CHECK(seen.code == item.code);
        CHECK_FALSE(json::accept(seen.body));
        const Seen again = bench.ask();
        CHECK(again.status == 200);
        CHECK(json::accept(again.body));
    }
}

TEST_CASE("contents are spoiled as planned") {
    Bench bench(fault_of(Action::html));
    CHECK(bench.ask().headers.at("content-type").substr(0, 9) == "text/html");
    bench.plan(fault_of(Action::bad_utf8));
    CHECK(bench.ask().body.find("\xC3\x28\xFF") != std::string::npos);
    bench.plan(fault_of(Action::deep_nesting, 50000));
    CHECK(bench.ask().bytes > 100000);
    bench.plan(fault_of(Action::duplicate_keys));
    const std::string twice = bench.ask().body;
    CHECK(twice.find("\"value\":[],\"value\":[{") != std::string::npos);
    Fault fault = fault_of(Action::null_field);
    fault.field = "userId";
    bench.plan(fault);
    CHECK(json::parse(bench.ask().body)["value"][0]["userId"].is_null());
    fault = fault_of(Action::body);
    fault.body = "[]";
    bench.plan(fault);
    CHECK(bench.ask().body == "[]");
    bench.plan(fault_of(Action::redirect));
    const Seen seen = bench.ask();
    CHECK(seen.status == 302);
    CHECK(seen.headers.at("location") == "https://graph.attacker.example/beta/auditLogs/signIns");
}

TEST_CASE("bodies without end are given up by the client and the tenant lives on") {
    for (const Action action : {Action::big_body, Action::gzip_bomb}) {
        Fault fault = fault_of(action, std::size_t{1} << 31U);
        fault.nth = {1};
        Bench bench(fault);
        bench.probe.cap = std::size_t{8} << 20U;
        const Seen seen = bench.ask();
        CHECK(seen.code == CURLE_WRITE_ERROR);
        CHECK(seen.bytes > bench.probe.cap);
        CHECK(bench.ask().status == 200);
    }
    Bench bench(fault_of(Action::gzip_bomb, std::size_t{5} << 20U));
    const Seen seen = bench.ask();
    CHECK(seen.code == CURLE_OK);  // a small one is a valid page with its right checksum
    CHECK(json::parse(seen.body)["value"].empty());
}

TEST_CASE("slow and stalled bodies take their time and end with the tenant") {
    Bench bench(fault_of(Action::slow_body, 20000), 20);
    const auto began = std::chrono::steady_clock::now();
    CHECK(json::accept(bench.ask().body));
    CHECK(std::chrono::steady_clock::now() - began > milliseconds(25));

    Bench stalled(fault_of(Action::stall));
    stalled.probe.timeout_ms = 100;
    CHECK(stalled.ask().code == CURLE_OPERATION_TIMEDOUT);
    stalled.tenant.stop();  // does not wait for the hour the fault lasts
    CHECK(stalled.ask().code == CURLE_COULDNT_CONNECT);
}

TEST_CASE("delays come before the answer and add up") {
    Bench bench(fault_of(Action::none), 100);
    Fault fault;
    fault.path = "signIns";
    fault.delay = std::chrono::seconds(2);
    bench.tenant.plan({fault, fault});
    const milliseconds before = bench.tenant.state().time.passed();
    CHECK(bench.ask().status == 200);
    CHECK(bench.tenant.state().time.passed() - before >= std::chrono::seconds(4));
}

TEST_CASE("each wrong link is wrong in its own way") {
    struct Case {
        LinkTrick link;
        std::string begin;
    };
    const std::string tail = "/beta/auditLogs/signIns?$top=20&$skiptoken=";
    for (const Case& item : std::vector<Case>{
             {LinkTrick::other_host, "https://graph.attacker.example" + tail},
             {LinkTrick::plain_http, "http://graph.microsoft.com" + tail},
             {LinkTrick::user_info, "https://graph.microsoft.com@graph.attacker.example" + tail},
             {LinkTrick::user_name, "https://user@graph.microsoft.com" + tail},
             {LinkTrick::look_alike, "https://graph.microsoft.com.attacker.example" + tail},
             {LinkTrick::other_port, "https://graph.microsoft.com:444" + tail},
             {LinkTrick::relative, tail},
             {LinkTrick::other_version,
              "https://graph.microsoft.com/v1.0/auditLogs/signIns?$top=20&$skiptoken="}}) {
        Fault fault = fault_of(Action::next_link);
        fault.link = item.link;
        Bench bench(fault);
        const auto link = json::parse(bench.ask().body)["@odata.nextLink"].get<std::string>();
        CHECK(link.substr(0, item.begin.size()) == item.begin);
    }
}

TEST_CASE("links can lead to themselves and in a circle and without end") {
    Fault fault = fault_of(Action::next_link);
    const std::string url = std::string(k_sign_ins) + "?$top=20";
    fault.link = LinkTrick::itself;
    Bench bench(fault);
    CHECK(pull(bench.probe, url, 3).links == std::vector<std::string>{url, url, url});
    fault.link = LinkTrick::cycle;
    bench.plan(fault);
    const auto circle = pull(bench.probe, url, 4).links;
    CHECK(circle[0] == circle[2]);
    CHECK(circle[1] == url);
    fault.link = LinkTrick::endless;
    bench.plan(fault);
    const Pulled endless = pull(bench.probe, url, 30);
    CHECK(endless.ids.size() == 30);
    CHECK(std::set<std::string>(endless.links.begin(), endless.links.end()).size() == 30);
}

TEST_CASE("repeated and overlapping and short and empty pages lose no row") {
    struct Case {
        Action action;
        std::size_t rows, repeated;
    };
    const std::string url =
        std::string(k_sign_ins) + "?$top=20&$filter=createdDateTime%20ge%202026-11-21T20:00:00Z";
    Bench bench(fault_of(Action::none));
    const Pulled plain = pull(bench.probe, url);
    const std::set<std::string> all(plain.ids.begin(), plain.ids.end());
    REQUIRE(plain.page_sizes.size() > 3);
    for (const Case item : {Case{Action::same_page, 0, 20}, Case{Action::overlap, 5, 5},
                            Case{Action::short_page, 3, 0}, Case{Action::empty_page, 0, 0}}) {
        INFO(action_name(item.action));
        Fault fault = fault_of(item.action);
        fault.nth = {2};
        fault.rows = item.rows;
        bench.plan(fault);
        const Pulled pulled = pull(bench.probe, url);
        CHECK(std::set<std::string>(pulled.ids.begin(), pulled.ids.end()) == all);
        CHECK(pulled.ids.size() == plain.ids.size() + item.repeated);
        if (item.action == Action::short_page) CHECK(pulled.page_sizes[1] == 3);
        if (item.action == Action::empty_page) CHECK(pulled.page_sizes[1] == 0);
    }
}

TEST_CASE("bad TLS is refused by a client that checks and recorded") {
    struct Case {
        TlsMode mode;
        CURLcode code;
    };
    for (const Case item : {Case{TlsMode::unknown_ca, CURLE_PEER_FAILED_VERIFICATION},
                            Case{TlsMode::wrong_name, CURLE_PEER_FAILED_VERIFICATION},
                            Case{TlsMode::expired, CURLE_PEER_FAILED_VERIFICATION},
                            Case{TlsMode::tls_1_0, CURLE_SSL_CONNECT_ERROR},
                            Case{TlsMode::tls_1_1, CURLE_SSL_CONNECT_ERROR},
                            Case{TlsMode::no_handshake, CURLE_SSL_CONNECT_ERROR}}) {
        Fault fault = fault_of(Action::tls);
        fault.tls = item.mode;
        fault.host = "graph";
        for (const bool by_proxy : {false, true}) {
            FakeTenant tenant(contoso(), Bench::options(1));
            Probe probe(tenant, by_proxy);
            tenant.plan({fault});
            probe.sign_in();
            CHECK(probe.ask(k_sign_ins).code == item.code);
            for (const Record& record : tenant.records())
                CHECK(record.path.find("signIns") == std::string::npos);
        }
    }
}

TEST_CASE("old TLS is truly offered to a client that takes it") {
    Fault fault = fault_of(Action::tls);
    fault.tls = TlsMode::tls_1_0;
    FakeTenant tenant(contoso(), Bench::options(1));
    tenant.plan({fault});
    Probe probe(tenant);
    probe.tls_least = CURL_SSLVERSION_TLSv1_0;
    probe.ciphers = "ALL:@SECLEVEL=0";
    probe.sign_in();
    CHECK(tenant.records().back().tls_version == "TLSv1");
}

TEST_CASE("with half of all requests failing a client that retries has every row once") {
    Fault fault = fault_of(Action::status);
    fault.probability = 0.25;
    fault.max_in_a_row = 2;
    Fault cut = fault_of(Action::cut_length);
    cut.probability = 0.3;
    cut.seed = 2;
    cut.max_in_a_row = 2;
    fault.path = cut.path = "signIns";
    Bench bench(fault_of(Action::none));
    const std::string begin = std::string(k_sign_ins) +
                              "?$select=id&$top=10&$filter=createdDateTime%20ge%202026-11-20T00:"
                              "00:00Z";
    const Pulled plain = pull(bench.probe, begin, 1000);
    bench.tenant.clear_records();
    bench.tenant.plan({fault, cut});
    std::vector<std::string> ids;
    std::size_t requests = 0;
    for (std::string url = begin; !url.empty() && requests < 2000; ++requests) {
        const Seen seen = bench.probe.ask(url);
        if (seen.code != CURLE_OK || seen.status != 200) continue;
        const json page = json::parse(seen.body);
        for (const auto& row : page["value"]) ids.push_back(row["id"].get<std::string>());
        url = page.value("@odata.nextLink", "");
    }
    CHECK(ids == plain.ids);
    CHECK(requests > plain.page_sizes.size() * 3 / 2);
}

}  // namespace
}  // namespace smtpaudit::fake
