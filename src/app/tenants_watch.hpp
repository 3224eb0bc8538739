// The one line of progress that several tenants at work share.
#pragma once

#include "app/options.hpp"
#include "app/status_line.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// "tenants: 3 of 24 done, 1 failed · contoso: sign-ins: 12 pages · fabrikam: …". Thread-safe.
class TenantsWatch {
public:
    // `options.tenants` are at work.
    TenantsWatch(StatusLine& line, const Clock& clock, const Options& options);

    // What the tenant is doing; empty: nothing that is worth a word.
    void say(std::size_t tenant, std::string_view text);
    void done(std::size_t tenant, bool failed);
    void clear() { line_.clear(); }

private:
    struct Tenant {
        std::string name, text;
    };
    std::string words() const;
    void show();

    StatusLine& line_;
    const Clock& clock_;
    std::mutex mutex_;
    std::vector<Tenant> tenants_;
    std::size_t done_ = 0, failed_ = 0;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace smtpaudit
