// What the history answers, and what it forgets.
#include "store/chunk.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>
#include <utility>

namespace smtpaudit {
namespace {

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }
Day day_from(std::int64_t number) { return Day(std::chrono::days(number)); }

tl::unexpected<Error> damaged(const Database& db) {
    return fail(Errc::local,
                fmt::format("{}: the history is damaged; {}", db.path(), way_out(db.path())));
}

HistoryDay day_of_row(const Statement& row) {
    HistoryDay day;
    day.family = static_cast<CounterFamily>(row.number(0));
    day.day = day_from(row.number(1));
    day.is_complete = row.number(2) == 2;
    day.source = row.text(3);
    for (std::size_t i = 0; i < day.counts.size(); ++i)
        day.counts[i] = static_cast<std::uint64_t>(row.number(static_cast<int>(4 + i)));
    return day;
}

constexpr std::string_view k_select_days =
    "SELECT family, day, state, source, count_0, count_1, count_2 FROM day WHERE tenant = ? "
    "ORDER BY family, day";

// "messages.basic", "band.high": where a count of a run belongs.
void place_count(HistoryRun& run, std::string_view name, std::uint64_t count) {
    for (std::size_t i = 0; i < k_protocols; ++i)
        if (name == fmt::format("messages.{}", to_string(static_cast<Protocol>(i))))
            run.messages[static_cast<Protocol>(i)] = count;
    const auto dot = name.find('.');
    const std::string_view word = name.substr(dot + 1);
    if (name.starts_with("status."))
        if (const auto status = parse_status(word))
            run.by_status[static_cast<std::size_t>(*status)] = count;
    if (name.starts_with("band."))
        if (const auto band = parse_band(word))
            run.by_band[static_cast<std::size_t>(*band)] = count;
}

}  // namespace

Result<std::vector<HistoryDay>> Store::days(std::int64_t tenant) const {
    std::vector<HistoryDay> days;
    SA_TRY(Statement read, db_.prepare(k_select_days));
    read.bind(1, tenant);
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) return days;
        days.push_back(day_of_row(read));
    }
}

Result<std::vector<HistoryAccount>> Store::accounts(std::int64_t tenant) const {
    std::vector<HistoryAccount> accounts;
    SA_TRY(Statement read,
           db_.prepare("SELECT name, m.bits, s.bits FROM account LEFT JOIN account_days AS m ON "
                       "m.account = id AND m.family = 0 LEFT JOIN account_days AS s ON s.account = "
                       "id AND s.family = 1 WHERE tenant = ?"));
    read.bind(1, tenant);
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) break;
        auto messages = DayBits::decode(read.blob(1));
        auto sign_ins = DayBits::decode(read.blob(2));
        if (!messages || !sign_ins) return damaged(db_);
        accounts.push_back({std::string(read.text(0)), std::move(*messages), std::move(*sign_ins)});
    }
    std::sort(accounts.begin(), accounts.end(),
              [](const HistoryAccount& a, const HistoryAccount& b) { return a.id < b.id; });
    return accounts;
}

Result<std::vector<HistoryRun>> Store::runs(std::int64_t tenant) const {
    std::vector<HistoryRun> runs;
    SA_TRY(Statement read,
           db_.prepare("SELECT evidence, run_id, generated_at, from_day, to_day, covered_days FROM "
                       "run WHERE tenant = ? ORDER BY generated_at, run_id"));
    SA_TRY(Statement counts,
           db_.prepare("SELECT name, count FROM run_count WHERE tenant = ? AND evidence = ?"));
    read.bind(1, tenant);
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) return runs;
        HistoryRun run;
        run.run_id = read.text(1);
        run.generated_at = UtcTime(std::chrono::seconds(read.number(2)));
        if (const auto from = read.optional_number(3)) run.from = day_from(*from);
        if (const auto to = read.optional_number(4)) run.to = day_from(*to);
        run.covered_days = static_cast<int>(read.number(5));
        counts.bind(1, tenant).bind(2, read.text(0));
        for (;;) {
            SA_TRY(const bool one, counts.step());
            if (!one) break;
            place_count(run, counts.text(0), static_cast<std::uint64_t>(counts.number(1)));
        }
        counts.reset();
        runs.push_back(std::move(run));
    }
}

Result<std::vector<HistoryDay>> Store::account_days(std::int64_t tenant,
                                                    const std::string& account) const {
    SA_TRY(Statement find, db_.prepare("SELECT id FROM account WHERE tenant = ? AND name = ?"));
    SA_TRY(const bool known, find.bind(1, tenant).bind(2, std::string_view(account)).step());
    if (!known) return std::vector<HistoryDay>();
    const auto id = static_cast<std::uint32_t>(find.number(0));
    SA_TRY(std::vector<HistoryDay> days, this->days(tenant));
    SA_TRY(Statement read, db_.prepare("SELECT body FROM counter WHERE tenant = ? AND family = ? "
                                       "AND day = ? AND chunk = ?"));
    std::vector<ChunkEntry> entries;
    for (HistoryDay& day : days) {
        day.counts = {};
        SA_TRY(const bool found, read.bind(1, tenant)
                                     .bind(2, static_cast<std::int64_t>(day.family))
                                     .bind(3, number_of(day.day))
                                     .bind(4, std::int64_t{id / k_chunk_accounts})
                                     .step());
        entries.clear();
        if (found && !decode_chunk(id / k_chunk_accounts, read.blob(0), entries))
            return damaged(db_);
        for (const ChunkEntry& entry : entries)
            if (entry.account == id) day.counts[entry.measure] += entry.count;
        read.reset();
    }
    return days;
}

Result<void> Store::each_counter(
    std::int64_t tenant, const std::function<Result<void>(const HistoryCounter&)>& take) const {
    std::unordered_map<std::uint32_t, std::string> accounts, clients;
    const auto load = [&](std::unordered_map<std::uint32_t, std::string>& names,
                          std::string_view sql) -> Result<void> {
        SA_TRY(Statement read, db_.prepare(sql));
        for (;;) {
            SA_TRY(const bool more, read.step());
            if (!more) return {};
            names.emplace(static_cast<std::uint32_t>(read.number(0)), std::string(read.text(1)));
        }
    };
    SA_CHECK(load(accounts, "SELECT id, name FROM account"));
    SA_CHECK(load(clients, "SELECT id, name FROM client"));
    SA_TRY(Statement read, db_.prepare("SELECT family, day, chunk, body FROM counter WHERE tenant "
                                       "= ? ORDER BY family, day, chunk"));
    read.bind(1, tenant);
    std::vector<ChunkEntry> entries;
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) return {};
        entries.clear();
        if (!decode_chunk(static_cast<std::uint32_t>(read.number(2)), read.blob(3), entries))
            return damaged(db_);
        for (const ChunkEntry& entry : entries) {
            HistoryCounter counter;
            counter.day = day_from(read.number(1));
            counter.account = accounts[entry.account];
            if (entry.client != k_chunk_no_client) counter.client = clients[entry.client];
            counter.measure = static_cast<std::size_t>(read.number(0)) * 3 + entry.measure;
            counter.count = entry.count;
            SA_CHECK(take(counter));
        }
    }
}

}  // namespace smtpaudit
