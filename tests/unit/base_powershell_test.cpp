#include "base/powershell.hpp"
#include "support/catch.hpp"

using smtpaudit::powershell_quoted;

TEST_CASE("a name is one PowerShell argument whatever stands in it") {
    CHECK(powershell_quoted("scan@contoso.com") == "'scan@contoso.com'");
    CHECK(powershell_quoted("") == "''");
    CHECK(powershell_quoted("o'brien@contoso.com") == "'o''brien@contoso.com'");
    CHECK(powershell_quoted("a'; Remove-Mailbox 'b") == "'a''; Remove-Mailbox ''b'");
    CHECK(powershell_quoted("$(calc) `n \"x\"") == "'$(calc) `n \"x\"'");
}

TEST_CASE("typographic quotes close no PowerShell argument") {
    CHECK(powershell_quoted("a\u2019b") == "'a\u2019\u2019b'");
    CHECK(powershell_quoted("\u2018\u201A\u201B") == "'\u2018\u2018\u201A\u201A\u201B\u201B'");
}

TEST_CASE("what a terminal would act on is written as a code") {
    CHECK(powershell_quoted("scan\x1b[31m") == "('scan' + [char]0x001B + '[31m')");
    CHECK(powershell_quoted("a\nb") == "('a' + [char]0x000A + 'b')");
    CHECK(powershell_quoted("payroll\u202Excod") == "('payroll' + [char]0x202E + 'xcod')");
}
