// Faults 20, 24 and 27: what is refused is named and the run goes on; what is interrupted ends at
// once; what half fails gives the same bytes.
#include "contract/chain.hpp"
#include "sources/exchange_command.hpp"

#include <algorithm>
#include <atomic>
#include <semaphore>
#include <thread>

namespace smtpaudit::contract {
namespace {

std::string shown(const Pulled& pulled) {
    std::string text(to_string(pulled.coverage.state));
    text += '\n' + pulled.coverage.reason + '\n' + std::to_string(pulled.coverage.rows) + '\n';
    for (const std::string& note : pulled.coverage.notes) text += note + '\n';
    for (const std::string& row : pulled.rows) text += row + '\n';
    return text;
}

Fault half(Action action, double probability, std::uint64_t seed) {
    Fault fault = on_sign_ins(action);
    fault.probability = probability;
    fault.seed = seed;
    fault.max_in_a_row = 2;
    return fault;
}

// Half of all requests, by every way a request can fail. Without `revoking` no token dies: of two
// requests side by side one can meet both its own and the other's dead token, which looks like a
// fresh token refused.
fake::FaultPlan half_of_all(std::size_t rows, bool revoking) {
    fake::FaultPlan plan;
    std::uint64_t seed = 20;
    for (const Action action : {Action::reset_midway, Action::cut_length, Action::cut_chunked,
                                Action::cut_close, Action::html})
        plan.push_back(half(action, 0.07, ++seed));
    for (const int status : {429, 500, 503, 504, 401}) {
        Fault fault = half(Action::status, 0.07, ++seed);
        fault.status = status;
        // A token that was just fetched and is refused again is no passing trouble.
        fault.revoke = status == 401;
        if (fault.revoke) fault.max_in_a_row = 1;
        fault.retry_after = status == 429 ? "2" : "";
        if (status != 401 || revoking) plan.push_back(fault);
    }
    plan.push_back(short_pages(rows));
    return plan;
}

Pulled pull_with(const fake::FaultPlan& plan, unsigned in_flight, std::size_t& requests,
                 std::size_t& failed) {
    ChainOptions options;
    options.tenant.sign_ins.days = 2;
    Chain chain(std::move(options));
    chain.from = parse_iso_instant("2026-11-20T12:00:00Z").value().at;
    chain.in_flight = in_flight;
    chain.tenant.plan(plan);
    Pulled pulled = chain.pull();
    const auto seen = chain.requests();
    requests = seen.size();
    failed = static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [](const auto& one) {
        return !one.fault.empty() && one.fault != "short_page";
    }));
    return pulled;
}

// Longer than any of these tests should take, shorter than what they wait in.
constexpr auto k_at_once = 30s;

}  // namespace

TEST_CASE("fault 20: a permission that is missing is named and the other sources go on") {
    Chain chain;
    chain.tenant.take_away(k_client_id, "AuditLog.Read.All");
    const Pulled refused = chain.pull();
    CHECK(refused.coverage.state == CoverageState::failed);
    CHECK(contains(refused.coverage.reason, "not allowed (HTTP 403, request-id "));
    CHECK(
        contains(refused.coverage.reason, "Authorization_RequestDenied); grant AuditLog.Read.All"));
    CHECK(contains(refused.coverage.reason, "b0afded3-3588-46d8-8b3d-9842eff778da"));
    CHECK(chain.requests().size() == 1);
    CHECK(chain.pull(k_graph_users).coverage.state == CoverageState::complete);
    CHECK(chain.pull(k_graph_organization).coverage.state == CoverageState::complete);
    CHECK(chain.token_requests() == 1);
}

TEST_CASE("fault 20: a licence that is missing is told from a permission and asked for thrice") {
    ChainOptions options;
    options.tenant.licence = fake::Licence::free;
    Chain chain(std::move(options));
    const Pulled refused = chain.pull();
    CHECK(refused.coverage.state == CoverageState::unavailable);
    CHECK(contains(refused.coverage.reason, "the tenant has no Entra ID P1 or P2 licence"));
    CHECK(contains(refused.coverage.reason, "export by hand"));
    CHECK_FALSE(contains(refused.coverage.reason, "not allowed"));
    CHECK(chain.requests().size() == 3);
    CHECK(chain.pull(k_graph_users).coverage.state == CoverageState::complete);
}

TEST_CASE("fault 20: a 403 of NUL bytes is a refusal and none of them is shown") {
    Chain chain;
    Fault fault = status_on_sign_ins(403);
    fault.body = std::string(64, '\0');
    chain.tenant.plan({fault});
    const Pulled refused = chain.pull();
    CHECK(refused.coverage.state == CoverageState::failed);
    CHECK(refused.coverage.reason.starts_with("not allowed (HTTP 403); grant AuditLog.Read.All"));
    CHECK(refused.coverage.reason.find('\0') == std::string::npos);
    CHECK(chain.requests().size() == 1);
    CHECK(chain.pull(k_graph_users).coverage.state == CoverageState::complete);
}

