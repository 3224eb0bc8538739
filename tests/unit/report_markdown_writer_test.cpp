#include "report/markdown_text.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string write(const Report& report, const WriteOptions& options = {}) {
    TextSink sink;
    REQUIRE(find_writer("markdown")->write(report, options, sink));
    return sink.text;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++found;
    return found;
}

}  // namespace

TEST_CASE("prose from data holds nothing that Markdown would act on") {
    CHECK(markdown_prose("<b>a|b</b>") == "&lt;b&gt;a&#124;b&lt;/b&gt;");
    CHECK(markdown_prose("@admin and a@b.example") == "@<!-- -->admin and a@<!-- -->b.example");
    CHECK(markdown_prose("see https://x.example") == "see https:<!-- -->//x.example");
    CHECK(markdown_prose("www.x.example") == "www<!-- -->.x.example");
    CHECK(markdown_prose("#12 [a](b) ![c](d)") == "#<!-- -->12 &#91;a&#93;(b) &#33;&#91;c&#93;(d)");
    CHECK(markdown_prose("*a* _b_ `c` ~d~ $e$ \\") ==
          "&#42;a&#42; &#95;b&#95; &#96;c&#96; &#126;d&#126; &#36;e&#36; &#92;");
    CHECK(markdown_prose("- item") == "&#45; item");
    CHECK(markdown_prose("12. item") == "12&#46; item");
    CHECK(markdown_prose("    code") == "code");
    CHECK(markdown_prose(":tada: at 10:30") == ":<!-- -->tada: at 10:30");
}

TEST_CASE("code from data cannot end its span or its table cell") {
    CHECK(markdown_code("scan@contoso.com") == "`scan@contoso.com`");
    CHECK(markdown_code("a|b`c\\|d") == "`a`&#124;`b`&#96;`c`&#92;&#124;`d`");
    CHECK(markdown_code("").empty());
}

TEST_CASE("a block has a fence that its text cannot close") {
    CHECK(markdown_block("sh", "a\n````\nb") == "`````sh\na\n````\nb\n`````\n");
}

TEST_CASE("the headline is what would fail and the next date") {
    const std::string text = write(sample_report());
    CHECK(
        text.starts_with("## Basic authentication with SMTP AUTH: contoso\n\n**If Basic stopped"));
    CHECK(text.find("- Next: end of Dec 2026, in 38 days") != std::string::npos);
    CHECK(text.find("- Gate: **tripped**, there is a finding at or above high") !=
          std::string::npos);
    CHECK(text.find("- Against the baseline: 2 new findings") != std::string::npos);
}

TEST_CASE("a source that was cut short is said in bold") {
    Report report = sample_report();
    report.coverage[0].state = CoverageState::partial;
    CHECK(write(report).find("> **The evidence is INCOMPLETE") != std::string::npos);
}

TEST_CASE("the filters for readers hold in Markdown") {
    WriteOptions options;
    options.top = 1;
    const std::string top = write(sample_report(), options);
    CHECK(top.find("`scan@contoso.com`") != std::string::npos);
    CHECK(top.find("`ups@contoso.com`") == std::string::npos);
    CHECK(top.find("not shown here") != std::string::npos);
    options = {};
    options.only = Section::devices;
    CHECK(write(sample_report(), options).find("### Accounts") == std::string::npos);
    options = {};
    options.min_band = Band::critical;
    CHECK(write(sample_report(), options).find("`ups@contoso.com`") == std::string::npos);
}

TEST_CASE("50000 rows fit a step summary and it says what is left out") {
    const std::string text = write(large_report(50000));
    CHECK(text.size() <= 1'000'000);
    CHECK(text.find("rows not shown here") != std::string::npos);
    CHECK(count(text, "<details>") == count(text, "</details>"));
}

TEST_CASE("hostile text is neither HTML nor a table border") {
    const std::string text = write(hostile_report());
    // In a code span, or a line of a fenced block: both stay text.
    CHECK(count(text, "<script") == count(text, "`<script") + count(text, "\n<script"));
    CHECK(text.find("](") == std::string::npos);
    for (std::size_t at = text.find("\n| "); at != std::string::npos;
         at = text.find("\n| ", at + 1)) {
        const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
        // As many as the line of dashes of its table.
        const std::size_t dashes = text.rfind("\n|--", at + 1);
        const std::size_t heads = text.find("\n|--", at + 1);
        const std::size_t of =
            dashes == std::string::npos || text.find("\n\n", dashes) < at ? heads : dashes;
        CHECK(count(line, "|") ==
              count(text.substr(of + 1, text.find('\n', of + 1) - of - 1), "|"));
    }
}

TEST_CASE("senders that only the history knows are a section of the Markdown") {
    const std::string text = write(sample_report());
    CHECK(count(text, "### Not in this evidence, but in the history (2)\n") == 1);
    CHECK(count(text,
                "| `tax@contoso.com` | 2 Apr 2026 | 2 Apr 2027 | sent each year in April |\n") ==
          1);
    WriteOptions options;
    options.only = Section::devices;
    CHECK(count(write(sample_report(), options), "tax@contoso.com") == 0);
    options = {};
    options.top = 1;
    const std::string first = write(sample_report(), options);
    CHECK(count(first, "tax@contoso.com") == 1);
    CHECK(count(first, "old-fax@contoso.com") == 0);
    CHECK(count(first, "1 sender not shown here: see the run document.") == 1);
    CHECK(count(write(empty_report()), "in the history") == 0);
}
