#include "store_support.hpp"

#include "store/schema.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fstream>
#include <sstream>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::string slurp(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

mode_t mode_of(const std::string& path) {
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

std::string counters_of(const Store& store, std::int64_t tenant) {
    std::string text;
    REQUIRE(store.each_counter(tenant, [&](const HistoryCounter& one) -> Result<void> {
        text += format_day(one.day).substr(5) + " " + one.account + " " + one.client + " " +
                std::to_string(one.measure) + " " + std::to_string(one.count) + "\n";
        return {};
    }));
    return text;
}

std::string days_of(const Store& store, std::int64_t tenant) {
    std::string text;
    const auto days = store.days(tenant);
    REQUIRE(days);
    for (const HistoryDay& day : *days)
        text += format_day(day.day).substr(5) + (day.is_complete ? " whole " : " part ") +
                std::to_string(day.counts[0]) + "/" + std::to_string(day.counts[1]) + "/" +
                std::to_string(day.counts[2]) + "\n";
    return text;
}

std::string basic_days(const Store& store, std::int64_t tenant, const std::string& account) {
    const auto accounts = store.accounts(tenant);
    REQUIRE(accounts);
    std::string text;
    for (const HistoryAccount& one : *accounts)
        if (one.id == account)
            for (const Day day : one.basic_days().days()) text += format_day(day).substr(5) + " ";
    return text;
}

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a store is readable by its owner alone and so is its folder") {
    StoreFixture fixture;
    fixture.path = fixture.folder.file("a/b/history.sqlite");
    const Store store = fixture.open();
    CHECK(mode_of(fixture.path) == 0600);
    CHECK(mode_of(fixture.folder.file("a/b")) == 0700);
    CHECK(mode_of(fixture.folder.file("a")) == 0700);
    CHECK(has(slurp(fixture.path).substr(0, 16), "SQLite format 3"));
}

TEST_CASE("counters come back by day and account and client and measure") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5)
        .count("scan@contoso.com", "2026-11-02", 2, Protocol::basic, "203.0.113.8")
        .count("scan@contoso.com", "2026-11-02", 1, Protocol::unknown, "")
        .count("erp@contoso.com", "2026-11-01", 7, Protocol::oauth)
        .covers("2026-11-01", "2026-11-03");
    CHECK(load.into(store, tenant).days == 3);
    CHECK(counters_of(store, tenant) ==
          "11-01 erp@contoso.com 203.0.113.7 1 7\n"
          "11-02 scan@contoso.com  2 1\n"
          "11-02 scan@contoso.com 203.0.113.7 0 5\n"
          "11-02 scan@contoso.com 203.0.113.8 0 2\n");
    CHECK(days_of(store, tenant) == "11-01 whole 0/7/0\n11-02 whole 7/0/1\n11-03 whole 0/0/0\n");
    CHECK(basic_days(store, tenant, "scan@contoso.com") == "11-02 ");
    CHECK(basic_days(store, tenant, "erp@contoso.com").empty());
    CHECK(store.check()->empty());
}

TEST_CASE("loading the same evidence twice changes nothing") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5).covers("2026-11-01", "2026-11-03");
    load.into(store, tenant);
    const std::string before = counters_of(store, tenant) + days_of(store, tenant);
    const SaveTally again = load.into(store, tenant);
    CHECK(again.days == 0);
    CHECK(again.kept == 3);
    CHECK(counters_of(store, tenant) + days_of(store, tenant) == before);
}

TEST_CASE("of two windows that share days each day keeps the better one") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load first;
    first.count("scan@contoso.com", "2026-11-01", 5)
        .count("scan@contoso.com", "2026-11-02", 5)
        .count("old@contoso.com", "2026-11-02", 5)
        .covers("2026-11-01", "2026-11-02", CoverageState::partial);
    first.into(store, tenant);

    SECTION("complete beats partial even with fewer messages") {
        Load whole;
        whole.count("scan@contoso.com", "2026-11-02", 1).covers("2026-11-02", "2026-11-02");
        CHECK(whole.into(store, tenant).days == 1);
        CHECK(days_of(store, tenant) == "11-01 part 5/0/0\n11-02 whole 1/0/0\n");
        CHECK(basic_days(store, tenant, "old@contoso.com").empty());
        CHECK(basic_days(store, tenant, "scan@contoso.com") == "11-01 11-02 ");
        CHECK(first.into(store, tenant).days == 0);
    }
    SECTION("among equals the larger count wins and the smaller changes nothing") {
        Load more;
        more.count("scan@contoso.com", "2026-11-02", 11)
            .covers("2026-11-02", "2026-11-02", CoverageState::partial);
        CHECK(more.into(store, tenant).days == 1);
        CHECK(first.into(store, tenant).days == 0);
        CHECK(counters_of(store, tenant) ==
              "11-01 scan@contoso.com 203.0.113.7 0 5\n11-02 scan@contoso.com 203.0.113.7 0 11\n");
    }
    CHECK(store.check()->empty());
}

