#include "sources_graph_sign_ins_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

TEST_CASE("a pull follows the pages to the end and numbers its rows") {
    OneDay t;
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z"),
                                      graph_row("b", "2026-11-20T04:00:00Z", 50126)},
                                     link("2"))));
    t.expect(link("2"), reply(200, graph_answer({graph_row("c", "2026-11-20T01:00:00Z")})));
    const Coverage coverage = t.pull();
    CHECK(coverage.source == "sign_ins");
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.reason.empty());
    CHECK(coverage.notes.empty());
    CHECK(coverage.rows == 3);
    CHECK(coverage.files == 2);
    CHECK(coverage.from == t.day.from);
    CHECK(coverage.to == t.day.to);
    CHECK(t.sink.ids() == Ids{"a", "b", "c"});
    CHECK(t.sink.seen[1].fields.error_code == 50126);
    CHECK(t.sink.seen[1].account == "scan3@contoso.com");
    CHECK(t.sink.seen[2].fields.line == 3);
    REQUIRE(t.progress.size() == 2);
    CHECK(t.progress[1].rows == 3);
    CHECK(header_of(t.http.requests()[0], "Accept") == "application/json");
}

TEST_CASE("an empty page with a next link is not the end") {
    OneDay t;
    t.expect(first_url(t.day), reply(200, graph_answer({}, link("2"))));
    t.expect(link("2"),
             reply(200, graph_answer({graph_row("a", "2026-11-20T01:00:00Z")}, link("3"))));
    t.expect(link("3"), reply(200, graph_answer({})));
    CHECK(t.pull().rows == 1);
}

TEST_CASE("the same page twice and overlapping pages count each row once") {
    OneDay t;
    const std::string a = graph_row("a", "2026-11-20T05:00:00Z");
    const std::string b = graph_row("b", "2026-11-20T04:00:00Z");
    const std::string c = graph_row("c", "2026-11-20T03:00:00Z");
    t.expect(first_url(t.day), reply(200, graph_answer({a, b}, link("2"))));
    t.expect(link("2"), reply(200, graph_answer({a, b}, link("3"))));
    t.expect(link("3"), reply(200, graph_answer({b, c})));
    const Coverage coverage = t.pull();
    CHECK(t.sink.ids() == Ids{"a", "b", "c"});
    CHECK(coverage.rows == 3);
    CHECK(coverage.state == CoverageState::complete);
    CHECK(any_contains(coverage.notes, "3 rows came more than once"));
}

TEST_CASE("rows of another protocol or another time are dropped and counted") {
    OneDay t;
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z"),
                                      graph_row("b", "2026-11-20T05:00:00Z", 0, "IMAP4"),
                                      graph_row("c", "2026-11-20T06:00:00Z"),
                                      graph_row("d", "2026-11-19T23:59:59.9Z"),
                                      graph_row("e", "2026-11-20T05:59:59.9999999Z"),
                                      graph_row("f", "2026-11-20T00:00:00Z")})));
    const Coverage coverage = t.pull();
    CHECK(t.sink.ids() == Ids{"a", "e", "f"});
    CHECK(any_contains(coverage.notes, "1 row of another protocol skipped"));
    CHECK(any_contains(coverage.notes, "2 rows were of a time that was not asked for"));
}

TEST_CASE("an unreadable row makes the pull partial and names its place") {
    OneDay t;
    t.expect(
        first_url(t.day),
        reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z"),
                                 R"({"id":"b","clientAppUsed":"SMTP","createdDateTime":null})"})));
    const Coverage coverage = t.pull();
    CHECK(coverage.rows == 1);
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason ==
          "1 of the rows cannot be read (the first: page 1, $.value[1]: createdDateTime is null)");
}

TEST_CASE("a window that times out is halved and nothing is lost or doubled") {
    OneDay t;
    const TimeWindow newer = window("2026-11-20T03:00:00Z", "2026-11-20T06:00:00Z");
    const TimeWindow older = window("2026-11-20T00:00:00Z", "2026-11-20T03:00:00Z");
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"))));
    t.expect(link("2"), error_reply(504, "UnknownError"));
    t.expect(first_url(newer), reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z"),
                                                        graph_row("b", "2026-11-20T03:00:00Z")})));
    t.expect(first_url(older), reply(200, graph_answer({graph_row("c", "2026-11-20T02:59:59Z")})));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(t.sink.ids() == Ids{"a", "b", "c"});
}

TEST_CASE("time-outs down to the shortest window end the pull and keep what came") {
    OneDay t;
    t.context.from = at("2026-11-20T02:00:00Z");
    t.http.expect(HttpMethod::get, first_url({t.context.from, t.day.to}), HttpFailureKind::timeout);
    t.expect(first_url(window("2026-11-20T04:00:00Z", "2026-11-20T06:00:00Z")),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")})));
    for (const char* from : {"2026-11-20T02:00:00Z", "2026-11-20T03:00:00Z"})
        t.http.expect(HttpMethod::get, first_url(window(from, "2026-11-20T04:00:00Z")),
                      HttpFailureKind::timeout, "graph.microsoft.com: timed out");
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason == "graph.microsoft.com: timed out");
    CHECK(coverage.rows == 1);
    CHECK(t.sink.ids() == Ids{"a"});
    CHECK(coverage.from == at("2026-11-20T05:00:00Z"));
}

