// Measures the pull of sign-ins against the service's limit, beside a plain loop that follows
// nextLink and obeys Retry-After. See docs/performance.md. A measurement, never a test.
//
//   bench_pacing [--pages N] [--rows N] [--scale N] [CASE...]
#include "bench/pacing/tenant_process.hpp"

#include "auth/bearer.hpp"
#include "auth/client_secret.hpp"
#include "net/curl_http.hpp"
#include "net/retry.hpp"
#include "net/retry_after.hpp"
#include "sources/graph_sign_ins.hpp"
#include "sources/sign_in_windows.hpp"
#include "support/scaled_clock.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpaudit;
using namespace smtpaudit::bench;
using namespace std::chrono_literals;

namespace {

struct Case {
    std::string_view name;
    Load load;
};
constexpr Case k_cases[] = {
    {"quick", {.pages = 1000, .latency = 300ms, .refusals_count = true}},
    {"slow", {.pages = 300, .latency = 3000ms, .refusals_count = true}},
    {"lenient", {.pages = 300, .latency = 300ms, .refusals_count = false}},
};

struct Measured {
    double seconds = 0;  // of the service
    double cpu_ms = 0;  // of this process, in all
    std::uint64_t pages = 0;
    Rows rows;
    TenantCounts counts;
    double early_mib = 0, late_mib = 0;  // resident, after a quarter of the pages and at the end
    std::string trouble;  // empty: none
};

double cpu_ms() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    statm >> pages >> pages;
    return pages * 4096 / 1024 / 1024;
}

class CountingSink final : public EvidenceSink {
public:
    explicit CountingSink(Rows& rows) : rows_(rows) {}
    void observe(const Observation& seen) override { rows_.add(seen.record_id); }
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts&) override {}

private:
    Rows& rows_;
};

std::unique_ptr<CurlHttp> make_curl(const TenantProcess& tenant) {
    CurlSettings settings;
    settings.user_agent = "smtpaudit/bench";
    settings.ca_blob = tenant.ca_pem();
    settings.connect_to = {tenant.connect_to()};
    return CurlHttp::create(std::move(settings)).value();
}

// What both clients have: one token, which outlives the run.
struct Parts {
    TenantProcess& tenant;
    test::ScaledClock clock;
    SystemRandom random;
    std::unique_ptr<CurlHttp> curl;
    std::unique_ptr<TokenSource> source;
    CachedTokens tokens;
    BearerClient bearer;

    Parts(TenantProcess& process, double scale)
        : tenant(process),
          clock(k_end, scale),
          curl(make_curl(process)),
          source(client_secret_source({*curl, clock, random},
                                      {all_clouds().data(), "contoso.onmicrosoft.com", k_app},
                                      Secret("contoso-demo-secret"))),
          tokens(*source, clock),
          bearer(*curl, tokens, all_clouds().front().services()) {
        (void)tokens.get("https://graph.microsoft.com", {});
    }
    double seconds_since(std::chrono::steady_clock::time_point start) const {
        return std::chrono::duration<double>(clock.steady_now() - start).count();
    }
};

Measured pull(TenantProcess& tenant, const Load& load, double scale) {
    Parts parts(tenant, scale);
    RateLimit rate(k_sign_in_budget);
    RetryClient retry(parts.bearer, {parts.clock, parts.random, RetryPolicy{}, &rate, {}});
    Measured out;
    CountingSink sink(out.rows);
    PullContext context{.http = retry,
                        .clock = parts.clock,
                        .graph_url = "https://graph.microsoft.com",
                        .from = k_end - std::chrono::days(k_days),
                        .to = k_end,
                        .progress = {},
                        .stop = {}};
    context.progress = [&](const PullProgress& progress) {
        if (progress.pages == load.pages / 4) out.early_mib = resident_mib();
    };
    tenant.forget();
    const double cpu = cpu_ms();
    const auto start = parts.clock.steady_now();
    const Coverage coverage = k_graph_sign_ins.pull(context, sink);
    out.seconds = parts.seconds_since(start);
    out.cpu_ms = cpu_ms() - cpu;
    out.late_mib = resident_mib();
    out.pages = coverage.files;
    out.counts = tenant.counts();
    if (coverage.state != CoverageState::complete) out.trouble = coverage.reason;
    for (const std::string& note : coverage.notes)
        if (note.find("protocol") != std::string::npos) out.trouble += note;
    return out;
}