TEST_CASE("a day that the source saw only in part is partial") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5).covers("2026-11-01", "2026-11-02");
    load.coverage[0].from = instant("2026-11-01T08:00:00Z");
    load.coverage[0].to = instant("2026-11-02T17:30:00Z");
    load.into(store, tenant);
    CHECK(days_of(store, tenant) == "11-01 part 0/0/0\n11-02 part 5/0/0\n");
}

TEST_CASE("messages and sign-ins of one day are kept apart") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5)
        .sign_in("scan@contoso.com", "2026-11-02", 3)
        .sign_in("scan@contoso.com", "2026-11-02", 9, Outcome::failure)
        .sign_in("spray@contoso.com", "2026-11-02", 40, Outcome::failure)
        .covers("2026-11-02", "2026-11-02")
        .covers("2026-11-02", "2026-11-02", CoverageState::complete, "sign_ins");
    load.into(store, tenant);
    load.into(store, tenant, CounterFamily::sign_ins);
    CHECK(days_of(store, tenant) == "11-02 whole 5/0/0\n11-02 whole 3/49/0\n");
    CHECK(basic_days(store, tenant, "spray@contoso.com").empty());
    const auto days = store.account_days(tenant, "scan@contoso.com");
    REQUIRE(days);
    REQUIRE(days->size() == 2);
    CHECK((*days)[0].counts[0] == 5);
    CHECK((*days)[1].counts[0] == 3);
    CHECK((*days)[1].counts[1] == 9);
    CHECK(store.account_days(tenant, "nobody@contoso.com")->empty());
}

TEST_CASE("two ledger accounts that are one account of the directory are one in the store") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5)
        .count("scanner@contoso.com", "2026-11-02", 2)
        .covers("2026-11-02", "2026-11-02");
    const std::vector<std::string> ids = {"scan@contoso.com", "scan@contoso.com"};
    REQUIRE(store.save(tenant, CounterFamily::messages, load.ledger, ids, load.coverage));
    CHECK(counters_of(store, tenant) == "11-02 scan@contoso.com 203.0.113.7 0 7\n");
    CHECK(store.check()->empty());
}

TEST_CASE("a tenant is known again by its id or by the domains of its senders") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto contoso = StoreFixture::tenant_of(store);
    CHECK(StoreFixture::tenant_of(store) == contoso);
    const auto fabrikam = StoreFixture::tenant_of(store, "fabrikam.com");
    CHECK(fabrikam != contoso);
    // One stray sender of another company joins nobody.
    const auto stray =
        store.tenant({std::nullopt, std::nullopt, {{"contoso.com", 30}, {"fabrikam.com", 1}}});
    CHECK(*stray == contoso);
    CHECK(StoreFixture::tenant_of(store, "fabrikam.com") == fabrikam);
    // A scan tells the id: the same tenant from then on, under any domain.
    const auto scanned = store.tenant({"id-1", "Contoso Ltd", {{"contoso.com", 1}, {"x.com", 1}}});
    CHECK(*scanned == contoso);
    CHECK(*store.tenant({"id-1", std::nullopt, {}}) == contoso);
    CHECK(*store.tenant({"id-2", std::nullopt, {{"contoso.com", 1}}}) != contoso);
    const auto tenants = store.tenants();
    REQUIRE(tenants);
    REQUIRE(tenants->size() == 3);
    CHECK((*tenants)[0].name == "Contoso Ltd");
    CHECK((*tenants)[0].id == "id-1");
}

TEST_CASE("what one tenant has is not seen by another") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto contoso = StoreFixture::tenant_of(store);
    const auto fabrikam = StoreFixture::tenant_of(store, "fabrikam.com");
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5).covers("2026-11-02", "2026-11-02");
    load.into(store, contoso);
    CHECK(days_of(store, fabrikam).empty());
    CHECK(store.accounts(fabrikam)->empty());
    CHECK(load.into(store, fabrikam).days == 1);
}