TEST_CASE("fault 20: InvokeCommand's 403 of NUL bytes is a missing role and Graph goes on") {
    Chain chain;
    Fault fault;
    fault.path = "InvokeCommand";
    fault.action = Action::status;
    fault.status = 403;
    fault.body = std::string(512, '\0');
    chain.tenant.plan({fault});
    const PullContext context = chain.context(k_graph_users);
    const ExchangeAnswer answer = run_exchange_command(context, {}, [](std::string_view) {});
    REQUIRE(answer.problem);
    CHECK(answer.problem->kind == GraphProblemKind::permission);
    CAPTURE(answer.problem->reason);
    CHECK(contains(answer.problem->reason, "role"));
    CHECK(answer.problem->reason.find('\0') == std::string::npos);
    CHECK(answer.rows == 0);
    const auto asked = chain.requests("outlook.office365.com");
    REQUIRE(asked.size() == 1);  // not tried again
    CHECK(asked[0].method == "POST");
    CHECK(chain.pull(k_graph_users).coverage.state == CoverageState::complete);
    // Each service has a token of its own.
    CHECK(asked[0].header("Authorization") !=
          chain.requests("graph.microsoft.com").at(0).header("Authorization"));
    CHECK(chain.token_requests() == 2);
}

TEST_CASE("fault 24: a stop in a wait ends the pull at once and keeps what came") {
    SystemClock real;
    ChainOptions options;
    options.clock = &real;
    Chain chain(std::move(options));
    Fault first = short_pages();
    first.nth = {1};
    chain.tenant.plan({first, status_on_sign_ins(429, {}, "300")});
    std::binary_semaphore waiting{0};
    chain.on_wait = [&](const WaitNotice&) { waiting.release(); };
    const std::jthread stopper([&] {
        waiting.acquire();
        chain.stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    const Pulled pulled = chain.pull();
    CHECK(std::chrono::steady_clock::now() - before < k_at_once);
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(pulled.coverage.reason == "interrupted");
    CHECK(pulled.rows.size() == 50);
    CHECK(chain.requests().size() == 2);
}

TEST_CASE("fault 24: a stop in a transfer ends the pull at once and keeps what came") {
    SystemClock real;
    std::counting_semaphore<16> seen{0};
    ChainOptions options;
    options.clock = &real;
    options.services.on_request = [&](const fake::Record& record) {
        if (contains(record.path, "signIns")) seen.release();
    };
    Chain chain(std::move(options));
    Fault first = short_pages();
    first.nth = {1};
    chain.tenant.plan({first, on_sign_ins(Action::stall)});
    const std::jthread stopper([&] {
        seen.acquire();
        seen.acquire();  // the second page is on its way and will never be whole
        chain.stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    const Pulled pulled = chain.pull();
    CHECK(std::chrono::steady_clock::now() - before < k_at_once);
    CHECK(pulled.coverage.state == CoverageState::partial);
    CHECK(pulled.coverage.reason == "interrupted");
    CHECK(pulled.rows.size() == 50);
    CHECK(chain.requests().size() == 2);
}

TEST_CASE("fault 24: a stop while the token is fetched ends the pull at once") {
    SystemClock real;
    std::counting_semaphore<16> seen{0};
    ChainOptions options;
    options.clock = &real;
    options.services.on_request = [&](const fake::Record&) { seen.release(); };
    Chain chain(std::move(options));
    Fault slow;
    slow.path = "/token";
    slow.action = Action::stall;
    chain.tenant.plan({slow});
    const std::jthread stopper([&] {
        seen.acquire();
        chain.stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    const Pulled pulled = chain.pull();
    CHECK(std::chrono::steady_clock::now() - before < k_at_once);
    CHECK(pulled.coverage.reason == "interrupted");
    CHECK(pulled.rows.empty());
    CHECK(chain.requests().empty());
}

TEST_CASE("fault 27: with half of all requests failing over 200 pages no byte is different") {
    std::size_t calm_requests = 0;
    std::size_t none = 0;
    const Pulled calm = pull_with({short_pages(3)}, 1, calm_requests, none);
    REQUIRE(calm.coverage.state == CoverageState::complete);
    REQUIRE(calm_requests >= 200);
    REQUIRE(none == 0);
    for (const unsigned in_flight : {1U, 2U}) {
        CAPTURE(in_flight);
        std::size_t requests = 0;
        std::size_t failed = 0;
        const Pulled disturbed =
            pull_with(half_of_all(3, in_flight == 1), in_flight, requests, failed);
        CAPTURE(requests, failed, disturbed.coverage.reason);
        CHECK(shown(disturbed) == shown(calm));
        CHECK(failed * 10 >= requests * 4);  // it was half, near enough
        CHECK(requests >= calm_requests + failed);
    }
}

}  // namespace smtpaudit::contract
