#include "app/tenants_watch.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

constexpr std::chrono::milliseconds k_every{200};

}  // namespace

TenantsWatch::TenantsWatch(StatusLine& line, const Clock& clock, const Options& options)
    : line_(line), clock_(clock), next_(clock.steady_now()) {
    for (const TenantTable& table : options.tenants) tenants_.push_back({table.name, {}});
}

void TenantsWatch::say(std::size_t tenant, std::string_view text) {
    const std::lock_guard lock(mutex_);
    tenants_[tenant].text = text;
    if (!text.empty()) show();
}

void TenantsWatch::done(std::size_t tenant, bool failed) {
    const std::lock_guard lock(mutex_);
    tenants_[tenant].text.clear();
    ++done_;
    if (failed) ++failed_;
    show();
}

std::string TenantsWatch::words() const {
    std::string text = fmt::format("tenants: {} of {} done", done_, tenants_.size());
    if (failed_ > 0) text += fmt::format(", {} failed", failed_);
    for (const Tenant& tenant : tenants_)
        if (!tenant.text.empty()) text += fmt::format(" · {}: {}", tenant.name, tenant.text);
    return text;
}

// Each tenant would write several times in a second: the screen takes one.
void TenantsWatch::show() {
    if (!line_.is_shown()) return;
    const auto now = clock_.steady_now();
    if (now < next_) return;
    next_ = now + k_every;
    line_.show(words());
}

}  // namespace smtpaudit
