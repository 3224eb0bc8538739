#include "analysis/compare.hpp"

#include "support/catch.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

Row row_of(std::string id, Status status, Band band, int priority, std::uint64_t basic_30d) {
    Row row;
    row.id = row.name = std::move(id);
    row.status = status;
    row.band = band;
    row.priority = priority;
    row.messages.basic = basic_30d * 3;
    row.messages.oauth = status == Status::oauth_only || status == Status::mixed ? 40 : 0;
    row.messages_30d.basic = basic_30d;
    row.first_seen = instant("2026-09-01T00:00:00Z");
    if (basic_30d > 0) row.last_basic = instant("2026-11-22T10:00:00Z");
    return row;
}

// Ninety covered days that end on `to`, from one complete report.
Report run_of(std::vector<Row> accounts, std::string_view to, std::vector<Row> devices = {}) {
    Report report;
    report.run_id = std::string(to);
    report.generated_at = instant(std::string(to) + "T12:00:00Z");
    report.to = a_day(to);
    report.from = *report.to - std::chrono::days(89);
    report.covered_days = 90;
    for (Day day = *report.from; day <= *report.to; day += std::chrono::days(1))
        report.series.push_back({day, {}});
    report.coverage = {
        {"smtp_auth_report", CoverageState::complete, "", std::nullopt, std::nullopt, 100, 1, {}}};
    report.accounts = std::make_shared<StoredRows>(std::move(accounts));
    report.devices = std::make_shared<StoredRows>(std::move(devices));
    return report;
}

const std::string k_old = "2026-11-15";
const std::string k_new = "2026-11-22";

Change only_change(const Comparison& comparison) {
    REQUIRE(comparison.changes.size() == 1);
    return comparison.changes.front();
}

Change change_between(const Row& before, const Row& after) {
    return only_change(compare_reports(run_of({before}, k_old), run_of({after}, k_new)));
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a run compared with itself has no change and says that it is the same") {
    const Report run = sample_report();
    const Comparison comparison = compare_reports(run, run);
    CHECK(comparison.changes.empty());
    CHECK(comparison.unchanged == run.accounts->size() + run.devices->size());
    CHECK(comparison.new_findings == 0);
    REQUIRE(comparison.notes.size() == 1);
    CHECK(has(comparison.notes[0], "the same run"));
}

TEST_CASE("a sender that the old run does not have is new and a finding") {
    const Comparison comparison = compare_reports(
        run_of({}, k_old),
        run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45)}, k_new));
    const Change change = only_change(comparison);
    CHECK(change.kind == ChangeKind::appeared);
    CHECK(change.is_finding);
    CHECK(comparison.new_findings == 1);
    CHECK(change.reason == "first seen 2026-09-01; 45 Basic messages a month");
}

TEST_CASE("what is new and needs no Basic is listed and is no finding") {
    for (const Status status : {Status::oauth_only, Status::attempted, Status::enabled_unused}) {
        Row row = row_of("a@contoso.com", status, Band::low, 12, 0);
        row.messages.oauth = 9;
        const Comparison comparison = compare_reports(run_of({}, k_old), run_of({row}, k_new));
        CHECK(only_change(comparison).kind == ChangeKind::appeared);
        CHECK(comparison.new_findings == 0);
    }
}

TEST_CASE("an accepted sender is new and no finding") {
    Row row = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    row.accepted = Acceptance{"firmware", "", a_day("2027-01-31")};
    CHECK(compare_reports(run_of({}, k_old), run_of({row}, k_new)).new_findings == 0);
}

TEST_CASE("a new device is a finding from thirty messages a month") {
    const auto findings = [](std::uint64_t messages) {
        const Row device = row_of("203.0.113.7", Status::active_basic, Band::low, 20, messages);
        return compare_reports(run_of({}, k_old), run_of({}, k_new, {device})).new_findings;
    };
    CHECK(findings(29) == 0);
    CHECK(findings(30) == 1);
}

TEST_CASE("nothing is new against a run that did not look") {
    Report old = run_of({}, k_old);
    old.coverage[0].source = "sign_ins";
    const Comparison comparison = compare_reports(
        old, run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45)}, k_new));
    const Change change = only_change(comparison);
    CHECK(change.kind == ChangeKind::not_compared);
    CHECK(has(change.reason, "did not look at the SMTP AUTH report"));
    CHECK(comparison.new_findings == 0);
}