TEST_CASE("a run is kept once for the same evidence") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    HistoryRun run;
    run.run_id = "r1";
    run.generated_at = instant("2026-11-23T12:00:00Z");
    run.from = a_day("2026-08-25");
    run.to = a_day("2026-11-22");
    run.covered_days = 90;
    run.messages = {7, 8, 9};
    run.by_status[static_cast<std::size_t>(Status::mixed)] = 3;
    run.by_band[static_cast<std::size_t>(Band::critical)] = 4;
    REQUIRE(store.save_run(tenant, "evidence-1", run));
    run.run_id = "r2";
    REQUIRE(store.save_run(tenant, "evidence-1", run));
    run.to.reset();
    REQUIRE(store.save_run(tenant, "evidence-2", run));
    const auto runs = store.runs(tenant);
    REQUIRE(runs);
    REQUIRE(runs->size() == 2);
    CHECK((*runs)[0].run_id == "r1");
    CHECK((*runs)[0].messages.oauth == 8);
    CHECK((*runs)[0].by_status[static_cast<std::size_t>(Status::mixed)] == 3);
    CHECK((*runs)[0].by_band[static_cast<std::size_t>(Band::critical)] == 4);
    CHECK((*runs)[0].to == a_day("2026-11-22"));
    CHECK_FALSE((*runs)[1].to.has_value());
}

TEST_CASE("pruning forgets days and what has none left") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("old@contoso.com", "2026-10-31", 5)
        .count("scan@contoso.com", "2026-10-31", 5)
        .count("scan@contoso.com", "2026-11-01", 5)
        .count("erp@contoso.com", "2026-11-01", 5, Protocol::oauth)
        .covers("2026-10-30", "2026-11-01");
    load.into(store, tenant);
    const auto tally = store.prune(a_day("2026-11-01"));
    REQUIRE(tally);
    CHECK(tally->days == 2);
    CHECK(tally->accounts == 1);
    CHECK(counters_of(store, tenant) ==
          "11-01 scan@contoso.com 203.0.113.7 0 5\n11-01 erp@contoso.com 203.0.113.7 1 5\n");
    CHECK(basic_days(store, tenant, "scan@contoso.com") == "11-01 ");
    CHECK(store.check()->empty());
    CHECK_FALSE(has(slurp(fixture.path), "old@contoso.com"));
}

TEST_CASE("a damaged store is refused with the way out and is not touched") {
    StoreFixture fixture;
    {
        Store store = fixture.open();
        const auto tenant = StoreFixture::tenant_of(store);
        Load load;
        for (int i = 0; i < 300; ++i)
            load.count("a" + std::to_string(i) + "@contoso.com", "2026-11-02", 5);
        load.covers("2026-11-02", "2026-11-02").into(store, tenant);
    }
    std::string bytes = slurp(fixture.path);
    for (std::size_t i = 4096; i < bytes.size(); i += 97) bytes[i] = static_cast<char>(~bytes[i]);
    std::ofstream(fixture.path, std::ios::binary) << bytes;
    const auto opened = Store::open(fixture.path, false, fixture.clock, {});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::local);
    CHECK(has(opened.error().message, "damaged; move it away (mv "));
    CHECK(slurp(fixture.path) == bytes);
}

TEST_CASE("what is no store is refused and not touched") {
    StoreFixture fixture;
    SECTION("a text") {
        std::ofstream(fixture.path) << std::string(5000, 'x');
        const auto opened = Store::open(fixture.path, false, fixture.clock, {});
        REQUIRE_FALSE(opened);
        CHECK(has(opened.error().message, "is no history of smtpaudit"));
        CHECK(slurp(fixture.path) == std::string(5000, 'x'));
    }
    SECTION("the database of another program") {
        std::ofstream(fixture.path).flush();
        {
            const auto db = Database::open(fixture.path);
            REQUIRE(db);
            REQUIRE(db->exec("CREATE TABLE bookmarks(url TEXT)"));
        }
        const std::string before = slurp(fixture.path);
        const auto opened = Store::open(fixture.path, false, fixture.clock, {});
        REQUIRE_FALSE(opened);
        CHECK(has(opened.error().message, "of another program"));
        CHECK(slurp(fixture.path) == before);
    }
    SECTION("a store of a newer version") {
        { const Store store = fixture.open(); }
        {
            const auto db = Database::open(fixture.path);
            REQUIRE(db);
            REQUIRE(db->exec("PRAGMA user_version = 99"));
        }
        const auto opened = Store::open(fixture.path, false, fixture.clock, {});
        REQUIRE_FALSE(opened);
        CHECK(has(opened.error().message, "newer smtpaudit (version 99, this one knows 2)"));
    }
    SECTION("a folder") {
        const auto opened = Store::open("/tmp", false, fixture.clock, {});
        REQUIRE_FALSE(opened);
        CHECK(has(opened.error().message, "is no file"));
    }
}

TEST_CASE("a history that must exist and does not is an input error") {
    StoreFixture fixture;
    const auto opened = Store::open(fixture.path, true, fixture.clock, {});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::input);
    CHECK_FALSE(std::filesystem::exists(fixture.path));
}

