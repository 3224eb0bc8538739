#include "base/text.hpp"

#include "support/catch.hpp"

#include <limits>

using namespace smtpaudit;

TEST_CASE("text for a terminal holds no control character and no bidirectional override") {
    CHECK(printable("a\x1b[31mb") == "a\xEF\xBF\xBD[31mb");
    CHECK(printable("tab\tline\nend\x7f") ==
          "tab\xEF\xBF\xBDline\xEF\xBF\xBD"
          "end\xEF\xBF\xBD");
    CHECK(printable("\xC2\x9B") == "\xEF\xBF\xBD");  // C1: CSI in one character
    CHECK(printable("\xE2\x80\xAE") == "\xEF\xBF\xBD");  // right-to-left override
    CHECK(printable("\xE2\x80\xA8") == "\xEF\xBF\xBD");  // line separator
    CHECK(printable("\xFF"
                    "a") ==
          "\xEF\xBF\xBD"
          "a");
    CHECK(printable("Zürich 東京") == "Zürich 東京");
}

TEST_CASE("display width counts wide characters twice and combining marks not at all") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("東京") == 4);
    CHECK(display_width("e\xCC\x81") == 1);
    CHECK(cut_to_width("abcdef", 4) == "abc…");
    CHECK(cut_to_width("東京都庁", 5) == "東京…");
    CHECK(cut_to_width("東京都庁", 4) == "東…");
    CHECK(cut_to_width("abc", 3) == "abc");
    CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("case folding does not follow the machine's language") {
    CHECK(fold_case("SCAN@Contoso.COM") == "scan@contoso.com");
    CHECK(fold_case("ÉMILE") == "émile");
    CHECK(fold_case("I") == "i");
    CHECK(fold_case("a\xFF") == "a\xFF");
}

TEST_CASE("invalid UTF-8 is found at its first byte") {
    CHECK_FALSE(find_invalid_utf8("Zürich"));
    CHECK(find_invalid_utf8("ab\xE9") == 2U);
    CHECK(find_invalid_utf8("\xC0\xAF") == 0U);  // overlong
    CHECK(find_invalid_utf8("\xED\xA0\x80") == 0U);  // surrogate
    CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0U);  // over U+10FFFF
    CHECK(find_invalid_utf8("a\xE2\x82") == 1U);  // cut short
}

TEST_CASE("rounding is half up in both directions of the model") {
    CHECK(round_half_up(0.5) == 1);
    CHECK(round_half_up(2.4999) == 2);
    CHECK(round_half_up(1e300) == std::numeric_limits<int>::max());
    CHECK(round_half_up(-1e300) == std::numeric_limits<int>::min());
    CHECK(round_half_up(std::numeric_limits<double>::quiet_NaN()) == 0);
    CHECK(round_tenth(23.25) == 23.3);
    CHECK(round_tenth(0.04) == 0);
}

TEST_CASE("small text helpers do what they say") {
    CHECK(trim(" \t\xC2\xA0"
               "a b\r\n") == "a b");
    CHECK(group_thousands(0) == "0");
    CHECK(group_thousands(999) == "999");
    CHECK(group_thousands(1234567) == "1,234,567");
    CHECK(split("a;;b", ';') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(join({"a", "b"}, ", ") == "a, b");
    CHECK(equals_ignoring_case("SMTP", "smtp"));
    CHECK_FALSE(equals_ignoring_case("SMTP", "smt"));
}
