// Measures what it takes to make devices of sign-ins: a ledger that is told a million of them, from
// a hundred thousand addresses, and the ranking of its accounts and devices. The rows are made in
// memory; making them, which is not part of the join, is measured alone and taken off. Processor
// time, because the machine may have other work. A measurement and no test.
//   join_bench [SIGN_INS [DEVICES [RUNS]]]
#include "analysis/ranking.hpp"
#include "processor_time.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace smtpaudit;

namespace {

constexpr int k_days = 30;  // Entra keeps a month
const Day k_first = *make_day(2026, 10, 24);

// Resident, now; the peak would hold what made the rows too.
double resident_mb() {
    std::ifstream file("/proc/self/statm");
    long pages = 0;
    file >> pages >> pages;
    return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

// Half as many accounts as devices: a device has one, in fifty it has another in one of eight.
class Tenant {
public:
    Tenant(std::uint64_t sign_ins, std::uint32_t devices) : sign_ins_(sign_ins) {
        for (std::uint32_t i = 0; i < std::max(1U, devices / 2); ++i) {
            accounts_.push_back(fmt::format("sender{:06}@contoso.com", i));
            users_.push_back(fmt::format("{:08x}-0000-4000-8000-{:012x}", i, i));
        }
        for (std::uint32_t i = 0; i < devices; ++i)
            addresses_.push_back(*parse_ip(
                i % 5 == 0 ? fmt::format("2001:db8:{:x}:{:x}::7", i / 65536, i % 65536)
                           : fmt::format("198.{}.{}.{}", 18 + i / 65536, i / 256 % 256, i % 256)));
    }

    // In order of time, as a log comes.
    template <typename Take>
    void each(Take take) const {
        static constexpr std::array<std::string_view, 4> k_agents = {
            "BAV2ROPC", "", "FleetScan/2.1", "smtpclient/1.0"};
        const std::uint64_t seconds = std::uint64_t{k_days} * 86'400;
        Observation o;
        o.has_time = true;
        o.protocol = Protocol::basic;
        o.sign_ins = 1;
        std::string id;
        for (std::uint64_t i = 0; i < sign_ins_; ++i) {
            const std::uint64_t chance = mixed(i);
            const std::size_t device = chance % addresses_.size();
            std::size_t account = device % accounts_.size();
            if (device % 50 == 0 && (chance >> 40U) % 8 == 0)
                account = (chance >> 48U) % accounts_.size();
            o.account = accounts_[account];
            o.user_id = users_[account];
            o.client = addresses_[device];
            o.at = UtcTime(k_first) + std::chrono::seconds(i * seconds / sign_ins_);
            const bool fails = (chance >> 32U) % 10 == 0;
            o.outcome = fails ? Outcome::failure : Outcome::success;
            o.error_code = fails ? 50'126 : 0;
            o.user_agent = k_agents[device % k_agents.size()];
            o.country = device % 100 == 0 ? "BR" : "NL";
            id = fmt::format("{:016x}-{:08x}", chance, i);
            o.record_id = id;
            o.line = i + 1;
            take(o);
        }
    }

private:
    std::uint64_t sign_ins_;
    std::vector<std::string> accounts_, users_;
    std::vector<IpAddress> addresses_;
};

struct Figures {
    double making = 0, ledger = 0, ranking = 0;  // processor seconds
    double megabytes = 0;  // of ledger and ranking
    double devices = 0;
};

Figures measure(std::uint64_t sign_ins, std::uint32_t devices) {
    const Tenant tenant(sign_ins, devices);
    Figures out;
    std::uint64_t sum = 0;
    double start = processor_seconds();
    tenant.each([&](const Observation& o) { sum += o.record_id.size() + o.line; });
    if (sum == 0) std::abort();  // or the loop is optimised away
    out.making = processor_seconds() - start;
    const double before = resident_mb();
    start = processor_seconds();
    const auto ledger = std::make_shared<Ledger>();
    ledger->begin({.name = "sign_ins"});
    tenant.each([&](const Observation& o) { ledger->observe(o); });
    ledger->end();
    out.ledger = processor_seconds() - start - out.making;
    Coverage row;
    row.source = "sign_ins";
    row.state = CoverageState::complete;
    row.rows = sign_ins;
    row.from = k_first;
    row.to = UtcTime(k_first) + std::chrono::days(k_days) - std::chrono::seconds(1);
    RankingOptions options;
    options.now = UtcTime(k_first) + std::chrono::days(k_days);
    options.timeline = built_in_timeline();
    const auto cutoff = choose_cutoff(options.timeline, "2025-09", day_of(options.now));
    if (!cutoff) std::abort();
    options.cutoff = *cutoff;
    start = processor_seconds();
    const Report report = rank(ledger, {row}, std::move(options));
    out.ranking = processor_seconds() - start;
    out.megabytes = resident_mb() - before;
    out.devices = static_cast<double>(report.devices->size());
    return out;
}

// In a process of its own, so that no run finds the memory of another one.
Figures measure_alone(std::uint64_t sign_ins, std::uint32_t devices) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::exit(1);
    const pid_t child = ::fork();
    if (child < 0) std::exit(1);
    if (child == 0) {
        const Figures figures = measure(sign_ins, devices);
        const auto wrote = ::write(ends[1], &figures, sizeof figures);
        ::_exit(wrote == sizeof figures ? 0 : 1);
    }
    ::close(ends[1]);
    Figures figures;
    const auto got = ::read(ends[0], &figures, sizeof figures);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    if (got != sizeof figures) {
        fmt::print(stderr, "a run failed\n");
        std::exit(1);
    }
    return figures;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void report_case(std::uint64_t sign_ins, std::uint32_t devices, int runs) {
    std::vector<double> ledger, ranking, both, memory;
    Figures last;
    for (int i = 0; i < runs; ++i) {
        last = measure_alone(sign_ins, devices);
        ledger.push_back(last.ledger);
        ranking.push_back(last.ranking);
        both.push_back(last.ledger + last.ranking);
        memory.push_back(last.megabytes);
    }
    fmt::print("{:>10} {:>9} {:>10.2f} s {:>8.2f} s {:>8.2f} s {:>8.0f} MB\n", sign_ins,
               static_cast<std::uint64_t>(last.devices), median(ledger), median(ranking),
               median(both), median(memory));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t sign_ins = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const std::uint32_t devices =
        argc > 2 ? static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 100'000;
    const int runs = argc > 3 ? std::atoi(argv[3]) : 5;
    if (sign_ins == 0 || devices < 4 || runs < 1) {
        fmt::print(stderr, "join_bench [SIGN_INS [DEVICES [RUNS]]]\n");
        return 2;
    }
    fmt::print("  sign-ins   devices       ledger    ranking       both      memory\n");
    std::fflush(stdout);
    report_case(sign_ins, devices, runs);
    report_case(4 * sign_ins, devices, runs);  // the same devices: the same memory
    report_case(sign_ins, devices / 4, runs);  // a quarter of them
    return 0;
}
