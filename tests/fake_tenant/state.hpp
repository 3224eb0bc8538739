// What the services of one tenant share: the description, the hour, the tokens out there.
#pragma once

#include "fake_tenant/service_time.hpp"
#include "fake_tenant/spec.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::fake {

// How the device-code flow goes.
struct DeviceFlow {
    enum class Outcome : std::uint8_t { approved, declined, expired, bad_code };
    unsigned pending_polls = 1;  // answers of authorization_pending before the outcome
    unsigned slow_downs = 0;  // answers of slow_down before those
    Outcome outcome = Outcome::approved;
    std::optional<int> interval = 5;  // seconds; absent: the answer has no interval
    int expires_in = 900;
};

struct TokenOptions {
    std::chrono::seconds life{3599};
    std::string prefix = "fake";  // every token, code and refresh token begins with it
};

struct TokenInfo {
    std::string audience;  // "https://graph.microsoft.com"
    std::string client_id;
    bool delegated = false;
    std::vector<std::string> scopes;  // of a delegated token
    UtcTime expires;
};

// The hosts of one cloud (facts/graph.md 5.10).
struct Cloud {
    std::string_view name;
    std::vector<std::string_view> logins;
    std::vector<std::string_view> resources;  // hosts that a token can be for
    std::string_view exchange;  // one of them
};
std::span<const Cloud> clouds();
const Cloud* cloud_of(std::string_view host);
bool is_login_host(std::string_view host);

// Thread-safe.
class TenantState {
public:
    TenantState(TenantSpec spec, std::optional<UtcTime> start, double scale,
                std::chrono::seconds offset, TokenOptions options)
        : time(start, scale, offset), spec_(std::move(spec)), options_(std::move(options)) {}

    ServiceTime time;

    TenantSpec spec() const;
    std::optional<App> app(std::string_view client_id) const;
    bool is_tenant(std::string_view name) const;  // its id or one of its domains
    Licence licence() const;
    template <typename Change>
    void change(Change change) {
        const std::lock_guard lock(mutex_);
        change(spec_);
    }

    // A string nobody has had before, with the tokens' prefix.
    std::string fresh(std::string_view kind);
    std::string issue(TokenInfo token);  // sets `expires`
    std::optional<TokenInfo> token(const std::string& text) const;
    void revoke(const std::string& text);
    void revoke_all();
    std::chrono::seconds token_life() const;
    void set_token_life(std::chrono::seconds life);

private:
    mutable std::mutex mutex_;
    TenantSpec spec_;
    TokenOptions options_;
    std::map<std::string, TokenInfo> tokens_;
    std::uint64_t issued_ = 0;
};

}  // namespace smtpaudit::fake
