#include "net/url.hpp"
#include "sources_graph_sign_ins_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

TEST_CASE("the first page asks for exactly the documented filter") {
    const auto url = parse_url(first_url(window("2026-11-20T00:00:00Z", "2026-11-20T06:00:00Z")));
    REQUIRE(url);
    CHECK(url->path == "/beta/auditLogs/signIns");
    CHECK(*url->query ==
          "$filter=" +
              percent_encode(
                  "createdDateTime ge 2026-11-20T00:00:00Z and createdDateTime le "
                  "2026-11-20T05:59:59.9999999Z and (clientAppUsed eq 'Authenticated SMTP' or "
                  "clientAppUsed eq 'SMTP') and signInEventTypes/any(t: t eq 'interactiveUser' or "
                  "t eq 'nonInteractiveUser')") +
              "&$top=1000");
    const auto v1 =
        parse_url(first_url(window("2026-11-20T00:00:00Z", "2026-11-20T06:00:00Z"), SignInApi::v1));
    REQUIRE(v1);
    CHECK(v1->path == "/v1.0/auditLogs/signIns");
    CHECK(v1->query->find("signInEventTypes") == std::string::npos);
}

TEST_CASE("windows cover the time without gap or overlap and newest first") {
    const auto windows = sign_in_windows(window("2026-11-19T18:00:00Z", "2026-11-22T06:00:00Z"),
                                         at("2026-11-22T12:00:00Z"));
    CHECK(windows == std::vector{window("2026-11-22T00:00:00Z", "2026-11-22T06:00:00Z"),
                                 window("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
                                 window("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
                                 window("2026-11-19T18:00:00Z", "2026-11-20T00:00:00Z")});
    const auto empty = sign_in_windows(window("2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z"),
                                       at("2026-11-22T12:00:00Z"));
    CHECK(empty.empty());
}

TEST_CASE("what is older than the retention is one window more") {
    const auto windows = sign_in_windows(window("2026-08-24T12:00:00Z", "2026-11-22T12:00:00Z"),
                                         at("2026-11-22T12:00:00Z"));
    REQUIRE(windows.size() == 32);
    CHECK(windows[30] == window("2026-10-23T12:00:00Z", "2026-10-24T00:00:00Z"));
    CHECK(windows[31] == window("2026-08-24T12:00:00Z", "2026-10-23T12:00:00Z"));
    for (std::size_t i = 1; i < windows.size(); ++i) CHECK(windows[i].to == windows[i - 1].from);
}

TEST_CASE("pieces of a window are newest first and leave nothing out") {
    const auto pieces = pieces_of(window("2026-11-20T00:00:00Z", "2026-11-20T05:00:00Z"), 2h);
    CHECK(pieces == std::vector{window("2026-11-20T03:00:00Z", "2026-11-20T05:00:00Z"),
                                window("2026-11-20T01:00:00Z", "2026-11-20T03:00:00Z"),
                                window("2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z")});
}
