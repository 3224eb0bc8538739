#include "store/schema.hpp"

#include "model/day_bits.hpp"
#include "store/chunk.hpp"

#include <fmt/format.h>
#include <array>
#include <map>
#include <utility>

namespace smtpaudit {
namespace {

// Days are numbers since 1970-01-01. `family` is CounterFamily. `state`: 1 partial, 2 complete.
constexpr const char* k_version_1 = R"(
CREATE TABLE tenant(id INTEGER PRIMARY KEY, tenant_id TEXT UNIQUE, name TEXT NOT NULL) STRICT;
CREATE TABLE tenant_domain(domain TEXT PRIMARY KEY, tenant INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE account(id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT NOT NULL,
  UNIQUE(tenant, name)) STRICT;
CREATE TABLE client(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE day(tenant INTEGER NOT NULL, family INTEGER NOT NULL, day INTEGER NOT NULL,
  state INTEGER NOT NULL, source TEXT NOT NULL, count_0 INTEGER NOT NULL, count_1 INTEGER NOT NULL,
  count_2 INTEGER NOT NULL, PRIMARY KEY(tenant, family, day)) WITHOUT ROWID, STRICT;
CREATE TABLE counter(tenant INTEGER NOT NULL, family INTEGER NOT NULL, day INTEGER NOT NULL,
  chunk INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(tenant, family, day, chunk))
  WITHOUT ROWID, STRICT;
CREATE TABLE run(tenant INTEGER NOT NULL, evidence TEXT NOT NULL, run_id TEXT NOT NULL,
  generated_at INTEGER NOT NULL, from_day INTEGER, to_day INTEGER, covered_days INTEGER NOT NULL,
  PRIMARY KEY(tenant, evidence)) WITHOUT ROWID, STRICT;
CREATE TABLE run_count(tenant INTEGER NOT NULL, evidence TEXT NOT NULL, name TEXT NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY(tenant, evidence, name)) WITHOUT ROWID, STRICT;
)";

// On which days an account used Basic, so that years are looked through without their counters.
constexpr const char* k_version_2 = R"(
CREATE TABLE account_days(account INTEGER NOT NULL, family INTEGER NOT NULL, bits BLOB NOT NULL,
  PRIMARY KEY(account, family)) WITHOUT ROWID, STRICT;
)";

Result<void> nothing_more(const Database& /*db*/) { return {}; }

Result<void> fill_account_days(const Database& db) {
    std::map<std::pair<std::uint32_t, std::int64_t>, DayBits> days;
    SA_TRY(Statement read, db.prepare("SELECT family, day, chunk, body FROM counter"));
    std::vector<ChunkEntry> entries;
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) break;
        entries.clear();
        if (!decode_chunk(static_cast<std::uint32_t>(read.number(2)), read.blob(3), entries))
            return fail(Errc::local, fmt::format("{}: the history is damaged; {}", db.path(),
                                                 way_out(db.path())));
        const Day day{std::chrono::days(read.number(1))};
        for (const ChunkEntry& entry : entries)
            if (entry.measure == 0) days[{entry.account, read.number(0)}].set(day);
    }
    SA_TRY(Statement write, db.prepare("INSERT INTO account_days VALUES(?,?,?)"));
    for (const auto& [key, bits] : days) {
        const std::string bytes = bits.encode();
        SA_CHECK(
            write.bind(1, std::int64_t{key.first}).bind(2, key.second).bind_blob(3, bytes).run());
    }
    return {};
}

struct Step {
    const char* sql;
    Result<void> (*fill)(const Database&);
};
// Step i leads from version i to i + 1. A step that was released is never changed.
constexpr std::array<Step, k_store_version> k_steps = {
    Step{k_version_1, nothing_more},
    Step{k_version_2, fill_account_days},
};

}  // namespace

Result<void> check_store(const Database& db) {
    // Another run may be making it just now: half of that would look like another program's.
    SA_TRY(const Transaction moment, Transaction::begin_reading(db));
    SA_TRY(const std::int64_t application, db.number("PRAGMA application_id"));
    SA_TRY(const std::int64_t version, db.number("PRAGMA user_version"));
    SA_TRY(const std::int64_t tables, db.number("SELECT count(*) FROM sqlite_schema"));
    const bool is_fresh = application == 0 && version == 0 && tables == 0;
    if (is_fresh) return {};
    if (application != k_application_id)
        return fail(Errc::local, db.path() +
                                     ": is a database of another program; name another "
                                     "file with --store");
    if (version > k_store_version)
        return fail(Errc::local,
                    fmt::format("{}: was written by a newer smtpaudit (version {}, this one knows "
                                "{}): use that one, or name another file with --store",
                                db.path(), version, k_store_version));
    SA_TRY(const std::string found, db.text("PRAGMA quick_check(1)"));
    if (found != "ok")
        return fail(Errc::local,
                    fmt::format("{}: the history is damaged; {}", db.path(), way_out(db.path())));
    return {};
}

Result<void> migrate_store(const Database& db, std::int64_t up_to) {
    SA_TRY(std::int64_t version, db.number("PRAGMA user_version"));
    for (; version < up_to; ++version) {
        const Step& step = k_steps[static_cast<std::size_t>(version)];
        SA_TRY(Transaction change, Transaction::begin(db));
        // Another run may have done the step while this one waited.
        SA_TRY(const std::int64_t now, db.number("PRAGMA user_version"));
        if (now != version) continue;
        SA_CHECK(db.exec(step.sql));
        SA_CHECK(step.fill(db));
        SA_CHECK(db.exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                     k_application_id, version + 1)));
        SA_CHECK(change.commit());
    }
    return {};
}

}  // namespace smtpaudit
