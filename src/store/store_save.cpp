// Evidence into the store, day by day, each the better one.
#include "store/chunk.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

namespace smtpaudit {
namespace {

constexpr std::size_t k_measures_in_family = k_measures / k_counter_families;
// Entries that are sorted at a time: 6 MB.
constexpr std::size_t k_batch = std::size_t{1} << 18U;

enum State : std::int64_t { k_partial = 1, k_complete = 2 };

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }

// Where the dated counters of each family come from, by how their ids begin; of two that see one day, the higher rank is
// the better: the report counts every message.
struct SourceRank {
    std::string_view source;
    CounterFamily family;
    int rank;
};
constexpr std::array k_sources = {
    SourceRank{"smtp_auth_report", CounterFamily::messages, 2},
    SourceRank{"smtp_auth_table", CounterFamily::messages, 1},
    SourceRank{"sign_ins", CounterFamily::sign_ins, 1},
};

bool is_of(CounterFamily family, std::string_view source) {
    return std::any_of(k_sources.begin(), k_sources.end(), [&](const SourceRank& known) {
        return source.starts_with(known.source) && known.family == family;
    });
}

int source_rank(std::string_view source) {
    for (const SourceRank& known : k_sources)
        if (source.starts_with(known.source)) return known.rank;
    return 0;
}

struct DayEvidence {
    std::int64_t state = k_partial;
    std::string source;
    std::array<std::uint64_t, k_measures_in_family> counts{};
    std::size_t entries = 0;  // counters, before clients are joined

    std::uint64_t total() const { return counts[0] + counts[1] + counts[2]; }
    auto quality() const { return std::tuple(state, source_rank(source), total()); }
};
using EvidenceByDay = std::map<Day, DayEvidence>;

// A day that the source saw only in part may have more.
std::int64_t state_of(const Coverage& row, Day day) {
    const UtcTime start = day;
    const UtcTime end = start + std::chrono::hours(24) - std::chrono::seconds(1);
    const bool whole = row.state == CoverageState::complete && *row.from <= start && *row.to >= end;
    return whole ? k_complete : k_partial;
}

EvidenceByDay covered_days(CounterFamily family, const std::vector<Coverage>& coverage) {
    EvidenceByDay days;
    for (const Coverage& row : coverage) {
        if (!is_of(family, row.source) || !row.from || !row.to) continue;
        const bool looked = row.state == CoverageState::complete ||
                            row.state == CoverageState::partial ||
                            (row.state == CoverageState::failed && row.rows > 0);
        if (!looked) continue;
        const Day last = day_of(*row.to);
        for (Day day = day_of(*row.from); day <= last; day += std::chrono::days(1)) {
            DayEvidence& evidence = days[day];
            const std::int64_t state = state_of(row, day);
            if (evidence.source.empty() ||
                std::pair(state, source_rank(row.source)) >
                    std::pair(evidence.state, source_rank(evidence.source))) {
                evidence.state = state;
                evidence.source = row.source;
            }
        }
    }
    return days;
}

// Calls take(key, place in the family, day count) for every dated counter of the family.
template <typename Take>
void each_count(const Ledger& ledger, CounterFamily family, Take take) {
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < ledger.key_count(); ++i) {
        const Key& key = ledger.key(i);
        const auto measure = static_cast<std::size_t>(key.measure);
        if (measure / k_measures_in_family != static_cast<std::size_t>(family)) continue;
        ledger.read_days(key, days);
        for (const DayCount& entry : days) take(key, measure % k_measures_in_family, entry);
    }
}

// Names of one table and their numbers in the store; new ones are added.
class Names {
public:
    Names(const Database& db, std::string select, std::string insert, std::int64_t tenant)
        : db_(db), select_(std::move(select)), insert_(std::move(insert)), tenant_(tenant) {}

    Result<void> load() {
        SA_TRY(Statement read, db_.prepare(select_));
        if (tenant_ != 0) read.bind(1, tenant_);
        for (;;) {
            SA_TRY(const bool more, read.step());
            if (!more) return {};
            ids_.emplace(std::string(read.text(1)), static_cast<std::uint32_t>(read.number(0)));
        }
    }
    Result<std::uint32_t> id(const std::string& name) {
        const auto found = ids_.find(name);
        if (found != ids_.end()) return found->second;
        if (!adding_) {
            SA_TRY(Statement add, db_.prepare(insert_));
            adding_.emplace(std::move(add));
        }
        adding_->bind(1, std::string_view(name));
        if (tenant_ != 0) adding_->bind(2, tenant_);
        SA_CHECK(adding_->run());
        const auto id = static_cast<std::uint32_t>(db_.last_id());
        ids_.emplace(name, id);
        return id;
    }

private:
    const Database& db_;
    std::string select_, insert_;
    std::int64_t tenant_;  // 0: the table has no tenants
    std::unordered_map<std::string, std::uint32_t> ids_;
    std::optional<Statement> adding_;
};