TEST_CASE("a storm of 429 halves once and then ends as throttled") {
    OneDay t;
    t.expect(first_url(t.day), error_reply(429, "TooManyRequests"));
    t.expect(first_url(window("2026-11-20T03:00:00Z", "2026-11-20T06:00:00Z")),
             error_reply(429, "TooManyRequests"));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason ==
          "throttled beyond the limit (HTTP 429, request-id req-1, TooManyRequests); run again "
          "later, and not beside another tool that uses the same app");
}

TEST_CASE("a lost skip token restarts its window without doubling rows") {
    OneDay t;
    const auto page = graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"));
    t.expect(first_url(t.day), reply(200, page));
    t.expect(link("2"), error_reply(400, "UnknownError"));
    t.expect(first_url(t.day), reply(200, page));
    t.expect(link("2"), reply(200, graph_answer({graph_row("b", "2026-11-20T04:00:00Z")})));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(t.sink.ids() == Ids{"a", "b"});
}

TEST_CASE("a skip token that is lost again and again ends the pull") {
    OneDay t;
    for (int i = 0; i < 4; ++i) {
        t.expect(first_url(t.day),
                 reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"))));
        t.expect(link("2"), error_reply(400, "UnknownError"));
    }
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.reason.find("forgot where the pages went on") != std::string::npos);
    CHECK(t.sink.ids() == Ids{"a"});
}

TEST_CASE("a next link to another host or scheme or version is refused and nothing is sent") {
    for (const char* hostile :
         {"https://graph.microsoft.com.evil.example/beta/x", "http://graph.microsoft.com/beta/x",
          "https://user@graph.microsoft.com/beta/x", "https://graph.microsoft.com/v1.0/x",
          "https://graph.microsoft.com:444/beta/x", "/beta/x"}) {
        INFO(hostile);
        OneDay t;
        t.expect(first_url(t.day),
                 reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, hostile)));
        const Coverage coverage = t.pull();
        CHECK(t.http.requests().size() == 1);
        CHECK(coverage.state == CoverageState::partial);
        CHECK_FALSE(coverage.reason.empty());
        CHECK(t.sink.ids() == Ids{"a"});
    }
}

TEST_CASE("a circle of next links ends the pull as partial") {
    OneDay t;
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"))));
    t.expect(link("2"),
             reply(200, graph_answer({graph_row("b", "2026-11-20T04:00:00Z")}, link("3"))));
    t.expect(link("3"),
             reply(200, graph_answer({graph_row("c", "2026-11-20T03:00:00Z")}, link("2"))));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(t.sink.ids() == Ids{"a", "b", "c"});
}

TEST_CASE("a next link that is no text is not taken for the last page") {
    OneDay t;
    t.expect(first_url(t.day), reply(200, R"({"value":[],"@odata.nextLink":5})"));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("@odata.nextLink is not a text") != std::string::npos);
}

TEST_CASE("a 403 for want of permission says which to grant") {
    OneDay t;
    t.expect(first_url(t.day), error_reply(403, "Authorization_RequestDenied"));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(
        coverage.reason ==
        "not allowed (HTTP 403, request-id req-1, Authorization_RequestDenied); grant "
        "AuditLog.Read.All (application b0afded3-3588-46d8-8b3d-9842eff778da, delegated "
        "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20); a person who signs in also needs one of the roles "
        "Reports Reader, Security Reader or Global Reader");
    CHECK_FALSE(coverage.from);
    CHECK(coverage.notes.empty());
}

