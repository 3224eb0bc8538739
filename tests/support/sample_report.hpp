// Example reports for tests of writers and of what reads their output. Contoso, ninety days to
// 22 Nov 2026, ranked on 23 Nov 2026.
#pragma once

#include "base/time.hpp"
#include "model/report.hpp"

#include <fmt/format.h>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit::test {

inline UtcTime instant(std::string_view text) { return parse_iso_instant(text).value().at; }
inline Day a_day(std::string_view text) { return parse_iso_day(text).value(); }

// Rows made when they are asked for, as the analysis makes them; counts how often.
class LazyRows final : public RowList {
public:
    LazyRows(std::size_t size, std::function<Row(std::size_t)> make,
             std::function<RowHead(std::size_t)> make_head)
        : size_(size), make_(std::move(make)), make_head_(std::move(make_head)) {}
    std::size_t size() const override { return size_; }
    Row at(std::size_t index) const override {
        ++made;
        return make_(index);
    }
    RowHead head(std::size_t index) const override { return make_head_(index); }
    mutable std::size_t made = 0;

private:
    std::size_t size_;
    std::function<Row(std::size_t)> make_;
    std::function<RowHead(std::size_t)> make_head_;
};

// A scanner that sends with Basic every day, with a value in every member.
inline Row full_row() {
    Row row;
    row.rank = 1;
    row.id = "scan@contoso.com";
    row.name = "Scan@Contoso.com";
    row.status = Status::active_basic;
    row.band = Band::critical;
    row.priority = 87;
    row.priority_low = 77;
    row.priority_high = 95;
    row.impact = 77;
    row.exposure = 41;
    row.known_share = 0.62;
    row.messages = {3700, 12, 3};
    row.messages_30d = {1240, 5, 1};
    row.sign_ins = {14, 2, 1};
    row.first_seen = instant("2026-08-25T06:00:00Z");
    row.last_basic = instant("2026-11-22T17:30:01Z");
    row.last_oauth = instant("2026-11-20T08:00:00Z");
    row.overdue_days = 447;
    row.tls = {100, 25, 3500, 75, 15};
    row.addresses = {"203.0.113.7", "203.0.113.8"};
    row.user_agents = {"FleetScan/2.1"};
    row.linked = {"203.0.113.7", "203.0.113.8"};
    row.links = {
        {"203.0.113.7", Confidence::high, 1200, 1203, 40, 0, 60, "report and sign-ins agree"},
        {"203.0.113.8", Confidence::low, 0, 0, 0, 3, 0, "it never got in from there"}};
    row.owner = "print-services";
    row.site = "Building 4";
    row.mailbox_type = "SharedMailbox";
    row.class_ = {"scanner", "guess", "name contains the word \"scan\""};
    row.factors = {
        {Axis::impact, "volume", 23.2, 30, "1,240 Basic messages in the last 30 days"},
        {Axis::impact, "dependence", 19.9, 20, "all but 12 of 3,715 messages used Basic"},
        {Axis::impact, "recency", 15.0, 15, "last Basic submission today"},
        {Axis::impact, "regularity", 6.0, 10, "active on 70 % of the covered days"},
        {Axis::impact, "business", 12.0, 25, "scanner, by its name"},
        {Axis::exposure, "basic_usable", 15.0, 15, "a Basic submission succeeded this week"},
        {Axis::exposure, "privilege", std::nullopt, 25, "directory roles were not read"},
        {Axis::exposure, "mfa", std::nullopt, 7, ""},
        {Axis::exposure, "spread", 4.0, 10, "2 addresses"},
        {Axis::exposure, "old_tls", 4.0, 10, "3 % of its messages by TLS 1.0 or 1.1"},
    };
    row.switches =
        Switches{Ternary::yes,
                 "success",
                 {{"SmtpClientAuthenticationDisabled", "false", "allows", "allows", "cas.csv:12"}}};
    row.remedy = Remedy{"relay",
                        "send through an SMTP relay connector",
                        "a scanner seldom speaks OAuth",
                        {"are all recipients internal?"}};
    row.internal_share = 0.25;
    row.marks = {"band_could_change", "shared_password"};
    row.notes = {"two addresses use this password"};
    row.origins = {"report.csv:2", "report.csv:41203"};
    row.why = "one password at 2 addresses, scanner by its name";
    row.accepted = Acceptance{"waits for new firmware", "print-services", a_day("2027-01-31")};
    return row;
}

