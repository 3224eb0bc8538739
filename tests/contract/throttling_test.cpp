// Faults 1 to 5: when the service asks for patience, and when asking again is of no use.
#include "contract/chain.hpp"

#include <algorithm>
#include <numeric>

namespace smtpaudit::contract {
namespace {

constexpr auto k_cap = 120s;

std::chrono::milliseconds sum(const Waits& waits) {
    return std::accumulate(waits.begin(), waits.end(), 0ms);
}

// The services' clock stands still, so that a date is as far away as the plan says.
ChainOptions frozen(std::chrono::seconds clock_offset) {
    ChainOptions options;
    options.services.time_scale = 1e-6;
    options.services.clock_offset = clock_offset;
    return options;
}

}  // namespace

TEST_CASE("fault 1: a 429 with seconds is waited for exactly and once") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(429, {1}, "7")});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::complete);
    CHECK(pulled.rows == whole_half_day());
    CHECK(chain.clock.sleeps() == Waits{7s});
    CHECK(chain.requests().size() == 2);
    REQUIRE(chain.notices().size() == 1);
    CHECK(chain.notices()[0].kind == RetryClass::throttled);
    CHECK(chain.notices()[0].reason.starts_with("HTTP 429, request-id "));
}

TEST_CASE("fault 1: the pause holds for the pages after it too and the pace begins anew") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(429, {2}, "40"), short_pages(20)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.rows == whole_half_day());
    const auto sleeps = chain.clock.sleeps();
    REQUIRE(sleeps.size() > 3);
    CHECK(sleeps[0] == 40s);
    // 0.495 a second, rounded up: no burst after a refusal.
    CHECK(std::all_of(sleeps.begin() + 1, sleeps.end(),
                      [](auto wait) { return wait == 2021ms || wait == 2020ms; }));
}

TEST_CASE("fault 2: a 429 with an HTTP date is measured by the server's own clock") {
    for (const auto offset : {0s, std::chrono::seconds(2h), std::chrono::seconds(-2h)}) {
        Chain chain(frozen(offset));
        chain.tenant.plan({status_on_sign_ins(429, {1}, "date+9")});
        CHECK(chain.pull().rows == whole_half_day());
        CHECK(chain.clock.sleeps() == Waits{9s});
    }
}

TEST_CASE("fault 3: a Retry-After that cannot be meant gives way to a back-off") {
    for (const std::string value :
         {"garbage", "-5", "0", "1.5", "100000000000000000000", "date-60", "99999999", ""}) {
        CAPTURE(value);
        Chain chain(frozen(0s));
        chain.tenant.plan({status_on_sign_ins(429, {1}, value)});
        CHECK(chain.pull().rows == whole_half_day());
        REQUIRE(chain.waits().size() == 1);
        CHECK(chain.waits()[0] >= 200ms);
        CHECK(chain.waits()[0] <= 1s);
        CHECK(chain.requests().size() == 2);
    }
}

TEST_CASE("fault 3: the back-off has jitter and grows to its cap and never over it") {
    HighRandom high;
    ChainOptions options = frozen(0s);
    options.random = &high;
    Chain chain(std::move(options));
    chain.tenant.plan({status_on_sign_ins(429, {}, "garbage")});
    CHECK(chain.get(k_sign_ins)->status == 429);
    const Waits most = chain.waits();
    REQUIRE(most.size() >= 8);
    CHECK(std::is_sorted(most.begin(), most.end()));
    CHECK(most[0] >= 990ms);
    CHECK(most[6] >= 63s);
    CHECK(most[7] > 119s);
    CHECK(most.back() <= k_cap);
    CHECK(sum(most) <= 600s);

    Chain usual(frozen(0s));
    usual.tenant.plan({status_on_sign_ins(429, {}, "garbage")});
    CHECK(usual.get(k_sign_ins)->status == 429);
    const Waits waits = usual.waits();
    CHECK(waits.size() >= most.size());
    for (std::size_t i = 0; i < most.size(); ++i) CHECK(waits[i] < most[i]);
    CHECK(std::all_of(waits.begin(), waits.end(), [](auto wait) { return wait >= 200ms; }));
}

