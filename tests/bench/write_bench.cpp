// Measures the writers at fifty thousand accounts, already made, whose sentences all have numbers of
// their own. Processor time, the median of the runs. A measurement and no test.
//   write_bench [ROWS [RUNS]]
#include "processor_time.hpp"
#include "report/writer.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using namespace smtpaudit;

namespace {

class CountingSink final : public ByteSink {
public:
    Result<void> write(std::string_view bytes) override {
        total += bytes.size();
        return {};
    }
    Result<void> flush() override { return {}; }
    std::size_t total = 0;
};

std::string account_id(std::size_t i) { return fmt::format("sender{:06}@contoso.com", i); }
std::string device_id(std::size_t i) {
    return fmt::format("198.{}.{}.{}", 18 + i / 65536, i / 256 % 256, i % 256);
}

Row row_of(std::size_t i, std::size_t rows) {
    const UtcTime end = UtcTime(*make_day(2026, 11, 22));
    Row row;
    row.rank = i + 1;
    row.id = row.name = account_id(i);
    row.status = Status::active_basic;
    row.priority = row.priority_high = static_cast<int>(100 - i * 100 / rows);
    row.priority_low = row.priority * 3 / 4;
    row.band = row.priority >= 80   ? Band::critical
               : row.priority >= 60 ? Band::high
               : row.priority >= 35 ? Band::medium
               : row.priority >= 10 ? Band::low
                                    : Band::info;
    row.impact = row.priority;
    row.exposure = row.priority / 2;
    row.known_share = 0.68;
    row.messages.basic = 3 * i + 1;
    row.messages_30d.basic = i + 1;
    row.sign_ins.basic_ok = i % 500;
    row.first_seen = end - std::chrono::hours(24 * 80 + i % 48);
    row.last_basic = end - std::chrono::seconds(i);
    row.overdue_days = 440 - static_cast<int>(i % 90);
    row.tls[2] = row.messages.basic;
    row.linked = row.addresses = {device_id(i)};
    row.links = {{row.linked[0], Confidence::high, row.messages.basic, row.messages.basic,
                  row.sign_ins.basic_ok, 0, static_cast<int>(i % 90) + 1,
                  "report and sign-ins agree"}};
    row.class_ = {"scanner", "guess", "the word \"scan\" (pattern \"scan*\")"};
    const auto factor = [&](Axis axis, const char* name, double points, double max,
                            std::string evidence) {
        row.factors.push_back({axis, name, points, max, std::move(evidence)});
    };
    factor(Axis::impact, "volume", 17.9, 30,
           fmt::format("{} Basic messages in the last 30 days, {} in 90 covered days", i + 1,
                       3 * i + 1));
    factor(Axis::impact, "dependence", 20, 20, "nothing it sent used OAuth");
    factor(Axis::impact, "recency", 15, 15,
           fmt::format("last Basic on {} Nov 2026, {} days before the evidence ends", i % 22 + 1,
                       22 - i % 22));
    factor(Axis::impact, "regularity", 10, 10,
           fmt::format("Basic on {} of 90 covered days", i % 91));
    factor(Axis::impact, "business", 12, 25, "no word in its name tells what it is");
    factor(Axis::exposure, "basic_usable", 15, 15, "Basic succeeded in the last 7 days");
    factor(Axis::exposure, "spread", 4, 10, fmt::format("sends from {} addresses", i % 7 + 1));
    for (const char* name : {"privilege", "mfa", "password_age", "shared_sign_in", "attack"})
        row.factors.push_back({Axis::exposure, name, std::nullopt, 25, "not read"});
    row.switches = Switches{Ternary::yes, "success", {}};
    row.remedy = Remedy{"relay",
                        "send through an SMTP relay connector",
                        "a scanner seldom speaks OAuth",
                        {"are all recipients internal?"}};
    row.origins = {fmt::format("report.csv:{}", i + 2), fmt::format("report.csv:{}", 3 * i + 2)};
    row.why = fmt::format("scanner, sends on {} of 90 days", i % 91);
    return row;
}

Report report_of(std::size_t rows) {
    Report report;
    report.tool_version = "bench";
    report.run_id = "6f9a3c1e-0d1f-5a53-9d52-2f1f6f0a7c11";
    report.generated_at = UtcTime(*make_day(2026, 11, 23));
    report.from = *make_day(2026, 8, 25);
    report.to = *make_day(2026, 11, 22);
    report.covered_days = 90;
    report.cutoff = {"2025-09", *make_day(2025, 9, 1), Precision::month, -448, std::nullopt};
    std::vector<Row> accounts;
    for (std::size_t i = 0; i < rows; ++i) accounts.push_back(row_of(i, rows));
    report.accounts = std::make_shared<StoredRows>(std::move(accounts));
    report.summary.accounts = rows;
    report.summary.by_status[static_cast<std::size_t>(Status::active_basic)] = rows;
    return report;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 50'000;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
    if (rows < 2 || runs < 1) {
        fmt::print(stderr, "write_bench [ROWS [RUNS]]\n");
        return 2;
    }
    const Report report = report_of(rows);
    for (const Writer& writer : all_writers()) {
        std::vector<double> seconds;
        std::size_t size = 0;
        for (int i = 0; i < runs; ++i) {
            CountingSink sink;
            const double start = processor_seconds();
            if (const auto done = writer.write(report, {}, sink); !done) {
                fmt::print(stderr, "{}\n", done.error().message);
                return 1;
            }
            seconds.push_back(processor_seconds() - start);
            size = sink.total;
        }
        std::sort(seconds.begin(), seconds.end());
        fmt::print("{:12} {:>8.2f} s {:>8.1f} MB\n", writer.name, seconds[seconds.size() / 2],
                   static_cast<double>(size) / 1e6);
        std::fflush(stdout);
    }
    return 0;
}