class Saving {
public:
    Saving(const Database& db, std::int64_t tenant, CounterFamily family, const Ledger& ledger,
           std::span<const std::string> account_ids)
        : db_(db),
          tenant_(tenant),
          family_(family),
          ledger_(ledger),
          account_ids_(account_ids),
          accounts_(db, "SELECT id, name FROM account WHERE tenant = ?",
                    "INSERT INTO account(name, tenant) VALUES(?,?)", tenant),
          clients_(db, "SELECT id, name FROM client", "INSERT INTO client(name) VALUES(?)", 0) {}

    Result<SaveTally> save(EvidenceByDay evidence) {
        SaveTally tally;
        const std::size_t offered = evidence.size();
        SA_CHECK(keep_better(evidence));
        tally.days = evidence.size();
        tally.kept = offered - tally.days;
        if (evidence.empty()) return tally;
        SA_CHECK(accounts_.load());
        SA_CHECK(clients_.load());
        SA_CHECK(load_bits());
        SA_CHECK(forget(evidence));
        SA_CHECK(number_names(evidence));
        SA_CHECK(write_counters(evidence));
        SA_CHECK(write_days(evidence));
        SA_CHECK(write_bits());
        return tally;
    }

private:
    Statement& bind_day(Statement& statement, Day day) const {
        return statement.bind(1, tenant_)
            .bind(2, static_cast<std::int64_t>(family_))
            .bind(3, number_of(day));
    }

    // Takes out the days that the store has as good.
    Result<void> keep_better(EvidenceByDay& evidence) const {
        SA_TRY(Statement read,
               db_.prepare("SELECT state, source, count_0 + count_1 + count_2 FROM day WHERE "
                           "tenant = ? AND family = ? AND day = ?"));
        for (auto at = evidence.begin(); at != evidence.end();) {
            SA_TRY(const bool found, bind_day(read, at->first).step());
            const bool better =
                !found ||
                at->second.quality() > std::tuple(read.number(0), source_rank(read.text(1)),
                                                  static_cast<std::uint64_t>(read.number(2)));
            read.reset();
            at = better ? std::next(at) : evidence.erase(at);
        }
        return {};
    }

    Result<void> load_bits() {
        SA_TRY(Statement read,
               db_.prepare("SELECT account, bits FROM account_days JOIN account ON account.id = "
                           "account WHERE tenant = ? AND family = ?"));
        read.bind(1, tenant_).bind(2, static_cast<std::int64_t>(family_));
        for (;;) {
            SA_TRY(const bool more, read.step());
            if (!more) return {};
            auto bits = DayBits::decode(read.blob(1));
            if (!bits)
                return fail(Errc::local, fmt::format("{}: the history is damaged; {}", db_.path(),
                                                     way_out(db_.path())));
            bits_.emplace(static_cast<std::uint32_t>(read.number(0)),
                          AccountBits{std::move(*bits), false});
        }
    }

    // The counters of days that are replaced.
    Result<void> forget(const EvidenceByDay& evidence) {
        SA_TRY(Statement read, db_.prepare("SELECT chunk, body FROM counter WHERE tenant = ? AND "
                                           "family = ? AND day = ?"));
        SA_TRY(Statement remove,
               db_.prepare("DELETE FROM counter WHERE tenant = ? AND family = ? AND day = ?"));
        std::vector<ChunkEntry> old;
        for (const auto& [day, ignored] : evidence) {
            bind_day(read, day);
            bool any = false;
            for (;;) {
                SA_TRY(const bool more, read.step());
                if (!more) break;
                any = true;
                old.clear();
                decode_chunk(static_cast<std::uint32_t>(read.number(0)), read.blob(1), old);
                for (const ChunkEntry& entry : old) {
                    const auto bits = bits_.find(entry.account);
                    if (entry.measure != 0 || bits == bits_.end()) continue;
                    bits->second.days.clear(day);
                    bits->second.is_changed = true;
                }
            }
            read.reset();
            if (any) SA_CHECK(bind_day(remove, day).run());
        }
        return {};
    }

