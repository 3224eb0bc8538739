#include "analysis/join_tenants.hpp"

#include "support/catch.hpp"
#include "support/sample_report.hpp"

using namespace smtpaudit;
using test::a_day;

namespace {

Row row(const std::string& id, int priority, int impact = 0, std::uint64_t basic = 0) {
    Row row;
    row.id = id;
    row.priority = priority;
    row.impact = impact;
    row.messages.basic = basic;
    row.rank = 77;  // its own; the joined one is another
    return row;
}

TenantRun run(const std::string& name, std::vector<Row> accounts) {
    TenantRun run;
    run.name = name;
    run.report.emplace();
    run.report->run_id = "run-" + name;
    run.report->accounts = std::make_shared<StoredRows>(std::move(accounts));
    return run;
}

TenantRun failed(const std::string& name, const std::string& why) {
    TenantRun run;
    run.name = name;
    run.failure = why;
    return run;
}

std::vector<std::string> order(const Report& report) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < report.accounts->size(); ++i) {
        const Row row = report.accounts->at(i);
        CHECK(row.rank == i + 1);
        CHECK(report.accounts->id(i) == row.id);
        CHECK(report.accounts->head(i).priority == row.priority);
        out.push_back(row.tenant.value_or("?") + "/" + row.id);
    }
    return out;
}

}  // namespace

TEST_CASE("joined rows are in the order of each ranking and ties go by tenant") {
    std::vector<TenantRun> runs;
    runs.push_back(run("a", {row("1", 90), row("2", 50, 7), row("3", 50, 3, 10), row("4", 10)}));
    runs.push_back(run("b", {row("1", 95), row("2", 50, 7), row("3", 50, 3, 11), row("4", 10)}));
    const Report joined = join_tenants({}, std::move(runs));
    CHECK(order(joined) ==
          std::vector<std::string>{"b/1", "a/1", "a/2", "b/2", "b/3", "a/3", "a/4", "b/4"});
}

TEST_CASE("joined sums are of the tenants that were read") {
    TenantRun a = run("a", {}), b = run("b", {}), c = run("c", {});
    a.report->summary.messages = {30, 10, 1};
    a.report->summary.messages_lost_per_day = 2.5;
    a.report->summary.unattributed_basic_share = 0.5;
    a.report->summary.mailboxes = MailboxCounts{5, 1, 2, 2, 1};
    a.report->summary.by_band[4] = 3;
    b.report->summary.messages = {10, 0, 0};
    b.report->summary.messages_lost_per_day = 1;
    b.report->summary.unattributed_basic_share = 0.1;
    b.report->summary.by_band[4] = 2;
    c.report->summary.messages = {1000, 0, 0};
    c.failure = "nothing could be read";
    c.report->coverage.emplace_back();
    std::vector<TenantRun> runs;
    for (TenantRun* one : {&a, &b, &c}) runs.push_back(std::move(*one));
    const Report joined = join_tenants({}, std::move(runs));
    const Summary& sum = joined.summary;
    CHECK(sum.messages.basic == 40);
    CHECK(sum.basic_share == Approx(0.8));
    CHECK(sum.messages_lost_per_day == Approx(3.5));
    CHECK(sum.unattributed_basic_share == Approx((15.0 + 1.0) / 40));
    CHECK(sum.by_band[4] == 5);
    REQUIRE(sum.mailboxes);
    CHECK(sum.mailboxes->known == 5);
    REQUIRE(joined.tenants.size() == 3);
    CHECK(joined.tenants[0].summary->messages.basic == 30);
    CHECK_FALSE(joined.tenants[2].summary);
    CHECK(joined.tenants[2].state == CoverageState::failed);
    // What it looked at is told all the same, and that it failed.
    REQUIRE(joined.coverage.size() == 2);
    CHECK(joined.coverage[1].source == "tenant");
    CHECK(joined.incomplete());
}