TEST_CASE("a store of version 1 becomes one of version 2 with its days") {
    StoreFixture fixture;
    std::int64_t tenant = 0;
    {
        Store store = fixture.open();
        tenant = StoreFixture::tenant_of(store);
        Load load;
        load.count("scan@contoso.com", "2026-11-02", 5)
            .count("scan@contoso.com", "2025-11-02", 5)
            .count("erp@contoso.com", "2026-11-02", 5, Protocol::oauth)
            .covers("2025-11-01", "2026-11-02");
        load.into(store, tenant);
    }
    {
        // What version 1 was: the same tables without account_days.
        const auto db = Database::open(fixture.path);
        REQUIRE(db);
        REQUIRE(db->exec("DROP TABLE account_days; PRAGMA user_version = 1"));
    }
    const Store store = fixture.open();
    CHECK(basic_days(store, tenant, "scan@contoso.com") == "11-02 11-02 ");
    CHECK(basic_days(store, tenant, "erp@contoso.com").empty());
    const auto db = Database::open(fixture.path);
    CHECK(*db->number("PRAGMA user_version") == 2);
}

TEST_CASE("what is read in one transaction is of one moment") {
    StoreFixture fixture;
    { const Store store = fixture.open(); }
    const auto reader = Database::open(fixture.path);
    const auto writer = Database::open(fixture.path);
    {
        const auto moment = Transaction::begin_reading(*reader);
        REQUIRE(moment);
        CHECK(*reader->number("PRAGMA user_version") == 2);
        REQUIRE(writer->exec("CREATE TABLE more(a); PRAGMA user_version = 3"));
        CHECK(*reader->number("PRAGMA user_version") == 2);
        CHECK(*reader->number("SELECT count(*) FROM sqlite_schema WHERE name = 'more'") == 0);
    }
    CHECK(*reader->number("PRAGMA user_version") == 3);
}

TEST_CASE("migrating step by step gives the tables of a fresh store") {
    StoreFixture fixture;
    { const Store fresh = fixture.open(); }
    const std::string other = fixture.folder.file("other.sqlite");
    std::ofstream(other).flush();
    const auto stepped = Database::open(other);
    REQUIRE(migrate_store(*stepped, 1));
    CHECK(*stepped->number("PRAGMA user_version") == 1);
    REQUIRE(migrate_store(*stepped));
    const auto whole = Database::open(fixture.path);
    const std::string tables = "SELECT group_concat(sql, ';') FROM sqlite_schema ORDER BY name";
    CHECK(*stepped->text(tables) == *whole->text(tables));
    CHECK(*stepped->number("PRAGMA application_id") == k_application_id);
}

TEST_CASE("a second writer waits and then says who holds the store") {
    StoreFixture fixture;
    Store store = fixture.open();
    const int held = ::open((fixture.path + ".lock").c_str(), O_RDWR | O_CREAT, 0600);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    const std::string who = "process 4711 on build-1 since 2026-11-23T11:59:00Z\n";
    REQUIRE(::ftruncate(held, 0) == 0);
    REQUIRE(::pwrite(held, who.data(), who.size(), 0) == static_cast<ssize_t>(who.size()));
    const auto refused = store.tenant({std::nullopt, std::nullopt, {{"contoso.com", 1}}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::local);
    CHECK(has(refused.error().message,
              "in use by process 4711 on build-1 since 2026-11-23T11:59:00Z"));
    CHECK(fixture.clock.sleeps().size() == 100);
    REQUIRE(::flock(held, LOCK_UN) == 0);
    ::close(held);
    CHECK(store.tenant({std::nullopt, std::nullopt, {{"contoso.com", 1}}}));
}

TEST_CASE("a stop ends the wait for another run") {
    StoreFixture fixture;
    std::stop_source stop;
    auto store = Store::open(fixture.path, false, fixture.clock, stop.get_token());
    REQUIRE(store);
    const int held = ::open((fixture.path + ".lock").c_str(), O_RDWR | O_CREAT, 0600);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    stop.request_stop();
    const auto refused = store->prune(a_day("2026-01-01"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::interrupted);
    ::close(held);
}

TEST_CASE("check finds counters that do not add up") {
    StoreFixture fixture;
    Store store = fixture.open();
    const auto tenant = StoreFixture::tenant_of(store);
    Load load;
    load.count("scan@contoso.com", "2026-11-02", 5).covers("2026-11-02", "2026-11-02");
    load.into(store, tenant);
    const auto db = Database::open(fixture.path);
    REQUIRE(db->exec("UPDATE day SET count_0 = 6"));
    CHECK(store.check()->size() == 1);
    REQUIRE(db->exec("DELETE FROM day"));
    CHECK(has(store.check()->at(0), "2026-11-02: counters without a day"));
    REQUIRE(db->exec("UPDATE counter SET body = x'FFFF'"));
    CHECK(has(store.check()->at(0), "1 blocks of counters are damaged"));
}
