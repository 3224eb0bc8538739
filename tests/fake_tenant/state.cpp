#include "fake_tenant/state.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <algorithm>
#include <random>

namespace smtpaudit::fake {

std::span<const Cloud> clouds() {
    static const std::vector<Cloud> table{
        {"global",
         {"login.microsoftonline.com"},
         {"graph.microsoft.com", "outlook.office365.com", "api.loganalytics.io",
          "api.loganalytics.azure.com"},
         "outlook.office365.com"},
        {"gcc-high",
         {"login.microsoftonline.us"},
         {"graph.microsoft.us", "outlook.office365.us"},
         "outlook.office365.us"},
        {"dod",
         {"login.microsoftonline.us"},
         {"dod-graph.microsoft.us", "outlook-dod.office365.us"},
         "outlook-dod.office365.us"},
        {"china",
         {"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"},
         {"microsoftgraph.chinacloudapi.cn", "outlook.office365.cn"},
         "outlook.office365.cn"}};
    return table;
}

const Cloud* cloud_of(std::string_view host) {
    for (const Cloud& cloud : clouds()) {
        if (std::ranges::find(cloud.resources, host) != cloud.resources.end()) return &cloud;
        if (std::ranges::find(cloud.logins, host) != cloud.logins.end()) return &cloud;
        // Exchange moves its clients to hosts below its own.
        if (host.ends_with("." + std::string(cloud.exchange))) return &cloud;
    }
    return nullptr;
}

bool is_login_host(std::string_view host) {
    return std::ranges::any_of(clouds(), [&](const Cloud& cloud) {
        return std::ranges::find(cloud.logins, host) != cloud.logins.end();
    });
}

TenantSpec TenantState::spec() const {
    const std::lock_guard lock(mutex_);
    return spec_;
}

std::optional<App> TenantState::app(std::string_view client_id) const {
    const std::lock_guard lock(mutex_);
    for (const App& app : spec_.apps)
        if (equals_ignoring_case(app.client_id, client_id)) return app;
    return std::nullopt;
}

bool TenantState::is_tenant(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return equals_ignoring_case(name, spec_.id) ||
           std::ranges::any_of(spec_.domains, [&](const std::string& domain) {
               return equals_ignoring_case(name, domain);
           });
}

Licence TenantState::licence() const {
    const std::lock_guard lock(mutex_);
    return spec_.licence;
}

std::string TenantState::fresh(std::string_view kind) {
    static const std::uint64_t salt = [] {
        std::random_device device;
        return std::uint64_t{device()} << 32U | device();
    }();
    const std::lock_guard lock(mutex_);
    ++issued_;
    return options_.prefix + "." + std::string(kind) + "." +
           sha256_hex(std::to_string(salt) + "/" + std::to_string(issued_)).substr(0, 40);
}

std::string TenantState::issue(TokenInfo token) {
    std::string text = fresh("token");
    const std::lock_guard lock(mutex_);
    token.expires = time.now() + options_.life;
    tokens_[text] = std::move(token);
    return text;
}

std::optional<TokenInfo> TenantState::token(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(text);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
}

void TenantState::revoke(const std::string& text) {
    const std::lock_guard lock(mutex_);
    tokens_.erase(text);
}
void TenantState::revoke_all() {
    const std::lock_guard lock(mutex_);
    tokens_.clear();
}
std::chrono::seconds TenantState::token_life() const {
    const std::lock_guard lock(mutex_);
    return options_.life;
}
void TenantState::set_token_life(std::chrono::seconds life) {
    const std::lock_guard lock(mutex_);
    options_.life = life;
}

}  // namespace smtpaudit::fake
