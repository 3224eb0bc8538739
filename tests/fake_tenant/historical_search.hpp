// Start-HistoricalSearch and Get-HistoricalSearch: jobs that end after some polls, and the file of
// one (facts/exchange.md 1.4, 2.1).
#pragma once

#include "fake_tenant/sign_ins.hpp"
#include "fake_tenant/state.hpp"

#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace smtpaudit::fake {

// Thread-safe.
class HistoricalSearches {
public:
    // `on_done` gets the name and the bytes of a finished job's file; may be empty.
    using OnDone = std::function<void(const std::string& name, const std::string& bytes)>;
    HistoricalSearches(TenantState& state, OnDone on_done)
        : state_(state), on_done_(std::move(on_done)) {}

    // Rows as Exchange gives them; the error is its message.
    using Rows = tl::expected<nlohmann::json, std::string>;
    Rows start(const nlohmann::json& parameters);
    Rows get(const nlohmann::json& parameters);

private:
    struct Job {
        std::string id, title, type;
        std::vector<std::string> notify;
        UtcTime submitted, from, to;
        unsigned polls = 0;
        bool told = false;  // on_done was called
    };
    nlohmann::json row(Job& job);

    TenantState& state_;
    OnDone on_done_;
    std::mutex mutex_;
    std::vector<Job> jobs_;
};

// The SmtpCSReport of the tenant's successful SMTP sign-ins in [from, to), one row for each, as
// UTF-8 CSV; `rows` counts them.
std::string smtp_cs_report(const TenantSpec& tenant, UtcTime now, UtcTime from, UtcTime to,
                           std::size_t& rows);
// UTF-16 with BOM, as Exchange writes its files.
std::string as_utf16(std::string_view ascii);

}  // namespace smtpaudit::fake