inline Row plain_row(std::uint64_t rank, std::string id, Status status, Band band, int priority,
                     std::uint64_t basic, std::uint64_t oauth, std::string why, std::string todo) {
    Row row;
    row.rank = rank;
    row.id = std::move(id);
    row.status = status;
    row.band = band;
    row.priority = row.priority_low = row.priority_high = priority;
    row.messages = {basic * 3, oauth * 3, 0};
    row.messages_30d = {basic, oauth, 0};
    if (basic + oauth > 0) row.first_seen = instant("2026-08-25T00:00:00Z");
    if (basic > 0) row.last_basic = instant("2026-11-22T10:00:00Z");
    if (oauth > 0) row.last_oauth = instant("2026-11-21T10:00:00Z");
    row.known_share = 1;
    row.why = std::move(why);
    if (!todo.empty()) row.remedy = Remedy{"oauth", std::move(todo), "it can", {}};
    return row;
}

// Everything but rows and counts.
inline Report empty_report() {
    Report report;
    report.tool_version = "0.1.0";
    report.run_id = "6f9a3c1e-0d1f-5a53-9d52-2f1f6f0a7c11";
    report.generated_at = instant("2026-11-23T08:00:00Z");
    report.tenant_name = "contoso";
    report.from = a_day("2026-08-25");
    report.to = a_day("2026-11-22");
    report.covered_days = 90;
    const NextEnforcement next{"default-off", a_day("2026-12-31"), Precision::month, 38,
                               "Basic off by default for existing tenants; it can be turned on"};
    report.cutoff = {"2025-09", a_day("2025-09-01"), Precision::month, -448, next};
    report.timeline = {
        {"2025-09", MilestoneKind::enforcement, a_day("2025-09-01"), Precision::month,
         MilestoneState::superseded, "First announced end of Basic for SMTP AUTH", "MC786329"},
        {"2026-03", MilestoneKind::enforcement, a_day("2026-03-01"), Precision::day,
         MilestoneState::superseded, "Gradual rejections were to begin", "blog 4114750"},
        {"default-off", MilestoneKind::enforcement, a_day("2026-12-31"), Precision::month,
         MilestoneState::announced,
         "Basic off by default for existing tenants; an administrator can turn it back on",
         "blog 4489835"},
        {"removal-announcement", MilestoneKind::notice, a_day("2027-07-01"), Precision::half,
         MilestoneState::announced, "The final removal date is to be announced", "blog 4489835"},
    };
    report.coverage = {
        {"smtp_auth_report",
         CoverageState::complete,
         "",
         instant("2026-08-25T00:00:00Z"),
         instant("2026-11-22T23:59:59Z"),
         0,
         1,
         {}},
        {"sign_ins",
         CoverageState::not_requested,
         "attack, MFA and country are unknown (add: smtpaudit scan)",
         std::nullopt,
         std::nullopt,
         0,
         0,
         {}},
    };
    return report;
}

inline void count_statuses(Report& report) {
    report.summary.accounts = report.accounts->size();
    report.summary.devices = report.devices->size();
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        const Row row = report.accounts->at(i);
        ++report.summary.by_status[static_cast<std::size_t>(row.status)];
        ++report.summary.by_band[static_cast<std::size_t>(row.band)];
        report.summary.messages.basic += row.messages.basic;
        report.summary.messages.oauth += row.messages.oauth;
        report.summary.messages.unknown += row.messages.unknown;
    }
}

