// The pace against the limit as the service keeps it, in virtual time: what tests/bench/pacing
// measures in scaled time, without a stopwatch.
#include "contract/chain.hpp"
#include "fake_tenant/throttle.hpp"
#include "support/scaled_clock.hpp"

#include <algorithm>

namespace smtpaudit::contract {
namespace {

constexpr int k_pages = 1000;

struct Walk {
    std::chrono::duration<double> took{0};
    int refused = 0;
};

// Sends k_pages pages, each of which takes `page` until the next request can go.
Walk walk(bool paced, std::chrono::milliseconds page, bool refusals_count) {
    test::FakeClock clock(k_now);
    RateLimit rate(k_sign_in_budget);
    fake::ThrottleOptions options;
    options.refusals_count = refusals_count;
    fake::Throttle throttle(options);
    Walk result;
    const auto start = clock.steady_now();
    for (int done = 0; done < k_pages;) {
        if (paced) REQUIRE(rate.acquire(clock, {}));
        const auto passed =
            std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady_now() - start);
        const auto wait = throttle.take("app", passed);
        if (!wait) {
            ++done;
            clock.advance(page);
            continue;
        }
        ++result.refused;
        if (paced) rate.pause_for(clock, *wait);
        clock.sleep_for(*wait, {});
    }
    result.took = clock.steady_now() - start;
    return result;
}

}  // namespace

TEST_CASE("the pace is never refused and is as fast as the limit lets it be") {
    for (const bool refusals_count : {true, false}) {
        const Walk paced = walk(true, 1ms, refusals_count);
        CHECK(paced.refused == 0);
        // (pages - burst) / rate, with Microsoft's numbers and not with ours.
        const double floor = (k_pages - 5) / 0.5;
        CHECK(paced.took.count() < floor * 1.06);
        CHECK(paced.took.count() >= floor * 0.99);
    }
}

TEST_CASE("a client that only obeys Retry-After pays for its refusals") {
    const Walk plain = walk(false, 1ms, true);
    const Walk paced = walk(true, 1ms, true);
    CHECK(plain.refused > k_pages / 4);
    CHECK(plain.took > paced.took * 1.7);
}

TEST_CASE("over real sockets with the limit on every row comes once and every row is SMTP") {
    constexpr double k_scale = 200;
    test::ScaledClock clock(parse_iso_instant(k_now).value().at, k_scale);
    ChainOptions options;
    options.throttle = true;
    options.services.time_scale = k_scale;
    options.clock = &clock;
    Chain chain(std::move(options));
    chain.from = parse_iso_instant("2026-11-21T12:00:00Z").value().at;
    chain.in_flight = 2;
    chain.tenant.plan({short_pages(20)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::complete);
    std::vector<std::string> sorted = pulled.rows;
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    CHECK(pulled.rows.size() == pulled.coverage.rows);
    for (const fake::Record& record : chain.requests()) {
        const std::string filter = record.query_value("$filter").value_or("");
        CHECK(
            contains(filter, "(clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP')"));
    }
    CHECK(std::none_of(pulled.coverage.notes.begin(), pulled.coverage.notes.end(),
                       [](const std::string& note) { return contains(note, "protocol"); }));
}

}  // namespace smtpaudit::contract