TEST_CASE("a missing licence is asked about three times and is then unavailable") {
    for (const bool chosen : {false, true}) {
        OneDay t;
        t.context.chosen_by_name = chosen;
        for (int i = 0; i < 3; ++i)
            t.expect(first_url(t.day),
                     error_reply(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
        const Coverage coverage = t.pull();
        CHECK(coverage.state == (chosen ? CoverageState::failed : CoverageState::unavailable));
        CHECK(coverage.reason.starts_with("the tenant has no Entra ID P1 or P2 licence (HTTP 403"));
        CHECK(coverage.reason.find("Client app = Authenticated SMTP") != std::string::npos);
        CHECK(t.clock.sleeps() == std::vector<std::chrono::milliseconds>{5s, 5s});
    }
}

TEST_CASE("a licence error that goes away costs nothing") {
    OneDay t;
    t.expect(first_url(t.day),
             error_reply(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
    t.expect(first_url(t.day), reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")})));
    CHECK(t.pull().state == CoverageState::complete);
}

TEST_CASE("where beta is refused v1.0 is read and the gap is said") {
    OneDay t;
    t.expect(first_url(t.day), error_reply(404, "ResourceNotFound"));
    t.expect(first_url(t.day, SignInApi::v1),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")})));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(any_contains(coverage.notes, "non-interactive sign-ins are missing"));
}

TEST_CASE("a cloud without either API is unavailable") {
    OneDay t;
    t.expect(first_url(t.day), error_reply(400, "BadRequest"));
    t.expect(first_url(t.day, SignInApi::v1), error_reply(404, "ResourceNotFound"));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::unavailable);
    CHECK(coverage.reason.starts_with("this cloud has no such API (HTTP 404"));
}

TEST_CASE("an answer that is no page is an error and never an empty page") {
    for (const char* body : {"{\"value\":[", "", "<html>", "[]", "{}", "{\"value\":{}}",
                             "{\"value\":[1]}", "{\"value\":[null]}"}) {
        INFO(body);
        OneDay t;
        t.expect(first_url(t.day), reply(200, body));
        const Coverage coverage = t.pull();
        CHECK(coverage.state == CoverageState::failed);
        CHECK_FALSE(coverage.reason.empty());
    }
}

TEST_CASE("a cut body is told to the retry layer and a whole but odd one is not") {
    OneDay t;
    bool cut_is_whole = true;
    bool odd_is_whole = false;
    t.http.expect(HttpMethod::get, first_url(t.day), [&](const HttpRequest& request) {
        cut_is_whole = request.body_is_whole(R"({"value":[{"id":"a")");
        odd_is_whole = request.body_is_whole(R"({"odd":[]})");
        return HttpResult(reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")})));
    });
    CHECK(t.pull().rows == 1);
    CHECK_FALSE(cut_is_whole);
    CHECK(odd_is_whole);
}

TEST_CASE("no token and a 401 are the sign-in and an error holds nothing of the answer") {
    OneDay t;
    t.expect(first_url(t.day), error_reply(401, "InvalidAuthenticationToken"));
    const Coverage coverage = t.pull();
    CHECK(coverage.reason.starts_with("the token was refused (HTTP 401"));
    CHECK(coverage.reason.find("SENTINEL") == std::string::npos);
}

TEST_CASE("a stop before the first page is told as interrupted") {
    OneDay t;
    std::stop_source stop;
    stop.request_stop();
    t.context.stop = stop.get_token();
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason == "interrupted");
}

TEST_CASE("a stop in mid-pull keeps what came") {
    OneDay t;
    std::stop_source stop;
    t.context.stop = stop.get_token();
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"))));
    t.http.expect(HttpMethod::get, link("2"), [&](const HttpRequest&) {
        stop.request_stop();
        return HttpResult(http_fail(HttpFailureKind::interrupted, "interrupted"));
    });
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(t.sink.ids() == Ids{"a"});
}

TEST_CASE("the page limit ends a pull that has no end") {
    OneDay t;
    t.context.page_limit = 2;
    t.expect(first_url(t.day),
             reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")}, link("2"))));
    t.expect(link("2"),
             reply(200, graph_answer({graph_row("b", "2026-11-20T04:00:00Z")}, link("3"))));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::partial);
    CHECK(coverage.rows == 2);
}

TEST_CASE("the newest half hour and the retention are said") {
    OneDay t;
    t.context.from = at("2026-08-24T12:00:00Z");
    t.context.to = at("2026-11-22T13:00:00Z");  // later than now
    for (const TimeWindow& asked :
         sign_in_windows({t.context.from, at("2026-11-22T12:00:00Z")}, t.clock.now()))
        t.expect(first_url(asked), reply(200, graph_answer({})));
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.from == at("2026-10-23T12:00:00Z"));
    CHECK(coverage.to == at("2026-11-22T12:00:00Z"));
    CHECK(coverage.rows == 0);
    CHECK(any_contains(coverage.notes, "the last 30 minutes are not final"));
    CHECK(any_contains(coverage.notes, "keeps sign-ins for 30 days"));
}

TEST_CASE("rows older than the retention widen what is covered") {
    OneDay t;
    t.context.from = at("2026-09-01T00:00:00Z");
    for (const TimeWindow& asked : sign_in_windows({t.context.from, t.context.to}, t.clock.now()))
        t.expect(first_url(asked),
                 reply(200, graph_answer(asked.from == t.context.from
                                             ? Ids{graph_row("old", "2026-10-01T00:00:00Z")}
                                             : Ids{})));
    CHECK(t.pull().from == at("2026-10-01T00:00:00Z"));
}

TEST_CASE("a probe asks for one hour and says what a pull would meet") {
    OneDay t;
    const TimeWindow hour = window("2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z");
    t.expect(first_url(hour), reply(200, graph_answer({})));
    CHECK(k_graph_sign_ins.probe(t.context).state == CoverageState::complete);
    t.expect(first_url(hour), error_reply(403, "Authentication_MSGraphPermissionMissing"));
    const Coverage refused = k_graph_sign_ins.probe(t.context);
    CHECK(refused.state == CoverageState::failed);
    CHECK(refused.reason.find("grant AuditLog.Read.All") != std::string::npos);
}
