#include "base/digest.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/words.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string write(const Report& report) {
    TextSink sink;
    REQUIRE(find_writer("html")->write(report, {}, sink));
    return sink.text;
}

std::string between(const std::string& text, std::string_view open, std::string_view close) {
    const std::size_t start = text.find(open);
    REQUIRE(start != std::string::npos);
    const std::size_t end = text.find(close, start + open.size());
    return text.substr(start + open.size(), end - start - open.size());
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
}

nlohmann::json data_of(const std::string& page) {
    return nlohmann::json::parse(
        between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

// As the script of the page puts a sentence together.
std::string sentence(const nlohmann::json& data, const nlohmann::json& ref) {
    if (ref.is_null()) return {};
    if (ref.is_number()) return data["strings"][ref.get<std::size_t>()];
    std::string out;
    std::size_t next = 1;
    for (const char c : data["strings"][ref[0].get<std::size_t>()].get<std::string>()) {
        if (c == '\x01')
            out += std::to_string(ref[next++].get<std::uint64_t>());
        else
            out += c;
    }
    CHECK(next == ref.size());
    return out;
}

// Days 1 to 10 and 21 to 30 of September.
Report with_gap() {
    Report report = sample_report();
    report.from = a_day("2026-09-01");
    report.to = a_day("2026-09-30");
    report.series.clear();
    for (int i = 0; i < 30; ++i)
        if (i < 10 || i >= 20)
            report.series.push_back({*report.from + std::chrono::days(i), {100, 50, 0}});
    return report;
}

}  // namespace

TEST_CASE("the policy names the hashes of the script and the style sheet") {
    CHECK(policy_hash("alert('Hello, world.');") ==
          "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    const std::string page = write(sample_report());
    const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
    CHECK(has(policy, "default-src 'none'"));
    CHECK_FALSE(has(policy, "unsafe"));
    CHECK(has(policy, "script-src " + policy_hash(between(page, "<script>", "</script>"))));
    CHECK(has(policy, "style-src " + policy_hash(between(page, "<style>", "</style>"))));
}

TEST_CASE("the page has no address that a browser would ask") {
    const std::string page = write(sample_report());
    for (const char* part : {"src=", "url(http", "@import", "<link", "<iframe", "<img"})
        CHECK_FALSE(has(page, part));
    CHECK_FALSE(has(page, " style=\""));
    CHECK_FALSE(has(page, " onclick="));
}

TEST_CASE("sentences are kept once without their numbers and come back whole") {
    HtmlStrings strings;
    nlohmann::json data;
    std::vector<std::string> refs;
    const std::vector<std::string> texts = {"12 messages",
                                            "13 messages",
                                            "no number",
                                            "",
                                            "007 and 1,005",
                                            "v1.2.3 at 203.0.113.7",
                                            "12345678901234567890",
                                            "a\x01"
                                            "5",
                                            "<5>"};
    for (const std::string& text : texts) {
        refs.emplace_back();
        strings.append_sentence(text, refs.back());
    }
    data["strings"] = nlohmann::json::parse("[" + strings.json() + "]");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::string expected = texts[i];
        if (const auto at = expected.find('\x01'); at != std::string::npos)
            expected.replace(at, 1, "\xEF\xBF\xBD");
        CHECK(sentence(data, nlohmann::json::parse(refs[i])) == expected);
    }
    CHECK(refs[0] == "[0,12]");
    CHECK(refs[1] == "[0,13]");
}

TEST_CASE("the data holds every factor of a row with its evidence") {
    const std::string page = write(sample_report());
    const auto data = data_of(page);
    const Row row = full_row();
    const auto& factors = data["accounts"][0][25];
    REQUIRE(factors.size() == 3 * row.factors.size());
    for (std::size_t i = 0; i < row.factors.size(); ++i) {
        CHECK(factors[3 * i + 1].is_null() == !row.factors[i].points.has_value());
        CHECK(sentence(data, factors[3 * i + 2]) == row.factors[i].evidence);
    }
}

TEST_CASE("the data holds each link with how sure it is and why") {
    const auto data = data_of(write(sample_report()));
    const auto& account = data["accounts"][0];
    const auto& links = account[35];
    REQUIRE(links.size() == 2 * account[18].size());
    CHECK(links[0] == 2);
    CHECK(sentence(data, links[1]) == link_words(full_row().links[0]));
    CHECK(links[2] == 0);
    CHECK(sentence(data, links[3]) == "3 failed sign-ins: it never got in from there");
    CHECK(data["accounts"][1][35].empty());
}

TEST_CASE("the first screen says what stops and when") {
    Report report = sample_report();
    report.summary.messages_lost_per_day = 412;
    const std::string hero = html_hero(report);
    CHECK(has(hero, "<em>412 messages a day</em> from <em>3 accounts</em> stop when Basic stops"));
    CHECK(has(hero, "End of Dec 2026 <span class=\"days\">in 38 days</span>"));
    CHECK(has(hero, "Cut-off 2025-09 (Sep 2025) passed 448 days ago"));
    CHECK(has(html_hero(empty_report()), "No submission was found"));
}

TEST_CASE("an incomplete source stands above everything else") {
    Report report = sample_report();
    CHECK_FALSE(has(write(report), "class=\"alarm\""));
    report.coverage[0].state = CoverageState::partial;
    report.coverage[0].reason = "cut at 100,000 rows";
    const std::string page = write(report);
    CHECK(page.find("class=\"alarm\"") < page.find("class=\"hero\""));
    CHECK(has(between(page, "class=\"alarm\"", "</section>"), "cut at 100,000 rows"));
}

TEST_CASE("days without evidence are a gap in the chart and not zero") {
    const std::string chart = html_chart(with_gap());
    CHECK(count(chart, "class=\"gap\"") == 1);
    CHECK(has(chart, "no evidence: 11 Sep – 20 Sep 2026"));
    CHECK(count(between(chart, "class=\"m-basic\" d=\"", "\""), "M") == 20);
    CHECK(has(chart, "2,000 with Basic") == false);
    CHECK(count(html_chart(empty_report()), "<svg") == 0);
}

TEST_CASE("milestones stand in the chart and the last bar ends before them") {
    Report report = with_gap();
    report.cutoff.next->date = a_day("2026-10-20");
    report.timeline[2].date = a_day("2026-10-20");
    report.timeline[2].precision = Precision::day;
    const std::string chart = html_chart(report);
    CHECK(has(chart, "class=\"enforcement-text\""));
    CHECK(has(chart, "20 Oct 2026: Basic off by default for existing tenants"));
}

TEST_CASE("a long history is drawn by week as a mean of its covered days") {
    Report report = sample_report();
    report.from = a_day("2025-01-01");
    report.to = a_day("2026-11-22");
    report.series.clear();
    for (Day day = *report.from; day <= *report.to; day += std::chrono::days(1))
        report.series.push_back({day, {70, 7, 0}});
    const std::string chart = html_chart(report);
    CHECK(count(between(chart, "class=\"m-basic\" d=\"", "\""), "M") == 99);
    CHECK(has(chart, "mean of each week"));
}

TEST_CASE("what is not shown without script is said with its number") {
    const std::string page = write(large_report(250));
    CHECK(count(page, "<tr><td class=\"n\">") == 200);
    CHECK(count(page, "These are the first 100 of 250.") == 2);
    CHECK(data_of(page)["accounts"].size() == 250);
}

TEST_CASE("kinds of work are counted over the accounts that stop") {
    HtmlRows rows;
    rows.work["relay"] = {12, 1, "because"};
    rows.work["oauth"] = {1, 7, "it can"};
    const std::string work = html_work(empty_report(), rows);
    CHECK(has(work, "<strong>relay</strong> <span class=\"amount\">12 accounts</span>"));
    CHECK(work.find("relay") < work.find("oauth"));
}

TEST_CASE("senders that only the history knows stand in the page with what it says of them") {
    const std::string page = write(sample_report());
    const std::string section = between(page, "<section id=\"remembered\"", "</section>");
    CHECK(has(section, "Not in this evidence, but in the history (2)"));
    CHECK(has(section,
              "<th scope=\"row\">tax@contoso.com</th><td>2 Apr 2026</td><td>2 Apr "
              "2027</td><td>sent each year in April</td>"));
    CHECK(has(section, "old-fax@contoso.com</th><td>9 Mar 2026</td><td>–</td>"));
    CHECK_FALSE(has(write(empty_report()), "id=\"remembered\""));
    Report many = sample_report();
    many.remembered.assign(1234, many.remembered[0]);
    CHECK(has(write(many), "1,034 more in the run document."));
}
