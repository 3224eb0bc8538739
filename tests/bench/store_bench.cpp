// Measures the local history at three years of 50,000 senders that each send every day, the largest
// that it is meant for. Processor time, user and system, because the machine may have other work; the
// median of five. A measurement and no test: it prints, and fails only where a call fails.
//   store_bench [SENDERS [DAYS]]
#include "analysis/recall.hpp"
#include "analysis/trend.hpp"
#include "processor_time.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace smtpaudit;
namespace fs = std::filesystem;

namespace {

constexpr int k_batch_days = 30;
constexpr int k_runs = 5;

template <typename T>
T must(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().message);
        std::exit(1);
    }
    return std::move(*result);
}

class Watch {
public:
    double seconds() const { return processor_seconds() - start_; }

private:
    double start_ = processor_seconds();
};

void print_median(const char* what, std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    fmt::print("{:58} {:8.3f} s\n", what, seconds[seconds.size() / 2]);
    std::fflush(stdout);
}

// What the last of the runs gives.
template <typename Work>
auto timed(const char* what, Work work) {
    std::vector<double> seconds;
    for (int run = 1;; ++run) {
        const Watch watch;
        auto result = work();
        seconds.push_back(watch.seconds());
        if (run < k_runs) continue;
        print_median(what, std::move(seconds));
        return result;
    }
}

struct Evidence {
    Ledger ledger;
    std::vector<Coverage> coverage;
    std::vector<std::string> ids;
};

Evidence evidence_of(int senders, Day first, int days) {
    Evidence evidence;
    evidence.ledger.begin({.name = "bench"});
    std::string name;
    for (int sender = 0; sender < senders; ++sender) {
        name = fmt::format("sender{:05}@contoso.com", sender);
        Observation seen;
        seen.account = name;
        seen.client = parse_ip(fmt::format("10.{}.{}.{}", sender / 5 / 65536,
                                           sender / 5 / 256 % 256, sender / 5 % 256));
        seen.protocol = sender % 5 == 0 ? Protocol::oauth : Protocol::basic;
        for (int day = 0; day < days; ++day) {
            seen.at = first + std::chrono::days(day) + std::chrono::hours(9);
            seen.messages = 1 + static_cast<std::uint64_t>((sender * 7 + day * 3) % 40);
            evidence.ledger.observe(seen);
        }
    }
    evidence.ledger.end();
    for (std::uint32_t i = 0; i < evidence.ledger.account_count(); ++i)
        evidence.ids.emplace_back(evidence.ledger.account_name(i));
    Coverage row;
    row.source = "smtp_auth_report";
    row.state = CoverageState::complete;
    row.rows = 1;
    row.from = first;
    row.to = first + std::chrono::days(days) - std::chrono::seconds(1);
    evidence.coverage = {row};
    return evidence;
}

SaveTally save(Store& store, std::int64_t tenant, const Evidence& evidence) {
    return must(store.save(tenant, CounterFamily::messages, evidence.ledger, evidence.ids,
                           evidence.coverage));
}

}  // namespace

int main(int argc, char** argv) {
    const int senders = argc > 1 ? std::atoi(argv[1]) : 50'000;
    const int days = argc > 2 ? std::atoi(argv[2]) : 3 * 365;
    std::string folder = (fs::temp_directory_path() / "smtpaudit-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    const std::string path = folder + "/history.sqlite";
    SystemClock clock;
    const Day first = *make_day(2023, 11, 1);
    fmt::print("{} senders, {} days, each of them every day; processor time, median of {}\n",
               senders, days, k_runs);
    {
        Store store = must(Store::open(path, false, clock, {}));
        const auto tenant = must(store.tenant({std::nullopt, std::nullopt, {{"contoso.com", 1}}}));
        const Watch watch;
        double saving = 0;
        for (int day = 0; day < days; day += k_batch_days) {
            const Evidence evidence = evidence_of(senders, first + std::chrono::days(day),
                                                  std::min(k_batch_days, days - day));
            const Watch one;
            save(store, tenant, evidence);
            saving += one.seconds();
        }
        fmt::print("{:58} {:8.3f} s\n", "load it, 30 days at a time (all of it)", saving);
    }
    fmt::print("{:58} {:8.1f} MB\n", "the file", static_cast<double>(fs::file_size(path)) / 1e6);
    std::vector<double> opening, adding, both, again;
    for (int run = 0; run < k_runs; ++run) {  // each adds a day of its own
        const Evidence next = evidence_of(senders, first + std::chrono::days(days + run), 1);
        const Watch all;
        Store store = must(Store::open(path, true, clock, {}));
        opening.push_back(all.seconds());
        save(store, 1, next);
        both.push_back(all.seconds());
        adding.push_back(both.back() - opening.back());
        const Watch repeat;
        save(store, 1, next);
        again.push_back(repeat.seconds());
    }
    print_median("open, with quick_check", opening);
    print_median("add a day's counters of every sender", adding);
    print_median("both", both);
    print_median("the same day again", again);
    const Store store = must(Store::open(path, true, clock, {}));
    const auto known = timed("days of the tenant", [&] { return must(store.days(1)); });
    const auto accounts =
        timed("accounts with the days of their Basic", [&] { return must(store.accounts(1)); });
    timed("trend, burn-down, forecast, what is late",
          [&] { return make_trend(known, accounts, Cutoff{}, first + std::chrono::days(days)); });
    timed("these three: what history answers", [&] {
        const auto all_days = must(store.days(1));
        const auto all_accounts = must(store.accounts(1));
        return make_trend(all_days, all_accounts, Cutoff{}, first + std::chrono::days(days));
    });
    timed("what a run recalls of them", [&] {
        Report report;
        report.to = first + std::chrono::days(days);
        recall(report, accounts);
        return report.remembered.size();
    });
    timed("one account, day by day",
          [&] { return must(store.account_days(1, "sender00042@contoso.com")); });
    timed("check", [&] { return must(store.check()); });
    fs::remove_all(folder);
    return 0;
}
