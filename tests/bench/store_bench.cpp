// Measures the local history at three years of 50,000 senders that each send every day, the largest
// that it is meant for. A measurement and no test: it prints, and fails only where a call fails.
//   store_bench [SENDERS [DAYS]]
#include "analysis/recall.hpp"
#include "analysis/trend.hpp"
#include "store/store.hpp"

#include <fmt/format.h>
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
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

template <typename Work>
auto timed(const char* what, Work work) {
    const Watch watch;
    auto result = work();
    fmt::print("{:58} {:8.3f} s\n", what, watch.seconds());
    return result;
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
    fmt::print("{} senders, {} days, each of them every day\n", senders, days);
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
    const Evidence next = evidence_of(senders, first + std::chrono::days(days), 1);
    {
        const Watch both;
        Store store = timed("open, with quick_check",
                            [&] { return must(Store::open(path, true, clock, {})); });
        timed("add a day's counters of every sender", [&] { return save(store, 1, next); });
        fmt::print("{:58} {:8.3f} s\n", "both", both.seconds());
        timed("the same day again", [&] { return save(store, 1, next); });
    }
    const Store store = must(Store::open(path, true, clock, {}));
    const auto known = timed("days of the tenant", [&] { return must(store.days(1)); });
    const auto accounts =
        timed("accounts with the days of their Basic", [&] { return must(store.accounts(1)); });
    timed("trend, burn-down, forecast, what is late",
          [&] { return make_trend(known, accounts, Cutoff{}, first + std::chrono::days(days)); });
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