TEST_CASE("fault 4: 429 for ever ends at the deadline and keeps what came") {
    Chain chain;
    Fault first = short_pages();
    first.nth = {1};
    chain.tenant.plan({first, status_on_sign_ins(429, {}, "120")});
    const auto before = chain.clock.steady_now();
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(pulled.coverage.reason.starts_with("throttled beyond the limit (HTTP 429"));
    CHECK(pulled.coverage.rows == 50);
    CHECK(pulled.rows.size() == 50);
    // Ten minutes for the page, then once more for half of its window; six attempts each.
    CHECK(chain.requests().size() == 13);
    CHECK(chain.waits() == Waits(10, 120s));
    CHECK(chain.clock.steady_now() - before <= 2 * 600s + k_cap);
}

TEST_CASE("fault 4: a pause that is longer than the deadline is not begun") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(429, {}, "3600")});
    const auto answer = chain.get(k_sign_ins);
    REQUIRE(answer);
    CHECK(answer->status == 429);
    CHECK(chain.requests().size() == 1);
    CHECK(chain.clock.sleeps().empty());
}

TEST_CASE("fault 5: what may pass is asked again and what stays is not") {
    const std::pair<int, std::size_t> cases[] = {{408, 2}, {500, 2}, {502, 2}, {503, 2}, {504, 2},
                                                 {400, 1}, {403, 1}, {404, 1}, {405, 1}, {501, 1},
                                                 {302, 1}, {401, 2}};  // 401: one fresh token
    for (const auto& [status, requests] : cases) {
        CAPTURE(status);
        Chain chain;
        chain.tenant.plan({status_on_sign_ins(status, {1})});
        const auto answer = chain.get(k_sign_ins);
        REQUIRE(answer);
        CHECK(answer->status == (requests == 2 ? 200 : status));
        CHECK(chain.requests().size() == requests);
        CHECK(chain.waits().size() == (status == 401 ? 0 : requests - 1));
        CHECK(chain.token_requests() == (status == 401 ? 2U : 1U));
    }
}

TEST_CASE("fault 5: every attempt has a new client-request-id and after a 503 a new connection") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(503, {1}), status_on_sign_ins(500, {2})});
    REQUIRE(chain.get(k_sign_ins)->status == 200);
    const auto seen = chain.requests();
    REQUIRE(seen.size() == 3);
    std::vector<std::string> ids;
    for (const auto& request : seen) {
        ids.push_back(request.header("client-request-id").value_or(""));
        CHECK(ids.back().size() == 36);
        CHECK(request.header("User-Agent") == "smtpaudit/contract");
        CHECK(request.header("Accept-Encoding") == "gzip, deflate");
    }
    std::sort(ids.begin(), ids.end());
    CHECK(std::unique(ids.begin(), ids.end()) == ids.end());
    CHECK(seen[1].connection != seen[0].connection);
    CHECK(seen[2].connection == seen[1].connection);
}

TEST_CASE("fault 5: a window that never answers is halved and then told as partial") {
    Chain chain;
    chain.tenant.plan({status_on_sign_ins(504)});
    const Pulled pulled = chain.pull();
    CHECK(pulled.coverage.state == CoverageState::failed);
    CHECK(pulled.rows.empty());
    CHECK(pulled.coverage.reason.starts_with("the service did not answer in time (HTTP 504"));
    std::vector<std::string> filters;
    for (const auto& request : chain.requests())
        if (const auto filter = request.query_value("$filter").value_or("");
            filters.empty() || filters.back() != filter)
            filters.push_back(filter);
    CHECK(filters.size() == 5);  // 12, 6, 3, 1.5 hours, and the shortest
}

}  // namespace smtpaudit::contract