// One or two rows of each kind; every optional member set somewhere.
inline Report sample_report() {
    Report report = empty_report();
    report.tenant_id = "11111111-2222-3333-4444-555555555555";
    report.coverage[0].rows = 41203;
    report.coverage[0].files = 2;
    report.coverage[0].notes = {"unknown column \"Region\" was ignored"};
    Row erp = plain_row(2, "erp@contoso.com", Status::mixed, Band::critical, 85, 10800, 7200,
                        "finance by its name, half migrated", "finish the move to OAuth");
    Row ups = plain_row(3, "ups@contoso.com", Status::dormant_basic, Band::high, 60, 0, 0,
                        "alert sender, all by TLS 1.0", "send through an SMTP relay connector");
    ups.messages.basic = 3;
    ups.first_seen = ups.last_basic = instant("2026-10-13T03:00:00Z");
    ups.addresses = {"203.0.113.99"};
    Row odd = plain_row(4, "odd@contoso.com", Status::unknown, Band::medium, 35, 0, 0,
                        "the report does not tell its protocol", "find out its protocol");
    odd.messages.unknown = 51000;
    odd.messages_30d.unknown = 17000;
    odd.first_seen = instant("2026-08-25T03:00:00Z");
    Row sprayed = plain_row(5, "old@contoso.com", Status::attempted, Band::low, 22, 0, 0,
                            "12 failed Basic sign-ins", "block Basic by authentication policy");
    sprayed.sign_ins.basic_failed = 12;
    Row news = plain_row(6, "news@contoso.com", Status::oauth_only, Band::low, 12, 0, 5200,
                         "only OAuth", "");
    report.accounts =
        std::make_shared<StoredRows>(std::vector<Row>{full_row(), erp, ups, odd, sprayed, news});
    Row relay = plain_row(1, "203.0.113.40", Status::active_basic, Band::critical, 95, 1310, 0,
                          "relay suspected: 30 accounts", "fix the relay once");
    relay.name = "mail gateway";
    relay.marks = {"relay_suspected"};
    for (int i = 1; i <= 30; ++i) relay.linked.push_back(fmt::format("user{:02}@contoso.com", i));
    Row v6 = plain_row(2, "2001:db8:1:2::/64", Status::active_basic, Band::medium, 40, 20, 0,
                       "two accounts", "OAuth on the device");
    v6.linked = {"scan@contoso.com", "erp@contoso.com"};
    report.devices = std::make_shared<StoredRows>(std::vector<Row>{relay, v6});
    count_statuses(report);
    report.summary.basic_share = 0.6123456;
    report.summary.overdue_messages = 36103;
    report.summary.unattributed_basic_share = 0.04;
    report.summary.messages_lost_per_day = 411.96666;
    report.series = {{a_day("2026-11-21"), {400, 200, 10}}, {a_day("2026-11-22"), {412, 240, 0}}};
    report.oauth_apps = {{"app-1", "Ticket mailer", "application", "", "ticket@contoso.com"}};
    report.actions = {{"split-scan",
                       "Give each scanner its own password",
                       "one password at 2 addresses",
                       {"scan@contoso.com"},
                       {"New-Mailbox"},
                       {"Remove-Mailbox"}}};
    report.notes = {"the same file was given twice; it was counted once"};
    report.gate = {Band::high, true, 2};
    report.remembered = {{"tax@contoso.com", a_day("2025-04-01"), a_day("2026-04-02"), 4,
                          a_day("2027-04-02"), "sent each year in April"},
                         {"old-fax@contoso.com", a_day("2026-03-01"), a_day("2026-03-09"), 9,
                          std::nullopt, "no rhythm is known"}};
    return report;
}