    // The store's numbers of every account and client that has something on these days.
    Result<void> number_names(const EvidenceByDay& evidence) {
        account_number_.assign(ledger_.account_count(), 0);
        client_number_.assign(ledger_.clients().size(), 0);
        each_count(ledger_, family_, [&](const Key& key, std::size_t, const DayCount& entry) {
            if (!evidence.contains(entry.day)) return;
            account_number_[key.account] = 1;
            if (key.client != k_no_client) client_number_[key.client] = 1;
        });
        for (std::size_t i = 0; i < account_number_.size(); ++i)
            if (account_number_[i] != 0) {
                SA_TRY(account_number_[i], accounts_.id(account_ids_[i]));
            }
        for (std::size_t i = 0; i < client_number_.size(); ++i)
            if (client_number_[i] != 0) {
                SA_TRY(client_number_[i], clients_.id(format_device_key(ledger_.clients()[i].key)));
            }
        return {};
    }

    Result<void> write_counters(const EvidenceByDay& evidence) {
        auto first = evidence.begin();
        while (first != evidence.end()) {
            std::size_t entries = 0;
            auto last = first;
            while (last != evidence.end() &&
                   (last == first || entries + last->second.entries <= k_batch)) {
                entries += last->second.entries;
                ++last;
            }
            SA_CHECK(write_batch(evidence, first->first, std::prev(last)->first));
            first = last;
        }
        return {};
    }

    Result<void> write_batch(const EvidenceByDay& evidence, Day from, Day to) {
        std::map<Day, std::vector<ChunkEntry>> by_day;
        for (auto day = evidence.find(from); day != evidence.end() && day->first <= to; ++day)
            by_day[day->first].reserve(day->second.entries);
        each_count(
            ledger_, family_, [&](const Key& key, std::size_t measure, const DayCount& entry) {
                if (entry.day < from || entry.day > to) return;
                const auto day = by_day.find(entry.day);
                if (day == by_day.end()) return;
                day->second.push_back(
                    {account_number_[key.account],
                     key.client == k_no_client ? k_chunk_no_client : client_number_[key.client],
                     static_cast<std::uint8_t>(measure), entry.count});
            });
        for (auto& [day, entries] : by_day) {
            join_same(entries);
            SA_CHECK(write_day_counters(day, entries));
            entries = {};
        }
        return {};
    }

    // Sorted; two ledger accounts can be one account of the directory.
    static void join_same(std::vector<ChunkEntry>& entries) {
        const auto key = [](const ChunkEntry& e) {
            return std::tuple(e.account, e.client, e.measure);
        };
        std::sort(entries.begin(), entries.end(),
                  [&](const ChunkEntry& a, const ChunkEntry& b) { return key(a) < key(b); });
        std::size_t kept = 0;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (kept > 0 && key(entries[kept - 1]) == key(entries[i]))
                entries[kept - 1].count += entries[i].count;
            else
                entries[kept++] = entries[i];
        }
        entries.resize(kept);
    }

    Result<void> write_day_counters(Day day, const std::vector<ChunkEntry>& entries) {
        if (!writing_) {
            SA_TRY(Statement write,
                   db_.prepare("INSERT INTO counter(tenant, family, day, chunk, body) "
                               "VALUES(?,?,?,?,?)"));
            writing_.emplace(std::move(write));
        }
        for (std::size_t first = 0; first < entries.size();) {
            const std::uint32_t chunk = entries[first].account / k_chunk_accounts;
            std::size_t last = first;
            for (; last < entries.size() && entries[last].account / k_chunk_accounts == chunk;
                 ++last) {
                if (entries[last].measure != 0) continue;
                AccountBits& bits = bits_[entries[last].account];
                bits.days.set(day);
                bits.is_changed = true;
            }
            const std::string body = encode_chunk(entries, first, last);
            SA_CHECK(
                bind_day(*writing_, day).bind(4, std::int64_t{chunk}).bind_blob(5, body).run());
            first = last;
        }
        return {};
    }

    Result<void> write_days(const EvidenceByDay& evidence) {
        SA_TRY(
            Statement write,
            db_.prepare("INSERT OR REPLACE INTO day(tenant, family, day, state, source, count_0, "
                        "count_1, count_2) VALUES(?,?,?,?,?,?,?,?)"));
        for (const auto& [day, one] : evidence) {
            bind_day(write, day).bind(4, one.state).bind(5, std::string_view(one.source));
            for (std::size_t i = 0; i < k_measures_in_family; ++i)
                write.bind(static_cast<int>(6 + i), static_cast<std::int64_t>(one.counts[i]));
            SA_CHECK(write.run());
        }
        return {};
    }

    Result<void> write_bits() {
        SA_TRY(Statement write, db_.prepare("INSERT OR REPLACE INTO account_days(account, family, "
                                            "bits) VALUES(?,?,?)"));
        std::vector<std::uint32_t> changed;  // ascending, as the table has them
        for (const auto& [account, bits] : bits_)
            if (bits.is_changed) changed.push_back(account);
        std::sort(changed.begin(), changed.end());
        for (const std::uint32_t account : changed) {
            const std::string bytes = bits_[account].days.encode();
            SA_CHECK(write.bind(1, std::int64_t{account})
                         .bind(2, static_cast<std::int64_t>(family_))
                         .bind_blob(3, bytes)
                         .run());
        }
        return {};
    }

    const Database& db_;
    std::int64_t tenant_;
    CounterFamily family_;
    const Ledger& ledger_;
    std::span<const std::string> account_ids_;
    Names accounts_, clients_;
    std::vector<std::uint32_t> account_number_, client_number_;  // by ledger number; 0: none
    struct AccountBits {
        DayBits days;
        bool is_changed = false;
    };
    std::unordered_map<std::uint32_t, AccountBits> bits_;
    std::optional<Statement> writing_;
};

}  // namespace