// What a short script does: one question, page after page, and the wait it is told to make.
Measured follow_links(TenantProcess& tenant, double scale) {
    Parts parts(tenant, scale);
    Measured out;
    tenant.forget();
    const auto start = parts.clock.steady_now();
    HttpRequest request;
    request.url = sign_ins_url("https://graph.microsoft.com", SignInApi::beta,
                               {k_end - std::chrono::days(k_days), k_end});
    while (!request.url.empty()) {
        const HttpResult answer = parts.bearer.send(request, {});
        if (answer && answer->status == 429) {
            const auto wait = retry_after_of(*answer, parts.clock.now());
            parts.clock.sleep_for(wait.value_or(10s), {});
            continue;
        }
        if (!answer || answer->status != 200) {
            out.trouble = answer ? describe_failure(*answer) : answer.error().message;
            break;
        }
        const auto page = nlohmann::json::parse(answer->body, nullptr, false);
        for (const auto& row : page.at("value")) out.rows.add(row.at("id").get<std::string>());
        ++out.pages;
        request.url = page.value("@odata.nextLink", "");
    }
    out.seconds = parts.seconds_since(start);
    out.counts = tenant.counts();
    return out;
}

std::string verdict(bool good) { return good ? "" : "  <- over its aim"; }

void report(const Case& chosen, const Measured& ours, const Measured& plain, const Rows& all) {
    const Load& load = chosen.load;
    // Microsoft's numbers: 5 requests in 10 s.
    const double floor = (static_cast<double>(ours.pages) - 5) / 0.5;
    const double page_s = static_cast<double>(load.latency.count()) / 1e3;
    const double over = (ours.seconds - page_s) / floor - 1;
    const double refused =
        static_cast<double>(ours.counts.refused) / static_cast<double>(ours.counts.requests);
    const double ratio = plain.seconds / ours.seconds;
    const double least = load.latency >= 3s ? 1.5 : load.refusals_count ? 1.7 : 0;
    const double cpu = ours.cpu_ms / static_cast<double>(ours.pages);
    fmt::print("{}: {} pages of {} rows, {:.1f} s a page, refused requests {}\n", chosen.name,
               ours.pages, load.page_rows, page_s, load.refusals_count ? "count" : "do not count");
    fmt::print("  pull        {:8.1f} s, {:+.1f} % over (pages - 5) / 0.5 and one page{}\n",
               ours.seconds, over * 100, verdict(over <= 0.06));
    fmt::print("  429         {} of {} requests, {:.2f} %{}\n", ours.counts.refused,
               ours.counts.requests, refused * 100, verdict(refused <= 0.01));
    fmt::print("  plain loop  {:8.1f} s, {} of {} requests refused: {:.2f} times as long{}\n",
               plain.seconds, plain.counts.refused, plain.counts.requests, ratio,
               verdict(ratio >= least));
    fmt::print("  CPU         {:.2f} ms a page{}\n", cpu, verdict(cpu <= 12));
    fmt::print("  memory      {:.1f} MiB after a quarter of the pages, {:.1f} MiB at the end\n",
               ours.early_mib, ours.late_mib);
    const bool whole = ours.rows == all && plain.rows == all;
    fmt::print("  rows        {} of {}, {}\n", ours.rows.count, all.count,
               whole ? "each once, in both clients" : "NOT each once");
    for (const Measured* each : {&ours, &plain})
        if (!each->trouble.empty()) fmt::print("  TROUBLE     {}\n", each->trouble);
    std::fflush(stdout);
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
    return value;
}

}  // namespace

int main(int count, char** arguments) {
    double scale = 20;
    std::optional<unsigned> pages;
    std::optional<unsigned> rows;
    std::vector<std::string_view> names;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = arguments[i];
        const auto value = i + 1 < count ? number(arguments[i + 1]) : std::nullopt;
        if (word == "--scale" && value) {
            scale = *value;
            ++i;
        } else if ((word == "--pages" || word == "--rows") && value) {
            (word == "--pages" ? pages : rows) = value;
            ++i;
        } else if (!word.starts_with('-')) {
            names.push_back(word);
        } else {
            fmt::print(stderr,
                       "bench_pacing [--pages N] [--rows N] [--scale N] [quick] [slow] "
                       "[lenient]\n");
            return 2;
        }
    }
    for (Case chosen : k_cases) {
        if (!names.empty() && std::find(names.begin(), names.end(), chosen.name) == names.end())
            continue;
        if (pages) chosen.load.pages = *pages;
        if (rows) chosen.load.page_rows = std::min(*rows, 1000U);
        // A tenant for each, so that no one finds the other's bucket empty.
        TenantProcess for_us(chosen.load, scale);
        const Measured ours = pull(for_us, chosen.load, scale);
        TenantProcess for_it(chosen.load, scale);
        const Measured plain = follow_links(for_it, scale);
        report(chosen, ours, plain, for_us.rows());
    }
    return 0;
}
