#include "bench/pacing/tenant_process.hpp"

#include "fake_tenant/fake_tenant.hpp"
#include "fake_tenant/sign_ins.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace smtpaudit::bench {
namespace {

constexpr unsigned k_accounts = 40;

fake::TenantSpec spec_for(const Load& load) {
    fake::TenantSpec spec;
    fake::App app;
    app.client_id = k_app;
    app.secrets = {{"contoso-demo-secret", false}};
    app.permissions = {"AuditLog.Read.All"};
    spec.apps = {app};
    spec.sign_ins.days = k_days;
    spec.sign_ins.end = k_end;
    const unsigned a_day = (load.pages + k_days - 1) / k_days * load.page_rows;
    for (unsigned i = 0; i < k_accounts; ++i) {
        fake::SignInAccount account;
        account.upn = fmt::format("scan{}@contoso.com", i);
        account.name = fmt::format("Scanner {}", i);
        account.addresses = {fmt::format("203.0.113.{}", i + 1)};
        account.user_agent = "BAV2ROPC";
        account.per_day = a_day / k_accounts + (i < a_day % k_accounts ? 1 : 0);
        account.other_per_day = account.per_day / 4;  // must never be on the wire
        spec.sign_ins.accounts.push_back(account);
    }
    return spec;
}

void put(int to, const std::string& text) {
    const std::string line = text + '\0';
    std::size_t sent = 0;
    while (sent < line.size()) {
        const auto wrote = ::write(to, line.data() + sent, line.size() - sent);
        if (wrote <= 0) std::_Exit(1);
        sent += static_cast<std::size_t>(wrote);
    }
}

std::string take(int from) {
    std::string text;
    char c = 0;
    while (::read(from, &c, 1) == 1 && c != '\0') text += c;
    return text;
}

Rows all_rows(const fake::TenantSpec& spec) {
    const fake::SignInLog log(spec, k_end);
    Rows rows;
    for (std::size_t row = 0; row < log.size(); ++row)
        if (log.is_smtp(row)) rows.add(std::get<std::string>(log.property(row, "id")));
    return rows;
}

[[noreturn]] void serve(const Load& load, double scale, int from, int to) {
    const fake::TenantSpec spec = spec_for(load);
    const Rows rows = all_rows(spec);
    fake::Options options;
    options.now = k_end;
    options.time_scale = scale;
    options.latency = load.latency;
    options.throttle.refusals_count = load.refusals_count;
    options.tokens.life = std::chrono::hours(24);
    fake::FakeTenant tenant(spec, options);
    fake::Fault pages;
    pages.path = "signIns";
    pages.action = fake::Action::short_page;
    pages.rows = load.page_rows;
    // Also with whole pages a fault would do no harm, but its answers are not compressed.
    if (load.page_rows < 1000) tenant.plan({pages});
    put(to, std::to_string(tenant.https_port()));
    put(to, tenant.ca_pem());
    put(to, fmt::format("{} {} {}", rows.count, rows.sum, rows.squares));
    char command = 0;
    while (::read(from, &command, 1) == 1) {
        std::uint64_t requests = 0;
        std::uint64_t refused = 0;
        for (const fake::Record& record : tenant.records()) {
            if (!record.path.ends_with("/signIns")) continue;
            ++requests;
            if (record.status == 429) ++refused;
        }
        if (command == 'f') tenant.clear_records();
        put(to, fmt::format("{} {}", requests, refused));
    }
    tenant.stop();
    std::_Exit(0);
}

}  // namespace

void Rows::add(std::string_view id) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    ++count;
    sum += hash;
    squares += hash * (hash | 1U);
}

TenantProcess::TenantProcess(const Load& load, double scale) {
    std::array<int, 2> down{};
    std::array<int, 2> up{};
    if (::pipe(down.data()) != 0 || ::pipe(up.data()) != 0 || (child_ = ::fork()) < 0) {
        std::perror("bench_pacing");
        std::exit(1);
    }
    if (child_ == 0) {
        ::close(down[1]);
        ::close(up[0]);
        serve(load, scale, down[0], up[1]);
    }
    ::close(down[0]);
    ::close(up[1]);
    to_ = down[1];
    from_ = up[0];
    port_ = take(from_);
    ca_pem_ = take(from_);
    std::istringstream(take(from_)) >> rows_.count >> rows_.sum >> rows_.squares;
}

TenantProcess::~TenantProcess() {
    ::close(to_);  // it ends by itself when we are gone
    ::close(from_);
    ::waitpid(child_, nullptr, 0);
}

std::string TenantProcess::ask(char command) {
    if (::write(to_, &command, 1) != 1) return {};
    return take(from_);
}

void TenantProcess::forget() { (void)ask('f'); }

TenantCounts TenantProcess::counts() {
    TenantCounts counts;
    std::istringstream(ask('c')) >> counts.requests >> counts.refused;
    return counts;
}

}  // namespace smtpaudit::bench
