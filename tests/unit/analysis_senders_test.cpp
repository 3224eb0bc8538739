#include "analysis/announcements.hpp"
#include "analysis/oauth_senders.hpp"
#include "analysis/timeline.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

Day day(std::string_view text) { return parse_iso_day(text).value(); }

Report with(const std::vector<Announcement>& posts) {
    Report report;
    report.timeline = built_in_timeline().milestones;
    add_announcements(posts, day("2026-11-24"), report);
    return report;
}

Announcement post(std::vector<AnnouncedDate> dates) {
    return {"MC900001", "SMTP AUTH: new date", parse_iso_instant("2026-11-20T00:00:00Z")->at,
            std::move(dates)};
}

Ledger ledger_of(const std::vector<std::string>& senders, const TenantFacts& tenant,
                 const std::vector<AccountFacts>& accounts = {}) {
    Ledger ledger;
    ledger.begin({"report.csv"});
    for (const std::string& sender : senders) {
        Observation seen;
        seen.account = sender;
        seen.at = parse_iso_instant("2026-11-20T00:00:00Z")->at;
        seen.protocol = Protocol::basic;
        seen.messages = 1;
        ledger.observe(seen);
    }
    ledger.end();
    for (const AccountFacts& facts : accounts) ledger.account(facts);
    ledger.tenant(tenant);
    return ledger;
}

}  // namespace

TEST_CASE("a date that the timeline has adds nothing") {
    const Report report = with({post({{day("2026-12-01"), Precision::month},
                                      {day("2026-12-31"), Precision::day},
                                      {day("2027-07-01"), Precision::half},
                                      {day("2027-10-01"), Precision::month},
                                      {day("2026-03-01"), Precision::day},
                                      {day("2024-01-01"), Precision::month}})});
    CHECK(report.timeline.size() == built_in_timeline().milestones.size());
    CHECK(report.notes.empty());
}

TEST_CASE("a date that the timeline lacks stands beside it and replaces nothing") {
    const Report report =
        with({post({{day("2027-03-01"), Precision::month}, {day("2028-01-01"), Precision::half}})});
    const auto built_in = built_in_timeline().milestones;
    REQUIRE(report.timeline.size() == built_in.size() + 2);
    std::size_t kept = 0;
    for (const Milestone& milestone : built_in)
        for (const Milestone& shown : report.timeline)
            kept += shown.id == milestone.id && shown.date == milestone.date &&
                    shown.kind == milestone.kind && shown.state == milestone.state;
    CHECK(kept == built_in.size());
    const Milestone& added = report.timeline.at(report.timeline.size() - 3);
    CHECK(added.id == "mc900001-2027-03");
    CHECK(added.kind == MilestoneKind::notice);
    CHECK(added.source == "MC900001, updated 2026-11-20");
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0] ==
          "message center MC900001 (\"SMTP AUTH: new date\", updated 2026-11-20) names 2027-03 and "
          "the first half of 2028, which the timeline does not have; the ranking keeps the "
          "timeline's dates: read the post, and if a date has changed give --timeline FILE");
    for (std::size_t i = 1; i < report.timeline.size(); ++i)
        CHECK(report.timeline[i - 1].date <= report.timeline[i].date);
}

TEST_CASE("a consent for one user names the user where the directory knows it") {
    TenantFacts tenant;
    tenant.oauth_apps = {{"app-1", "Mailer", "how", "for one user", "U-1"},
                         {"app-2", "", "how", "for one user", "u-2"},
                         {"app-3", "Third", "how", "for all", ""}};
    AccountFacts user;
    user.user_id = "u-1";
    user.mail = "Ticket@contoso.com";
    user.origin = "directory";
    const Ledger ledger = ledger_of({}, tenant, {user});
    const auto apps = oauth_senders(ledger, join_accounts(ledger));
    CHECK(apps.at(0).principal == "ticket@contoso.com");
    CHECK(apps.at(1).principal == "u-2");
    CHECK(apps.at(2).principal.empty());
    CHECK(oauth_senders_note(apps) ==
          "3 applications may send by SMTP with OAuth (Mailer, Third, app-2); how, and by whose "
          "consent, is in oauth_apps of --format json");
}

TEST_CASE("the usage report's mailboxes join by name and by directory") {
    TenantFacts tenant;
    tenant.smtp_used = {{"Scan@contoso.com", 180, day("2026-11-22"), std::nullopt},
                        {"erp.user@contoso.com", 180, day("2026-11-22"), std::nullopt},
                        {"gone@contoso.com", 180, std::nullopt, std::nullopt}};
    AccountFacts erp;
    erp.user_id = "u-1";
    erp.user_principal_name = "erp.user@contoso.com";
    erp.mail = "erp@contoso.com";
    erp.origin = "directory";
    const Ledger ledger =
        ledger_of({"scan@contoso.com", "erp@contoso.com", "other@contoso.com"}, tenant, {erp});
    const AccountJoin join = join_accounts(ledger);
    const SmtpUseJoin uses(ledger, join);
    std::vector<std::string> named;
    for (std::uint32_t i = 0; i < join.subjects.size(); ++i)
        if (uses.of_subject(i) != nullptr)
            named.push_back(join.subjects[i].id + ": " + smtp_use_note(*uses.of_subject(i)));
    CHECK(named ==
          std::vector<std::string>{
              "scan@contoso.com: used SMTP in the 180 days to 2026-11-22 by the usage report",
              "erp@contoso.com: used SMTP in the 180 days to 2026-11-22 by the usage report"});
    CHECK(uses.without_subject() == 1);
}
