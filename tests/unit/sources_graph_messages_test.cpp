#include "sources/graph_messages.hpp"

#include "model/report.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

const std::string k_messages =
    "https://graph.microsoft.com/v1.0/admin/serviceAnnouncement/messages";

struct Center {
    FakeHttp http;
    FakeClock clock{"2026-11-24T12:00:00Z"};
    KeepingSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = "https://graph.microsoft.com",
                        .from = {},
                        .to = {},
                        .progress = {},
                        .stop = {}};
    void expect(const std::string& url, const std::string& body, int status = 200) {
        http.expect(HttpMethod::get, url, reply(status, body));
    }
    Coverage pull() { return k_graph_messages.pull(context, sink); }
};

std::string post(const std::string& id, const std::string& title, const std::string& html) {
    return fmt::format(R"({{"id":"{}","title":"{}","lastModifiedDateTime":"2026-11-20T01:02:03Z",
        "startDateTime":"2026-03-01T00:00:00Z","endDateTime":"2026-04-30T00:00:00Z",
        "body":{{"contentType":"html","content":"{}"}}}})",
                       id, title, html);
}

std::string shown(const std::vector<AnnouncedDate>& dates) {
    std::string text;
    for (const AnnouncedDate& date : dates)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_day(date.day),
                            to_string(date.precision));
    return text;
}

}  // namespace

TEST_CASE("dates are read as a text names them") {
    CHECK(shown(dates_in("off by default at the end of December 2026")) == "2026-12-01 month");
    CHECK(shown(dates_in("on 31 December 2026, then January 5, 2027.")) ==
          "2026-12-31 day, 2027-01-05 day");
    CHECK(shown(dates_in("in the second half of 2027 (2H 2027)")) == "2027-07-01 half");
    CHECK(shown(dates_in("H1 2028 or the first half of 2028")) == "2028-01-01 half");
    CHECK(shown(dates_in("Sep 2025; SEPTEMBER 2025")) == "2025-09-01 month");
    CHECK(shown(dates_in("you may call in 2026; version 2026, 31 February 2026")) ==
          "2026-02-01 month");
    CHECK(shown(dates_in("")).empty());
}

TEST_CASE("a post's tags and spaces are no text") {
    CHECK(text_of_html("<p>by <b>March&nbsp;1</b>, 2027</p>") == " by  March 1 , 2027 ");
    CHECK(shown(dates_in(text_of_html("<li>March</li><li>2027</li>"))) == "2027-03-01 month");
}

TEST_CASE("posts about SMTP AUTH are found by number and by what they say") {
    Center t;
    t.expect(k_messages,
             graph_answer({post("MC786329", "Retirement", "No word."),
                           post("MC1", "Exchange: SMTP AUTH Basic authentication", "March 2027"),
                           post("MC2", "Basic authentication for EWS", "April 2027"),
                           post("MC3", "News", "Client Submission (SMTP AUTH), <i>basic auth</i>"),
                           "null"}));
    const Coverage coverage = t.pull();
    CHECK(coverage.source == "message_center");
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.rows == 5);
    REQUIRE(t.sink.tenants.size() == 1);
    const auto& found = t.sink.tenants[0].announcements;
    REQUIRE(found.size() == 3);
    CHECK(found[0].id == "MC1");
    CHECK(shown(found[0].dates) == "2027-03-01 month");
    CHECK(format_utc(found[0].modified.value()) == "2026-11-20T01:02:03Z");
    CHECK(found[1].id == "MC3");
    CHECK(found[2].id == "MC786329");
    // Its start and end still hold dates that were superseded.
    CHECK(found[2].dates.empty());
}

TEST_CASE("the first post is asked for by its number where the list lacks it") {
    Center t;
    t.expect(k_messages, graph_answer({}));
    t.expect(k_messages + "/MC786329", post("MC786329", "SMTP AUTH", "December 2026"));
    CHECK(t.pull().state == CoverageState::complete);
    CHECK(t.sink.tenants.at(0).announcements.at(0).id == "MC786329");
    Center none;
    none.expect(k_messages, graph_answer({}));
    none.expect(k_messages + "/MC786329", "{}", 404);
    const Coverage coverage = none.pull();
    CHECK(coverage.state == CoverageState::complete);
    CHECK(coverage.notes.at(0) ==
          "MC786329 is not in this tenant's message center: the built-in timeline stands alone");
}

TEST_CASE("a message center that may not be read names its permission") {
    Center t;
    t.expect(k_messages, "{}", 403);
    const Coverage coverage = t.pull();
    CHECK(coverage.state == CoverageState::failed);
    CHECK(coverage.reason.find("ServiceMessage.Read.All") != std::string::npos);
    CHECK(t.sink.tenants.empty());
}
