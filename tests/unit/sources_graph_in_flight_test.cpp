#include "net/retry.hpp"
#include "sources_graph_sign_ins_support.hpp"

#include <map>
#include <random>

using namespace smtpaudit;
using namespace smtpaudit::test;
using namespace std::chrono_literals;

TEST_CASE("the rows and their order do not depend on how many requests are in flight") {
    std::vector<Ids> runs;
    for (const unsigned in_flight : {1U, 2U, 4U}) {
        OneDay t;
        t.context.in_flight = in_flight;
        t.context.from = at("2026-11-10T00:00:00Z");
        t.context.to = at("2026-11-22T00:00:00Z");
        int number = 0;
        for (const TimeWindow& asked :
             sign_in_windows({t.context.from, t.context.to}, t.clock.now())) {
            const std::string name = std::to_string(number++);
            const auto row = [&](const std::string& id) {
                return graph_row(id, format_utc(asked.from + 1h));
            };
            t.expect(first_url(asked), reply(200, graph_answer({row(name + "a"), row(name + "b")},
                                                               link(name + "x"))));
            t.expect(link(name + "x"),
                     reply(200, graph_answer({row(name + "c")}, link(name + "y"))));
            t.expect(link(name + "y"), reply(200, graph_answer({row(name + "d")})));
        }
        const Coverage coverage = t.pull();
        CHECK(coverage.state == CoverageState::complete);
        CHECK(coverage.files == 36);
        runs.push_back(t.sink.ids());
    }
    CHECK(runs[0].size() == 48);
    CHECK(runs[1] == runs[0]);
    CHECK(runs[2] == runs[0]);
}

TEST_CASE("a failed day ends the pull at the days before it whatever is in flight") {
    for (const unsigned in_flight : {1U, 4U}) {
        FakeClock clock("2026-11-22T12:00:00Z");
        KeepingSink sink;
        // By address, not by expectation: how far the others get is not defined.
        class Days final : public HttpClient {
        public:
            std::map<std::string, HttpResult> answers;
            HttpResult send(const HttpRequest& request, std::stop_token stop) override {
                if (stop.stop_requested())
                    return http_fail(HttpFailureKind::interrupted, "interrupted");
                return answers.at(request.url);
            }
        } http;
        PullContext context{.http = http,
                            .clock = clock,
                            .graph_url = k_graph,
                            .from = at("2026-11-12T00:00:00Z"),
                            .to = at("2026-11-22T00:00:00Z"),
                            .in_flight = in_flight,
                            .progress = {},
                            .stop = {}};
        int number = 0;
        for (const TimeWindow& asked : sign_in_windows({context.from, context.to}, clock.now())) {
            const auto row = graph_row(std::to_string(number), format_utc(asked.from + 1h));
            http.answers.emplace(first_url(asked), number == 3
                                                       ? error_reply(500, "InternalServerError")
                                                       : reply(200, graph_answer({row})));
            ++number;
        }
        const Coverage coverage = k_graph_sign_ins.pull(context, sink);
        CHECK(coverage.state == CoverageState::partial);
        CHECK(coverage.reason.starts_with("the service failed (HTTP 500"));
        CHECK(sink.ids() == Ids{"0", "1", "2"});
        CHECK(coverage.from == at("2026-11-19T00:00:00Z"));
        CHECK(coverage.to == at("2026-11-22T00:00:00Z"));
    }
}

TEST_CASE("an exception on a worker or in the sink reaches the caller and hangs nobody") {
    class Throwing final : public HttpClient {
        HttpResult send(const HttpRequest&, std::stop_token) override {
            throw std::runtime_error("a bug");
        }
    } http;
    OneDay t;
    t.http.forgive();
    PullContext context{.http = http,
                        .clock = t.clock,
                        .graph_url = k_graph,
                        .from = at("2026-11-12T00:00:00Z"),
                        .to = t.day.to,
                        .progress = {},
                        .stop = {}};
    CHECK_THROWS_AS(k_graph_sign_ins.pull(context, t.sink), std::runtime_error);

    class ThrowingSink final : public EvidenceSink {
        void observe(const Observation&) override { throw std::logic_error("a bug"); }
        void account(const AccountFacts&) override {}
        void tenant(const TenantFacts&) override {}
    } sink;
    t.expect(first_url(t.day), reply(200, graph_answer({graph_row("a", "2026-11-20T05:00:00Z")})));
    CHECK_THROWS_AS(k_graph_sign_ins.pull(t.context, sink), std::logic_error);
}

namespace {

// Ten days of five pages each, by address; `trouble` in ten requests fail in one way or another.
class Service final : public HttpClient {
public:
    Service(TimeWindow whole, UtcTime now, unsigned trouble) : trouble_(trouble) {
        int number = 0;
        for (const TimeWindow& asked : sign_in_windows(whole, now)) {
            std::string url = first_url(asked);
            for (int page = 0; page < 5; ++page) {
                const std::string name = fmt::format("{}-{}", number, page);
                const std::string next = page < 4 ? link(name) : "";
                const auto row = [&](const char* id) {
                    return graph_row(name + id, format_utc(asked.to - 1h * (page + 1)));
                };
                pages_[url] = graph_answer({row("x"), row("y")}, next);
                url = next;
            }
            ++number;
        }
    }
    HttpResult send(const HttpRequest& request, std::stop_token) override {
        const std::lock_guard lock(mutex_);
        const std::string& body = pages_.at(request.url);
        if (chance_() % 10 >= trouble_) return check_body(request, reply(200, body), "fake");
        switch (chance_() % 5) {
            case 0: return error_reply(429, "TooManyRequests");
            case 1: return error_reply(500, "InternalServerError");
            case 2: return http_fail(HttpFailureKind::cut_short, "reset");
            case 3: return error_reply(503, "ServiceUnavailable");
            default: {
                const std::string cut = body.substr(0, chance_() % body.size());
                return check_body(request, reply(200, cut), "fake");
            }
        }
    }

private:
    std::mutex mutex_;
    std::mt19937 chance_{27};
    unsigned trouble_;
    std::map<std::string, std::string> pages_;
};

}  // namespace

TEST_CASE("a pull where half of all requests fail gives what an undisturbed one gives") {
    std::vector<Ids> runs;
    for (const unsigned trouble : {0U, 5U}) {
        FakeClock clock("2026-11-22T12:00:00Z");
        FakeRandom random;
        KeepingSink sink;
        const TimeWindow whole = window("2026-11-12T00:00:00Z", "2026-11-22T00:00:00Z");
        Service service(whole, clock.now(), trouble);
        RetryPolicy policy;
        policy.attempts = 100;
        policy.deadline = std::chrono::hours(100);
        RetryClient client(service, RetryParts{clock, random, policy, nullptr, {}});
        PullContext context{.http = client,
                            .clock = clock,
                            .graph_url = k_graph,
                            .from = whole.from,
                            .to = whole.to,
                            .progress = {},
                            .stop = {}};
        const Coverage coverage = k_graph_sign_ins.pull(context, sink);
        CHECK(coverage.state == CoverageState::complete);
        CHECK(coverage.reason.empty());
        CHECK(coverage.files == 50);
        runs.push_back(sink.ids());
    }
    CHECK(runs[0].size() == 100);
    CHECK(runs[1] == runs[0]);
}
