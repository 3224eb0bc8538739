#include "net/rate_limit.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <thread>
#include <vector>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

namespace {
// The instants, from the first request on, at which `count` requests may go.
std::vector<std::chrono::milliseconds> grants(RateLimit& rate, FakeClock& clock, int count) {
    const auto start = clock.steady_now();
    std::vector<std::chrono::milliseconds> at;
    for (int i = 0; i < count; ++i) {
        REQUIRE(rate.acquire(clock, {}));
        at.push_back(
            std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady_now() - start));
    }
    return at;
}
}  // namespace

TEST_CASE("the bucket gives its burst at once and then keeps the pace") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate({0.5, 4});
    CHECK(grants(rate, clock, 7) ==
          std::vector<std::chrono::milliseconds>{0ms, 0ms, 0ms, 0ms, 2000ms, 4000ms, 6000ms});
    CHECK(clock.sleeps() == std::vector<std::chrono::milliseconds>{2000ms, 2000ms, 2000ms});
}

TEST_CASE("a rest fills the bucket to its burst and no further") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate({0.5, 2});
    grants(rate, clock, 2);
    clock.advance(1h);
    CHECK(grants(rate, clock, 3) == std::vector<std::chrono::milliseconds>{0ms, 0ms, 2000ms});
}

TEST_CASE("the sign-in budget stays under five in ten seconds and costs no time for it") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate(k_sign_in_budget);
    constexpr int k_pages = 200;
    const auto at = grants(rate, clock, k_pages);
    for (std::size_t i = 5; i < at.size(); ++i) CHECK(at[i] - at[i - 5] > 10s);
    // (pages - burst) / rate, within a tenth of a percent.
    const double floor_ms = (k_pages - 4) / 0.495 * 1000;
    CHECK(static_cast<double>(at.back().count()) < floor_ms * 1.001);
    // A bucket of five that gains one every 2 s (the other way to count) never runs dry.
    double tokens = 5;
    for (std::size_t i = 0; i < at.size(); ++i) {
        if (i > 0)
            tokens = std::min(5.0, tokens + static_cast<double>((at[i] - at[i - 1]).count()) / 2e3);
        tokens -= 1;
        CHECK(tokens >= 0);
    }
}

TEST_CASE("a pause holds everybody once and ends without a burst") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate({0.5, 4});
    grants(rate, clock, 1);
    rate.pause_for(clock, 7s);
    rate.pause_for(clock, 3s);
    CHECK(grants(rate, clock, 3) ==
          std::vector<std::chrono::milliseconds>{7000ms, 9000ms, 11000ms});
}

TEST_CASE("a pause that comes during a wait is waited for too") {
    class PausingClock final : public Clock {
    public:
        FakeClock fake{"2026-11-22T10:00:00Z"};
        RateLimit* rate = nullptr;
        UtcTime now() const override { return fake.now(); }
        std::chrono::steady_clock::time_point steady_now() const override {
            return fake.steady_now();
        }
        bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) override {
            if (fake.sleeps().empty()) rate->pause_for(*this, 30s);
            return fake.sleep_for(time, std::move(stop));
        }
    } clock;
    RateLimit rate({0.5, 1});
    clock.rate = &rate;
    REQUIRE(rate.acquire(clock, {}));
    REQUIRE(rate.acquire(clock, {}));
    CHECK(clock.fake.sleeps() == std::vector<std::chrono::milliseconds>{2s, 28s});
}

TEST_CASE("a stop takes no token") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate({1, 1});
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(rate.acquire(clock, stop.get_token()));
    CHECK(rate.acquire(clock, {}));
    CHECK(clock.sleeps().empty());
}

TEST_CASE("a stop ends a real wait at once") {
    SystemClock clock;
    RateLimit rate({0.001, 1});
    REQUIRE(rate.acquire(clock, {}));
    const auto before = std::chrono::steady_clock::now();
    bool taken = true;
    std::jthread waiter([&](std::stop_token stop) { taken = rate.acquire(clock, stop); });
    waiter.request_stop();
    waiter.join();
    CHECK_FALSE(taken);
    CHECK(std::chrono::steady_clock::now() - before < 60s);
}

TEST_CASE("threads neither lose tokens nor gain any") {
    FakeClock clock("2026-11-22T10:00:00Z");
    RateLimit rate({100, 10});
    constexpr int k_threads = 4, k_each = 50;
    const auto start = clock.steady_now();
    {
        std::vector<std::jthread> threads;
        threads.reserve(k_threads);
        for (int i = 0; i < k_threads; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < k_each; ++j) (void)rate.acquire(clock, {});
            });
    }
    const auto took = clock.steady_now() - start;
    // 190 tokens after the burst, 10 ms each: less means a token too many. Each of the threads adds
    // its own sleep to the one fake clock, so more than that is no fault.
    CHECK(took >= 1900ms);
    // No debt is left behind: after a rest the whole burst is there again.
    clock.advance(1s);
    const auto sleeps = clock.sleeps().size();
    for (int i = 0; i < 10; ++i) REQUIRE(rate.acquire(clock, {}));
    CHECK(clock.sleeps().size() == sleeps);
    REQUIRE(rate.acquire(clock, {}));
    CHECK(clock.sleeps().size() == sleeps + 1);
}
