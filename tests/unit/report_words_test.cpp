#include "report/number_text.hpp"
#include "report/text_lines.hpp"
#include "report/words.hpp"
#include "support/catch.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

TEST_CASE("a date is as precise as its announcement") {
    CHECK(date_words(a_day("2026-03-01"), Precision::day) == "1 Mar 2026");
    CHECK(date_words(a_day("2025-09-01"), Precision::month) == "Sep 2025");
    CHECK(date_words(a_day("2026-12-31"), Precision::month) == "end of Dec 2026");
    CHECK(date_words(a_day("2028-02-28"), Precision::month) == "Feb 2028");
    CHECK(date_words(a_day("2027-02-28"), Precision::month) == "end of Feb 2027");
    CHECK(date_words(a_day("2027-07-01"), Precision::half) == "2nd half of 2027");
    CHECK(date_words(a_day("2027-06-30"), Precision::half) == "1st half of 2027");
}

TEST_CASE("a range of days names the year once") {
    CHECK(range_words(a_day("2026-08-25"), a_day("2026-11-22")) == "25 Aug – 22 Nov 2026");
    CHECK(range_words(a_day("2025-12-25"), a_day("2026-01-22")) == "25 Dec 2025 – 22 Jan 2026");
    CHECK(range_words(a_day("2026-01-22"), a_day("2026-01-22")) == "22 Jan 2026");
}

TEST_CASE("days are left or past or today") {
    CHECK(days_words(38) == "in 38 days");
    CHECK(days_words(1) == "in 1 day");
    CHECK(days_words(0) == "today");
    CHECK(days_words(-1448) == "1,448 days ago");
}

TEST_CASE("a share that is not nothing is never 0 % and one that is not all never 100 %") {
    CHECK(percent_words(0) == "0 %");
    CHECK(percent_words(0.0001) == "under 1 %");
    CHECK(percent_words(0.045) == "5 %");
    CHECK(percent_words(0.999) == "over 99 %");
    CHECK(percent_words(1) == "100 %");
}

TEST_CASE("a mean that is not nothing is never 0") {
    CHECK(mean_words(0) == "0");
    CHECK(mean_words(0.03) == "under 0.1");
    CHECK(mean_words(3.44) == "3.4");
    CHECK(mean_words(1234.5) == "1,235");
}

TEST_CASE("a word of the shell is quoted only where it must be") {
    CHECK(shell_quoted("scan@contoso.com") == "scan@contoso.com");
    CHECK(shell_quoted("2001:db8::/64") == "2001:db8::/64");
    CHECK(shell_quoted("a b") == "'a b'");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("--from") == "-- '--from'");
    CHECK(shell_quoted("büro@contoso.com") == "'büro@contoso.com'");
}

TEST_CASE("decimals are rounded half up and without zeros at the end") {
    CHECK(short_decimals(15.0, 1) == "15");
    CHECK(short_decimals(2.25, 1) == "2.3");
    CHECK(short_decimals(0, 4) == "0");
    CHECK(short_decimals(100, 0) == "100");
    CHECK(fixed_decimals(0.25, 4) == "0.2500");
    CHECK(fixed_decimals(1.0 / 3, 4) == "0.3333");
}

TEST_CASE("text wraps at spaces under its label") {
    CHECK(wrapped("Note  ", "one two three four", 15) ==
          "Note  one two\n      three\n      four\n");
    CHECK(wrapped("", "abcdefghij", 4) == "abcd\nefgh\nij\n");
    CHECK(wrapped("", "五階の複合機", 5) == "五階\nの複\n合機\n");
    CHECK(wrapped("Note  ", "", 15) == "Note\n");
    CHECK(packed("N ", {"one two", "three", "four"}, 18) == "N one two · three\n  four\n");
}

TEST_CASE("an unknown name of the model is printed as it is") {
    CHECK(source_words("later_source") == "later_source");
    CHECK(mark_words("later_mark") == "later mark");
    CHECK(factor_words("volume") == "volume");
}
