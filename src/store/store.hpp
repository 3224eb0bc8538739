// The local history: counters of each day and summaries of runs, in one SQLite file. No message, no
// sign-in, no secret is in it.
#pragma once

#include "base/clock.hpp"
#include "ledger/ledger.hpp"
#include "model/coverage.hpp"
#include "model/history.hpp"
#include "store/database.hpp"
#include "store/lock.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace smtpaudit {

// As whom evidence is kept. Files do not tell their tenant: then the domains of the senders decide.
struct TenantIdentity {
    std::optional<std::string> id, name;
    std::map<std::string, std::size_t> domains;  // lower case, with the accounts in each
};

struct SaveTally {
    std::size_t days = 0;  // that were new or better than what the store had
    std::size_t kept = 0;  // that the store had as good or better
};

struct PruneTally {
    std::int64_t days = 0, accounts = 0, runs = 0;
};

class Store {
public:
    // Makes an absent file (0600; its folders 0700) unless `must_exist`, and brings an older
    // version up to date. Damaged, newer or another program's: Errc::local with the way out, and
    // the file stays as it is. Absent under `must_exist`: Errc::input.
    static Result<Store> open(const std::string& path, bool must_exist, Clock& clock,
                              std::stop_token stop);

    // Writing waits for other runs (StoreLock) and is all or nothing for each call.
    Result<std::int64_t> tenant(const TenantIdentity& identity);
    // Takes each day of each family whose evidence is better than the store's: complete over
    // partial, then the report over other sources, then the larger count. `account_ids` by ledger
    // account number.
    Result<SaveTally> save(std::int64_t tenant, CounterFamily family, const Ledger& ledger,
                           std::span<const std::string> account_ids,
                           const std::vector<Coverage>& coverage);
    // The same `evidence` again changes nothing.
    Result<void> save_run(std::int64_t tenant, const std::string& evidence, const HistoryRun& run);
    // Forgets the days before `before`, and accounts and runs that have none left.
    Result<PruneTally> prune(Day before);

    // By name, then key.
    Result<std::vector<HistoryTenant>> tenants() const;
    // The tenant that `save` would use; nullopt: none yet.
    Result<std::optional<std::int64_t>> find_tenant(const TenantIdentity& identity) const;
    Result<std::vector<HistoryDay>> days(std::int64_t tenant) const;  // ascending, messages first
    Result<std::vector<HistoryAccount>> accounts(std::int64_t tenant) const;  // by id
    Result<std::vector<HistoryRun>> runs(std::int64_t tenant) const;  // by generated_at
    // Of one account, day by day, all its clients together; no such account: empty.
    Result<std::vector<HistoryDay>> account_days(std::int64_t tenant,
                                                 const std::string& account) const;
    // Every counter, by family, day, account. `take` may end it with an error.
    Result<void> each_counter(std::int64_t tenant,
                              const std::function<Result<void>(const HistoryCounter&)>& take) const;
    // What does not fit together, one sentence each; empty: all is well.
    Result<std::vector<std::string>> check() const;
    Result<std::int64_t> bytes() const;  // of the file
    const std::string& path() const { return db_.path(); }

private:
    Store(Database db, Clock& clock, std::stop_token stop)
        : db_(std::move(db)), clock_(&clock), stop_(std::move(stop)) {}
    Result<StoreLock> lock() const { return StoreLock::take(db_.path(), *clock_, stop_); }

    Database db_;
    Clock* clock_;
    std::stop_token stop_;
};

}  // namespace smtpaudit