Result<SaveTally> Store::save(std::int64_t tenant, CounterFamily family, const Ledger& ledger,
                              std::span<const std::string> account_ids,
                              const std::vector<Coverage>& coverage) {
    EvidenceByDay evidence = covered_days(family, coverage);
    each_count(ledger, family, [&](const Key&, std::size_t measure, const DayCount& entry) {
        const auto day = evidence.find(entry.day);
        if (day == evidence.end()) return;  // of no source that looked: nobody can say how well
        day->second.counts[measure] += entry.count;
        ++day->second.entries;
    });
    if (evidence.empty()) return SaveTally{};
    SA_TRY(const StoreLock held, lock());
    SA_TRY(Transaction change, Transaction::begin(db_));
    SA_TRY(const SaveTally tally,
           Saving(db_, tenant, family, ledger, account_ids).save(std::move(evidence)));
    SA_CHECK(change.commit());
    return tally;
}

Result<void> Store::save_run(std::int64_t tenant, const std::string& evidence,
                             const HistoryRun& run) {
    SA_TRY(const StoreLock held, lock());
    SA_TRY(Transaction change, Transaction::begin(db_));
    SA_TRY(Statement known, db_.prepare("SELECT 1 FROM run WHERE tenant = ? AND evidence = ?"));
    SA_TRY(const bool is_known, known.bind(1, tenant).bind(2, std::string_view(evidence)).step());
    if (is_known) return {};
    SA_TRY(Statement write, db_.prepare("INSERT INTO run(tenant, evidence, run_id, generated_at, "
                                        "from_day, to_day, covered_days) VALUES(?,?,?,?,?,?,?)"));
    write.bind(1, tenant).bind(2, std::string_view(evidence)).bind(3, std::string_view(run.run_id));
    write.bind(4, std::int64_t{run.generated_at.time_since_epoch().count()});
    for (const auto& [place, day] : {std::pair(5, run.from), std::pair(6, run.to)})
        day ? write.bind(place, number_of(*day)) : write.bind_null(place);
    SA_CHECK(write.bind(7, std::int64_t{run.covered_days}).run());
    SA_TRY(Statement count,
           db_.prepare("INSERT INTO run_count(tenant, evidence, name, count) VALUES(?,?,?,?)"));
    const auto put = [&](const std::string& name, std::uint64_t value) {
        return count.bind(1, tenant)
            .bind(2, std::string_view(evidence))
            .bind(3, std::string_view(name))
            .bind(4, static_cast<std::int64_t>(value))
            .run();
    };
    for (std::size_t i = 0; i < k_protocols; ++i) {
        const auto protocol = static_cast<Protocol>(i);
        SA_CHECK(put(fmt::format("messages.{}", to_string(protocol)), run.messages[protocol]));
    }
    for (std::size_t i = 0; i < k_statuses; ++i)
        SA_CHECK(
            put(fmt::format("status.{}", to_string(static_cast<Status>(i))), run.by_status[i]));
    for (std::size_t i = 0; i < k_bands; ++i)
        SA_CHECK(put(fmt::format("band.{}", to_string(static_cast<Band>(i))), run.by_band[i]));
    return change.commit();
}

}  // namespace smtpaudit