TEST_CASE("what a run with incomplete evidence lacks is new and says so") {
    Report old = run_of({}, k_old);
    old.coverage[0].state = CoverageState::partial;
    const Comparison comparison = compare_reports(
        old, run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45)}, k_new));
    CHECK(has(only_change(comparison).reason, "the old run's evidence was incomplete"));
    CHECK(comparison.new_findings == 1);
}

TEST_CASE("a row is gone only where the new run looked and looked long enough") {
    const Report old =
        run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45)}, k_old);
    Report now = run_of({}, k_new);
    CHECK(only_change(compare_reports(old, now)).kind == ChangeKind::gone);
    CHECK(has(only_change(compare_reports(old, now)).reason,
              "nothing in the 90 days that the new run covers; last Basic 2026-11-22"));
    now.covered_days = 29;
    CHECK(only_change(compare_reports(old, now)).kind == ChangeKind::not_compared);
    now.covered_days = 30;
    CHECK(only_change(compare_reports(old, now)).kind == ChangeKind::gone);
    for (const CoverageState state : {CoverageState::partial, CoverageState::not_requested,
                                      CoverageState::unavailable, CoverageState::failed}) {
        now.coverage[0].state = state;
        const Change change = only_change(compare_reports(old, now));
        CHECK(change.kind == ChangeKind::not_compared);
        CHECK(has(change.reason, "not seen: the new run"));
    }
}

TEST_CASE("a device is not gone because a table without addresses does not show it") {
    const Row device = row_of("203.0.113.7", Status::active_basic, Band::low, 20, 45);
    Report now = run_of({}, k_new);
    now.coverage[0].source = "smtp_auth_table";
    CHECK(only_change(compare_reports(run_of({}, k_old, {device}), now)).kind ==
          ChangeKind::not_compared);
}

TEST_CASE("moving to OAuth is half migrated first and then migrated") {
    const Row basic = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    const Row mixed = row_of("a@contoso.com", Status::mixed, Band::high, 70, 45);
    const Row done = row_of("a@contoso.com", Status::migrated, Band::info, 5, 0);
    CHECK(change_between(basic, mixed).kind == ChangeKind::migrating);
    const Change change = change_between(mixed, done);
    CHECK(change.kind == ChangeKind::migrated);
    CHECK(change.also == std::vector{ChangeKind::quieter, ChangeKind::band_down});
    CHECK_FALSE(change.is_finding);
}

TEST_CASE("Basic after the old run of a migrated account is a relapse and a finding") {
    const Row safe = row_of("a@contoso.com", Status::migrated, Band::info, 5, 0);
    Row again = row_of("a@contoso.com", Status::mixed, Band::high, 70, 3);
    CHECK(change_between(safe, again).kind == ChangeKind::relapsed);
    CHECK(change_between(safe, again).is_finding);
    // Seen through a longer window it is no news.
    again.last_basic = instant("2026-11-10T00:00:00Z");
    CHECK(change_between(safe, again).kind == ChangeKind::not_compared);
    CHECK_FALSE(change_between(safe, again).is_finding);
}

TEST_CASE("losing OAuth is a relapse") {
    const Row mixed = row_of("a@contoso.com", Status::mixed, Band::high, 70, 45);
    const Row basic = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    CHECK(change_between(mixed, basic).kind == ChangeKind::relapsed);
}

TEST_CASE("a sender that falls silent is quieter first and gone when nothing is left of it") {
    const Row basic = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    Row dormant = row_of("a@contoso.com", Status::dormant_basic, Band::medium, 40, 0);
    dormant.last_basic = instant("2026-10-01T10:00:00Z");
    const Change quiet = change_between(basic, dormant);
    CHECK(quiet.kind == ChangeKind::quieter);
    CHECK(has(quiet.reason, "no Basic in the last 30 days"));
    const Row unused = row_of("a@contoso.com", Status::enabled_unused, Band::low, 10, 0);
    const Change gone = change_between(basic, unused);
    CHECK(gone.kind == ChangeKind::gone);
    CHECK(has(gone.reason, "last Basic 2026-11-22"));
    const Change back = change_between(dormant, basic);
    CHECK(back.kind == ChangeKind::louder);
    CHECK(has(back.reason, "sends again"));
}