TEST_CASE("what nobody tells of any tenant stays unknown in the sum") {
    std::vector<TenantRun> runs;
    runs.push_back(run("a", {}));
    runs.push_back(failed("b", "no"));
    const Report joined = join_tenants({}, std::move(runs));
    CHECK_FALSE(joined.summary.basic_share);
    CHECK_FALSE(joined.summary.messages_lost_per_day);
    CHECK_FALSE(joined.summary.unattributed_basic_share);
    CHECK_FALSE(joined.summary.mailboxes);
    CHECK_FALSE(joined.from);
}

TEST_CASE("joined days are those that any tenant could see") {
    TenantRun a = run("a", {}), b = run("b", {});
    a.report->from = a_day("2026-11-01");
    a.report->to = a_day("2026-11-02");
    a.report->series = {{a_day("2026-11-01"), {1, 0, 0}}, {a_day("2026-11-02"), {2, 0, 0}}};
    a.report->covered_days = 2;
    b.report->from = a_day("2026-11-02");
    b.report->to = a_day("2026-11-03");
    b.report->series = {{a_day("2026-11-02"), {3, 0, 0}}, {a_day("2026-11-03"), {4, 0, 0}}};
    b.report->covered_days = 2;
    std::vector<TenantRun> runs;
    for (TenantRun* one : {&a, &b}) runs.push_back(std::move(*one));
    const Report joined = join_tenants({}, std::move(runs));
    CHECK(joined.from == a_day("2026-11-01"));
    CHECK(joined.to == a_day("2026-11-03"));
    CHECK(joined.covered_days == 3);
    REQUIRE(joined.series.size() == 3);
    CHECK(joined.series[1].messages.basic == 5);
}

TEST_CASE("a note that all tenants have is said once") {
    TenantRun a = run("a", {}), b = run("b", {}), c = run("c", {});
    a.report->notes = {"late rows", "only a and b"};
    b.report->notes = {"late rows", "only a and b"};
    c.report->notes = {"late rows", "only c"};
    std::vector<TenantRun> runs;
    for (TenantRun* one : {&a, &b, &c}) runs.push_back(std::move(*one));
    CHECK(join_tenants({}, std::move(runs)).notes ==
          std::vector<std::string>{"late rows", "a, b: only a and b", "c: only c"});
}

TEST_CASE("what one tenant says keeps its name") {
    TenantRun a = run("a", {}), b = run("b", {});
    a.report->actions.push_back({"lock", "Lock down", "", {}, {}, {}});
    b.report->actions.push_back({"lock", "Lock down", "", {}, {}, {}});
    b.report->oauth_apps.emplace_back();
    a.report->remembered.push_back(
        {"y@a", a_day("2026-01-01"), a_day("2026-02-01"), 2, a_day("2026-12-31"), ""});
    b.report->remembered.push_back(
        {"x@b", a_day("2026-01-01"), a_day("2026-02-01"), 2, a_day("2026-12-01"), ""});
    std::vector<TenantRun> runs;
    for (TenantRun* one : {&a, &b}) runs.push_back(std::move(*one));
    const Report joined = join_tenants({}, std::move(runs));
    REQUIRE(joined.actions.size() == 2);
    CHECK(joined.actions[0].tenant == "a");
    CHECK(joined.actions[1].tenant == "b");
    CHECK(joined.oauth_apps[0].tenant == "b");
    CHECK(joined.remembered[0].id == "x@b");  // by when it is due
    CHECK(joined.remembered[0].tenant == "b");
}

TEST_CASE("the joined run has an id of its own that depends on all") {
    const auto id = [](const std::string& second) {
        std::vector<TenantRun> runs;
        runs.push_back(run("a", {}));
        runs.push_back(run(second, {}));
        return join_tenants({}, std::move(runs)).run_id;
    };
    CHECK(id("b") == id("b"));
    CHECK(id("b") != id("c"));
}
