// The product's own chain (curl <- trace <- bearer <- retry with its pace) and its live sources
// over real sockets, under the production URLs, against a fake tenant. Time is a fake clock's, so
// waits cost nothing and are asserted to the millisecond.
#pragma once

#include "auth/bearer.hpp"
#include "auth/client_secret.hpp"
#include "base/log.hpp"
#include "fake_tenant/fake_tenant.hpp"
#include "net/curl_http.hpp"
#include "net/retry.hpp"
#include "net/trace.hpp"
#include "sources/graph_sign_ins.hpp"
#include "sources/graph_users.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::contract {

using namespace std::chrono_literals;
using fake::Action;
using fake::Fault;
using Waits = std::vector<std::chrono::milliseconds>;

inline constexpr const char* k_now = "2026-11-22T12:00:00Z";
inline constexpr const char* k_client_id = "a0a0a0a0-1111-4222-8333-555555555555";
inline constexpr const char* k_sign_ins = "https://graph.microsoft.com/beta/auditLogs/signIns";

// The repository's example tenant with one day of sign-ins that ends at k_now.
fake::TenantSpec contoso();

struct ChainOptions {
    fake::TenantSpec tenant = contoso();
    fake::Options services;  // `now` is filled; the limit on auditLogs is off unless `throttle`
    bool throttle = false;
    CurlSettings curl;  // authority and addresses are filled unless set
    std::string secret = "contoso-demo-secret";
    Clock* clock = nullptr;  // in place of the chain's own
    Random* random = nullptr;
    // In place of the client secret.
    std::unique_ptr<TokenSource> (*credential)(const SignInContext&) = nullptr;
};

// What a source pushed, one line for each observation, and fact, and what it says of itself.
struct Pulled {
    Coverage coverage;
    std::vector<std::string> rows;
};

class Chain {
public:
    explicit Chain(ChainOptions options = {});
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    fake::FakeTenant tenant;
    test::FakeClock clock{k_now};

    // Half a day up to k_now is one window and so one request for each page.
    UtcTime from = parse_iso_instant("2026-11-22T00:00:00Z").value().at;
    unsigned in_flight = 1;
    std::uint64_t page_limit = 100'000;
    std::stop_source stop;
    WaitObserver on_wait;  // also told; may be empty

    Pulled pull(const LiveSource& source = k_graph_sign_ins);
    // What a pull of such a source works with.
    PullContext context(const LiveSource& source);
    HttpResult get(const std::string& url);

    // Every wait before another attempt, as the retry layer announced it.
    std::vector<WaitNotice> notices() const;
    Waits waits() const;
    // What -v writes.
    const std::string& log() const { return log_text_.text; }
    const HttpClient& innermost() const { return *curl_; }
    HttpClient& traced() { return trace_; }

    // Requests that reached the tenant, by a part of "host/path".
    std::vector<fake::Record> requests(std::string_view part = "signIns") const;
    std::size_t token_requests() const { return requests("/token").size(); }

private:
    test::FakeRandom own_random_;
    Clock& used_clock_;
    Random& random_;
    test::TextSink log_text_;
    Log log_{log_text_, LogLevel::verbose, false};
    std::unique_ptr<CurlHttp> curl_;
    TraceClient trace_;
    std::unique_ptr<TokenSource> source_;
    CachedTokens tokens_;
    BearerClient bearer_;
    mutable std::mutex mutex_;  // guards the notices
    std::vector<WaitNotice> notices_;
    RateLimit rate_{k_sign_in_budget};
    RetryClient paced_;
    RetryClient unpaced_;  // for sources without a documented limit
};

// The rows of an undisturbed pull of the same tenant.
const std::vector<std::string>& whole_half_day();

// A fault on the sign-ins; `nth` empty: always.
Fault on_sign_ins(Action action, std::vector<unsigned> nth = {});
Fault status_on_sign_ins(int status, std::vector<unsigned> nth = {}, std::string retry_after = {});
// Pages of at most so many rows: what a tenant with many rows looks like. Give it last: the first
// rule that fires wins.
Fault short_pages(std::size_t rows = 50);

bool contains(std::string_view text, std::string_view part);

// Always the longest back-off.
class HighRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override {
        std::fill(bytes.begin(), bytes.end(), static_cast<unsigned char>(0xFF));
    }
};

}  // namespace smtpaudit::contract