// What a data field may hold when somebody means harm, or only lives elsewhere.
inline std::vector<std::string> hostile_texts() {
    return {
        "\x1B[2J\x1B]0;owned\x07",
        "\xC2\x9B"
        "31mC1 escape",
        "\xE2\x80\xAE"
        "gnp.exe\xE2\x80\xAC",
        "two\nlines\r\nand\ttab",
        "=cmd|'/C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\tleading tab",
        "\rleading return",
        "<script>alert(1)</script>",
        "quote \" comma , semicolon ; apostrophe '",
        "$(rm -rf ~) `id` %00",
        std::string("NUL\0inside", 10),
        std::string(5000, 'x'),
        "\xE4\xBA\x94\xE9\x9A\x8E\xE3\x81\xAE\xE8\xA4\x87\xE5\x90\x88\xE6\xA9\x9F@contoso.com",
        "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81 combining",
        "\xF0\x9F\x96\xA8\xEF\xB8\x8F printer",
        "\xE2\x80\xA8line separator",
        "",
    };
}

// A row with the text in every member that comes from data.
inline Row hostile_row(std::uint64_t rank, const std::string& text) {
    Row row = full_row();
    row.rank = rank;
    row.id = row.name = row.why = text;
    row.addresses = row.user_agents = row.linked = row.marks = row.notes =
        row.origins = {text, text};
    row.links = {{text, Confidence::low, 1, 1, 0, 0, 1, text},
                 {text, Confidence::high, 1, 1, 0, 0, 1, text}};
    row.owner = row.site = row.mailbox_type = text;
    row.class_ = {text, "guess", text};
    for (Factor& factor : row.factors) factor.name = factor.evidence = text;
    row.switches = Switches{Ternary::unknown, text, {{text, text, text, text, text}}};
    row.remedy = Remedy{text, text, text, {text}};
    row.accepted->reason = row.accepted->owner = text;
    return row;
}

inline Report hostile_report() {
    Report report = empty_report();
    std::vector<Row> rows;
    for (const std::string& text : hostile_texts()) {
        rows.push_back(hostile_row(rows.size() + 1, text));
        report.notes.push_back(text);
        report.remembered.push_back(
            {text, a_day("2026-03-01"), a_day("2026-03-09"), 9, a_day("2026-12-01"), text});
        report.coverage.push_back(
            {text, CoverageState::partial, text, std::nullopt, std::nullopt, 7, 1, {text}});
        report.oauth_apps.push_back({text, text, text, text, text});
        report.actions.push_back({text, text, text, {text}, {text}, {text}});
        report.timeline.push_back({text, MilestoneKind::notice, a_day("2026-01-01"), Precision::day,
                                   MilestoneState::done, text, text});
        report.tenant_name = report.tenant_id = text.empty() ? "contoso" : text;
    }
    report.cutoff.id = report.cutoff.next->id = report.cutoff.next->what = hostile_texts()[0];
    report.accounts = std::make_shared<StoredRows>(rows);
    report.devices = std::make_shared<StoredRows>(rows);
    count_statuses(report);
    return report;
}

// `size` accounts and as many devices, made one at a time.
inline Report large_report(std::size_t size) {
    Report report = empty_report();
    Row pattern = full_row();
    pattern.accepted.reset();
    const auto priority = [size](std::size_t i) { return static_cast<int>(100 - i * 100 / size); };
    const auto head = [priority](std::size_t i) {
        const int p = priority(i);
        return RowHead{Status::active_basic, p >= 80   ? Band::critical
                                             : p >= 60 ? Band::high
                                             : p >= 35 ? Band::medium
                                             : p >= 10 ? Band::low
                                                       : Band::info};
    };
    const auto make = [pattern, priority, head](std::size_t i) {
        Row row = pattern;
        row.rank = i + 1;
        row.id = fmt::format("user{:06}@contoso.com", i);
        row.priority = row.priority_high = priority(i);
        row.band = head(i).band;
        return row;
    };
    report.accounts = std::make_shared<LazyRows>(size, make, head);
    report.devices = std::make_shared<LazyRows>(size, make, head);
    report.summary.accounts = report.summary.devices = size;
    report.summary.by_status[static_cast<std::size_t>(Status::active_basic)] = size;
    return report;
}

}  // namespace smtpaudit::test
