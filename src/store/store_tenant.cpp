// Whose history it is.
#include "store/store.hpp"

#include <algorithm>

namespace smtpaudit {
namespace {

// A domain of fewer accounts may be a stray sender of another company (Send As).
constexpr std::size_t k_least_share = 10;  // one in ten of the largest domain's

std::vector<std::string> main_domains(const TenantIdentity& identity) {
    std::size_t largest = 0;
    for (const auto& [domain, accounts] : identity.domains) largest = std::max(largest, accounts);
    std::vector<std::string> domains;
    for (const auto& [domain, accounts] : identity.domains)
        if (accounts * k_least_share >= largest && !domain.empty()) domains.push_back(domain);
    return domains;
}

std::string name_of(const TenantIdentity& identity) {
    if (identity.name) return *identity.name;
    const auto largest =
        std::max_element(identity.domains.begin(), identity.domains.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (largest != identity.domains.end()) return largest->first;
    return identity.id.value_or("");
}

}  // namespace

Result<std::optional<std::int64_t>> Store::find_tenant(const TenantIdentity& identity) const {
    if (identity.id) {
        SA_TRY(Statement by_id, db_.prepare("SELECT id FROM tenant WHERE tenant_id = ?"));
        SA_TRY(const bool found, by_id.bind(1, identity.id).step());
        if (found) return std::optional(by_id.number(0));
    }
    // The tenant that shares most accounts' domains; one with another id is another tenant.
    std::map<std::int64_t, std::size_t> shared;
    SA_TRY(Statement by_domain,
           db_.prepare("SELECT tenant.id, tenant_id FROM tenant_domain JOIN tenant ON tenant.id = "
                       "tenant WHERE domain = ?"));
    for (const std::string& domain : main_domains(identity)) {
        SA_TRY(const bool found, by_domain.bind(1, std::string_view(domain)).step());
        if (found && !(identity.id && by_domain.optional_text(1)))
            shared[by_domain.number(0)] += identity.domains.at(domain);
        by_domain.reset();
    }
    const auto most =
        std::max_element(shared.begin(), shared.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == shared.end()) return std::optional<std::int64_t>();
    return std::optional(most->first);
}

Result<std::int64_t> Store::tenant(const TenantIdentity& identity) {
    SA_TRY(const StoreLock held, lock());
    SA_TRY(Transaction change, Transaction::begin(db_));
    SA_TRY(const std::optional<std::int64_t> found, find_tenant(identity));
    std::int64_t key = found.value_or(0);
    const std::string name = name_of(identity);
    if (!found) {
        SA_TRY(Statement add, db_.prepare("INSERT INTO tenant(tenant_id, name) VALUES(?,?)"));
        SA_CHECK(add.bind(1, identity.id).bind(2, std::string_view(name)).run());
        key = db_.last_id();
    } else if (identity.id || identity.name) {
        SA_TRY(Statement name_it,
               db_.prepare("UPDATE tenant SET tenant_id = coalesce(tenant_id, ?1), name = "
                           "coalesce(?2, name) WHERE id = ?3 AND (tenant_id IS NULL AND ?1 IS NOT "
                           "NULL OR name <> ?2)"));
        SA_CHECK(name_it.bind(1, identity.id).bind(2, identity.name).bind(3, key).run());
    }
    SA_TRY(Statement add_domain,
           db_.prepare("INSERT OR IGNORE INTO tenant_domain(domain, tenant) VALUES(?,?)"));
    for (const std::string& domain : main_domains(identity))
        SA_CHECK(add_domain.bind(1, std::string_view(domain)).bind(2, key).run());
    SA_CHECK(change.commit());
    return key;
}

Result<std::vector<HistoryTenant>> Store::tenants() const {
    std::vector<HistoryTenant> tenants;
    SA_TRY(Statement read, db_.prepare("SELECT id, tenant_id, name FROM tenant ORDER BY name, id"));
    for (;;) {
        SA_TRY(const bool more, read.step());
        if (!more) return tenants;
        tenants.push_back({read.number(0), read.optional_text(1), std::string(read.text(2))});
    }
}

}  // namespace smtpaudit
