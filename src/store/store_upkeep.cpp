// Forgetting old days, and looking whether everything fits together.
#include "store/chunk.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <array>
#include <set>
#include <tuple>

namespace smtpaudit {
namespace {

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }
Day day_from(std::int64_t number) { return Day(std::chrono::days(number)); }

tl::unexpected<Error> damaged(const Database& db) {
    return fail(Errc::local,
                fmt::format("{}: the history is damaged; {}", db.path(), way_out(db.path())));
}

// Runs the statement with `before` as its parameter; how many rows it changed.
Result<std::int64_t> remove_before(const Database& db, std::string_view sql, Day before) {
    SA_TRY(Statement statement, db.prepare(sql));
    SA_CHECK(statement.bind(1, number_of(before)).run());
    return db.number("SELECT changes()");
}

Result<void> clear_bits(const Database& db, Day before) {
    SA_TRY(Statement read, db.prepare("SELECT account, family, bits FROM account_days"));
    SA_TRY(Statement write,
           db.prepare("UPDATE account_days SET bits = ? WHERE account = ? AND family = ?"));
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) return {};
        auto bits = DayBits::decode(read.blob(2));
        if (!bits) return damaged(db);
        const std::string old = bits->encode();
        for (const Day day : bits->days())
            if (day < before) bits->clear(day);
        const std::string bytes = bits->encode();
        if (bytes != old)
            SA_CHECK(
                write.bind_blob(1, bytes).bind(2, read.number(0)).bind(3, read.number(1)).run());
    }
}

// Accounts that no counter names any more.
Result<std::int64_t> drop_unused_accounts(const Database& db) {
    std::set<std::uint32_t> used;
    SA_TRY(Statement chunks, db.prepare("SELECT chunk, body FROM counter"));
    std::vector<ChunkEntry> entries;
    for (;;) {
        SA_TRY(const bool more, chunks.step());
        if (!more) break;
        entries.clear();
        if (!decode_chunk(static_cast<std::uint32_t>(chunks.number(0)), chunks.blob(1), entries))
            return damaged(db);
        for (const ChunkEntry& entry : entries) used.insert(entry.account);
    }
    std::vector<std::int64_t> unused;
    SA_TRY(Statement accounts, db.prepare("SELECT id FROM account"));
    for (;;) {
        SA_TRY(const bool more, accounts.step());
        if (!more) break;
        if (!used.contains(static_cast<std::uint32_t>(accounts.number(0))))
            unused.push_back(accounts.number(0));
    }
    SA_TRY(Statement drop, db.prepare("DELETE FROM account WHERE id = ?"));
    SA_TRY(Statement drop_days, db.prepare("DELETE FROM account_days WHERE account = ?"));
    for (const std::int64_t id : unused) {
        SA_CHECK(drop.bind(1, id).run());
        SA_CHECK(drop_days.bind(1, id).run());
    }
    return static_cast<std::int64_t>(unused.size());
}

using DayKey = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // tenant, family, day
using Totals = std::map<DayKey, std::array<std::uint64_t, 3>>;

Result<Totals> counter_totals(const Database& db, std::vector<std::string>& faults) {
    Totals totals;
    std::size_t unreadable = 0;
    SA_TRY(Statement chunks, db.prepare("SELECT tenant, family, day, chunk, body FROM counter"));
    std::vector<ChunkEntry> entries;
    for (;;) {
        SA_TRY(const bool more, chunks.step());
        if (!more) break;
        entries.clear();
        if (!decode_chunk(static_cast<std::uint32_t>(chunks.number(3)), chunks.blob(4), entries))
            ++unreadable;
        auto& total = totals[{chunks.number(0), chunks.number(1), chunks.number(2)}];
        for (const ChunkEntry& entry : entries) total[entry.measure] += entry.count;
    }
    if (unreadable > 0)
        faults.push_back(fmt::format("{} blocks of counters are damaged", unreadable));
    return totals;
}

}  // namespace

Result<PruneTally> Store::prune(Day before) {
    SA_TRY(const StoreLock held, lock());
    PruneTally tally;
    SA_TRY(Transaction change, Transaction::begin(db_));
    SA_TRY(tally.days, remove_before(db_, "DELETE FROM day WHERE day < ?", before));
    SA_CHECK(remove_before(db_, "DELETE FROM counter WHERE day < ?", before));
    SA_CHECK(remove_before(db_,
                           "DELETE FROM run_count WHERE (tenant, evidence) IN (SELECT tenant, "
                           "evidence FROM run WHERE coalesce(to_day, generated_at / 86400) < ?)",
                           before));
    SA_TRY(tally.runs,
           remove_before(db_, "DELETE FROM run WHERE coalesce(to_day, generated_at / 86400) < ?",
                         before));
    SA_CHECK(clear_bits(db_, before));
    SA_TRY(tally.accounts, drop_unused_accounts(db_));
    SA_CHECK(change.commit());
    // What was forgotten shall not lie in the file's free pages.
    SA_CHECK(db_.exec("VACUUM"));
    SA_CHECK(db_.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    return tally;
}

Result<std::vector<std::string>> Store::check() const {
    std::vector<std::string> faults;
    SA_TRY(const std::string integrity, db_.text("PRAGMA integrity_check(1)"));
    if (integrity != "ok") faults.emplace_back("the file is damaged (integrity_check)");
    SA_TRY(Totals totals, counter_totals(db_, faults));
    SA_TRY(Statement days,
           db_.prepare("SELECT tenant, family, day, count_0, count_1, count_2 FROM day"));
    for (;;) {
        SA_TRY(const bool more, days.step());
        if (!more) break;
        std::array<std::uint64_t, 3> want{};
        for (std::size_t i = 0; i < want.size(); ++i)
            want[i] = static_cast<std::uint64_t>(days.number(static_cast<int>(3 + i)));
        const DayKey key{days.number(0), days.number(1), days.number(2)};
        const auto found = totals.find(key);
        const auto have = found == totals.end() ? std::array<std::uint64_t, 3>{} : found->second;
        if (have != want)
            faults.push_back(fmt::format("{}: the counters do not add up to the day's total",
                                         format_day(day_from(days.number(2)))));
        totals.erase(key);
    }
    for (const auto& [key, total] : totals)
        faults.push_back(
            fmt::format("{}: counters without a day", format_day(day_from(std::get<2>(key)))));
    return faults;
}

}  // namespace smtpaudit