TEST_CASE("an account that was only tried before and sends now is new") {
    const Row tried = row_of("a@contoso.com", Status::attempted, Band::low, 12, 0);
    const Row sends = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    const Change change = change_between(tried, sends);
    CHECK(change.kind == ChangeKind::appeared);
    CHECK(change.is_finding);
}

TEST_CASE("a refusal is broken while it tries and gone when it stops") {
    const Row basic = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    const Row tries = row_of("a@contoso.com", Status::blocked_retrying, Band::high, 70, 40);
    const Row silent = row_of("a@contoso.com", Status::already_blocked, Band::info, 5, 40);
    CHECK(change_between(basic, tries).kind == ChangeKind::broken);
    CHECK_FALSE(change_between(basic, tries).is_finding);
    CHECK(change_between(tries, silent).kind == ChangeKind::gone);
}

TEST_CASE("louder is twice and thirty more and quieter the same downwards") {
    const auto kind = [](std::uint64_t before, std::uint64_t after) {
        const Comparison comparison = compare_reports(
            run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, before)}, k_old),
            run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, after)}, k_new));
        return comparison.changes.empty() ? std::string()
                                          : std::string(to_string(comparison.changes[0].kind));
    };
    CHECK(kind(30, 60) == "louder");
    CHECK(kind(29, 58).empty());  // twice, but only 29 more
    CHECK(kind(100, 199).empty());  // 99 more, but not twice
    CHECK(kind(60, 30) == "quieter");
    CHECK(kind(58, 29).empty());
    CHECK(kind(199, 100).empty());
}

TEST_CASE("counts are compared as of thirty days even where fewer are covered") {
    Report half =
        run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 50)}, k_old);
    half.series.erase(half.series.begin(), half.series.end() - 15);
    half.covered_days = 15;
    CHECK(compare_reports(
              half,
              run_of({row_of("a@contoso.com", Status::active_basic, Band::high, 70, 100)}, k_new))
              .changes.empty());
}

TEST_CASE("messages are never compared with sign-ins") {
    Row by_sign_ins = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 0);
    by_sign_ins.sign_ins.basic_ok = 9000;
    const Row by_report = row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45);
    CHECK(
        compare_reports(run_of({by_sign_ins}, k_old), run_of({by_report}, k_new)).changes.empty());
}

TEST_CASE("a change of band names the factor that moved most") {
    Row before = row_of("a@contoso.com", Status::active_basic, Band::medium, 50, 45);
    before.factors = {{Axis::impact, "volume", 10, 30, ""}, {Axis::exposure, "attack", 0, 25, ""}};
    Row after = row_of("a@contoso.com", Status::active_basic, Band::high, 66, 45);
    after.factors = {{Axis::exposure, "attack", 15, 25, ""}, {Axis::impact, "volume", 11, 30, ""}};
    const Change change = change_between(before, after);
    CHECK(change.kind == ChangeKind::band_up);
    CHECK(change.reason == "priority 50 to 66, most by attack: 0.0 to 15.0 points");
    CHECK(change_between(after, before).kind == ChangeKind::band_down);
}

TEST_CASE("changes stand by kind and priority and id") {
    const Comparison comparison = compare_reports(
        run_of({row_of("gone@contoso.com", Status::active_basic, Band::high, 99, 45)}, k_old),
        run_of({row_of("b@contoso.com", Status::active_basic, Band::high, 70, 45),
                row_of("a@contoso.com", Status::active_basic, Band::high, 70, 45),
                row_of("z@contoso.com", Status::active_basic, Band::critical, 90, 45)},
               k_new));
    std::vector<std::string> ids;
    for (const Change& change : comparison.changes) ids.push_back(change.id);
    CHECK(ids == std::vector<std::string>{"z@contoso.com", "a@contoso.com", "b@contoso.com",
                                          "gone@contoso.com"});
}

TEST_CASE("two runs given the wrong way round are noticed") {
    const Comparison comparison = compare_reports(run_of({}, k_new), run_of({}, k_old));
    REQUIRE(comparison.notes.size() == 1);
    CHECK(has(comparison.notes[0], "swapped"));
}

TEST_CASE("two tenants are told apart by their ids alone") {
    Report a = empty_report();
    Report b = empty_report();
    CHECK_FALSE(are_of_two_tenants(a, b));
    a.tenant_id = "1";
    CHECK_FALSE(are_of_two_tenants(a, b));
    b.tenant_id = "2";
    CHECK(are_of_two_tenants(a, b));
}
