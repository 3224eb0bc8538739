// A fake tenant in a process of its own, so that what is measured is the client alone.
#pragma once

#include "base/time.hpp"

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpaudit::bench {

inline constexpr int k_days = 29;
inline constexpr const char* k_app = "a0a0a0a0-1111-4222-8333-555555555555";
inline const UtcTime k_end = parse_iso_instant("2026-11-22T00:00:00Z").value().at;

struct Load {
    unsigned pages = 1000;  // rounded up to whole pages for each of the days
    std::chrono::milliseconds latency{300};  // of each page, in service time
    bool refusals_count = true;
    // Fewer than the service's 1,000 cost this machine less, so that time can run faster.
    unsigned page_rows = 1000;
};

// Which rows came, in any order, in a few bytes: two lists with the same rows are equal, and one
// with a row lost or doubled is not.
struct Rows {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    std::uint64_t squares = 0;
    void add(std::string_view id);
    friend bool operator==(const Rows&, const Rows&) = default;
};

struct TenantCounts {
    std::uint64_t requests = 0;  // for sign-ins
    std::uint64_t refused = 0;  // of those, with 429
};

// Forks: call it before any thread is started.
class TenantProcess {
public:
    TenantProcess(const Load& load, double scale);
    TenantProcess(const TenantProcess&) = delete;
    TenantProcess& operator=(const TenantProcess&) = delete;
    ~TenantProcess();

    const std::string& ca_pem() const { return ca_pem_; }
    std::string connect_to() const { return "::127.0.0.1:" + port_; }
    const Rows& rows() const { return rows_; }  // every SMTP row that the tenant has
    void forget();
    TenantCounts counts();

private:
    std::string ask(char command);
    pid_t child_ = -1;
    int to_ = -1, from_ = -1;
    std::string port_, ca_pem_;
    Rows rows_;
};

}  // namespace smtpaudit::bench
