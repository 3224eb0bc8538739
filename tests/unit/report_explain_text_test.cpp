#include "base/text.hpp"
#include "report/explain_text.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

WriteOptions wide(std::size_t columns) {
    WriteOptions options;
    options.columns = columns;
    return options;
}

std::string explain(const Report& report, const Row& row, bool is_device = false,
                    std::size_t columns = 100) {
    TextSink sink;
    REQUIRE(write_explanation(report, row, is_device, wide(columns), sink));
    return sink.text;
}

std::string timeline(const Report& report, std::size_t columns = 100) {
    TextSink sink;
    REQUIRE(write_timeline(report, wide(columns), sink));
    return sink.text;
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    INFO(part);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the explanation of an account at 100 columns") {
    CHECK(explain(sample_report(), full_row()) ==
          R"(scan@contoso.com · account · rank 1 of 6
Band          critical, priority 87, between 77 and 95 with what is unknown
Status        sends with Basic
Why           one password at 2 addresses, scanner by its name
Cut-off       2025-09 (Sep 2025) passed 448 days ago
Next          end of Dec 2026, in 38 days: Basic off by default for existing tenants
Overdue       last Basic submission 447 days after the cut-off
Accepted      until 31 Jan 2027: waits for new firmware (print-services)

IMPACT 77 of 100: what breaks at the cut-off
  23.2/30   volume        1,240 Basic messages in the last 30 days
  19.9/20   dependence    all but 12 of 3,715 messages used Basic
    15/15   recency       last Basic submission today
     6/10   regularity    active on 70 % of the covered days
    12/25   business      scanner, by its name

EXPOSURE 41 of 100: what a stolen password can do today
    15/15   basic_usable  a Basic submission succeeded this week
     ?/25   privilege     unknown: counted as a third (8.3); directory roles were not read
     ?/7    mfa           unknown: counted as a third (2.3)
     4/10   spread        2 addresses
     4/10   old_tls       3 % of its messages by TLS 1.0 or 1.1

PRIORITY 87 (range 77 to 95; 62 % of the points are known)
  max(U·I, E) + ¼·min(U·I, E), at most 100, with I = 77 and E = 41; U is the urgency, from 0.6 (over
  180 days left) to 1 (a week left, or past): the cut-off passed 448 days ago.

Messages      3,700 Basic, 12 OAuth, 3 of unknown protocol; in the last 30 days 1,240 Basic, 5
              OAuth, 1 of unknown protocol
Sign-ins      14 with Basic, 2 failed with Basic, 1 with OAuth, SMTP or not
Seen          first 2026-08-25T06:00:00Z; last Basic 2026-11-22T17:30:01Z; last OAuth
              2026-11-20T08:00:00Z
TLS           100 by 1.0, 25 by 1.1, 3,500 by 1.2, 75 by 1.3, 15 by a version not told; 3 % by 1.0
              and 1.1
Recipients    25 % internal
Programs      FleetScan/2.1
Devices       203.0.113.7 · high confidence: 1,200 Basic messages, 3 other messages, 40 sign-ins on
              60 days: report and sign-ins agree
              203.0.113.8 · low confidence: 3 failed sign-ins: it never got in from there
Mailbox       SharedMailbox
Owner         print-services
Site          Building 4
Class         scanner (guess: name contains the word "scan")
Basic works   yes, decided by success
              SmtpClientAuthenticationDisabled = false: Basic allows, OAuth allows (cas.csv:12)

Milestone     end of Dec 2026: Basic off by default for existing tenants: it stops, unless it has
              moved or is let in again
Milestone     2nd half of 2027: The final removal date is to be announced: nothing stops on that day
Expect then   550 5.7.30 Basic authentication is not supported for Client Submission. That is the
              announced reply for the end of Basic; the one for the day it is only off by default is
              not announced (explain --error tells what a reply means).

Do            send through an SMTP relay connector
Because       a scanner seldom speaks OAuth
Would decide  are all recipients internal?
Mark          the missing facts could move it to another band
Mark          one account at many stable addresses: split it before migrating, one by one
Note          two addresses use this password
Origin        report.csv:2 · report.csv:41203
Action        Give each scanner its own password
)");
}

TEST_CASE("an axis without points says why") {
    const Row row = plain_row(6, "news@contoso.com", Status::oauth_only, Band::low, 12, 0, 10,
                              "only OAuth", "");
    CHECK(has(explain(sample_report(), row), "no points: sends with OAuth only"));
    CHECK_FALSE(has(explain(sample_report(), row), "with what is unknown"));
}

TEST_CASE("a device names its accounts and a long list is cut") {
    const std::string text = explain(sample_report(), sample_report().devices->at(0), true);
    CHECK(has(text, "203.0.113.40 (mail gateway) · device · rank 1 of 2"));
    CHECK(has(text, "user20@contoso.com"));
    CHECK_FALSE(has(text, "user21@contoso.com"));
    CHECK(has(text, "10 more in the run document"));
    CHECK(has(text, "a relay or a NAT"));
}

TEST_CASE("a floor that raised the priority is mentioned") {
    Row row = full_row();
    row.marks = {"compromised"};
    CHECK(has(explain(sample_report(), row), "The priority was raised to a floor"));
}

TEST_CASE("an unknown switch value is called unknown") {
    Row row = full_row();
    row.switches->chain[0].value.clear();
    row.switches->basic_usable = Ternary::unknown;
    CHECK(has(explain(sample_report(), row), "SmtpClientAuthenticationDisabled = unknown"));
}

TEST_CASE("the timeline is in order of date and as precise as its announcements") {
    Report report = sample_report();
    std::swap(report.timeline.front(), report.timeline.back());
    CHECK(timeline(report) ==
          R"(The end of Basic authentication for SMTP AUTH; days count from 23 Nov 2026

Sep 2025            448 days ago  superseded: holds no more · 2025-09 · enforcement
                                  THE CUT-OFF IN USE
    First announced end of Basic for SMTP AUTH
    Source: MC786329

1 Mar 2026          267 days ago  superseded: holds no more · 2026-03 · enforcement
    Gradual rejections were to begin
    Source: blog 4114750

end of Dec 2026       in 38 days  announced · default-off · enforcement · NEXT ENFORCEMENT
    Basic off by default for existing tenants; an administrator can turn it back on
    Source: blog 4489835

2nd half of 2027     in 220 days  announced · removal-announcement · notice
    The final removal date is to be announced
    Source: blog 4489835

Cut-off  2025-09 (Sep 2025) passed 448 days ago
Next     end of Dec 2026, in 38 days: Basic off by default for existing tenants
Outlook  Outlook submits by MAPI over HTTP, not SMTP, and is not affected.
)");
}

TEST_CASE("hostile text stays in its line of the explanation and the timeline") {
    const Report report = hostile_report();
    for (const std::size_t columns : {60U, 80U, 120U})
        for (std::size_t i = 0; i < report.accounts->size(); ++i) {
            const std::string text = explain(report, report.accounts->at(i), i % 2 == 1, columns) +
                                     timeline(report, columns);
            for (const char c : text) REQUIRE((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
            REQUIRE(text.find("\xC2\x9B") == std::string::npos);
            REQUIRE(text.find("\xE2\x80\xAE") == std::string::npos);
            for (const std::string_view line : split(text, '\n')) {
                INFO(columns << ": " << line);
                REQUIRE(display_width(line) <= columns);
                REQUIRE_FALSE(line.ends_with(' '));
            }
        }
}
