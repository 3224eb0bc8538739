// What a command works with when it looks at one [tenant.NAME] of the settings file: the options as
// if they were typed for that tenant, its own secrets, and its name in every line of the log.
#pragma once

#include "app/commands.hpp"
#include "app/session.hpp"
#include "app/tenants_watch.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Stands for the tenant's name in --out, --output, --baseline, --accept, --inventory, --eml, --store
// and FILE.
inline constexpr std::string_view k_tenant_place = "{tenant}";
std::string with_tenant_name(std::string path, const std::string& name);

class TenantContext {
public:
    // The one that --tenant names. `base` and `table` outlive it.
    TenantContext(const CommandContext& base, const TenantTable& table);
    // One of several at work: it has no terminal to ask a person on, and its progress is a part of
    // the line that `watch` keeps.
    TenantContext(const CommandContext& base, const TenantTable& table, TenantsWatch& watch,
                  std::size_t place);
    TenantContext(const TenantContext&) = delete;
    TenantContext& operator=(const TenantContext&) = delete;

    const TenantTable& table() const { return table_; }
    CommandContext& context() { return context_; }

private:
    const TenantTable& table_;
    Options options_;
    World world_;
    std::optional<StatusLine> status_;
    std::optional<Log> log_;
    CommandContext context_;
};

// Runs `command` for the tenant that --tenant names in the settings file; else as it is. A --tenant
// that is no domain, no id and no such name is Errc::usage.
Result<int> for_named_tenant(CommandContext& context, Result<int> (*command)(CommandContext&));

// The tenants of --all-tenants, in the order of their names. None, or an option that only one tenant
// can have: Errc::usage.
Result<std::vector<std::unique_ptr<TenantContext>>> all_tenants(const CommandContext& context,
                                                                TenantsWatch& watch);
// How many at a time.
Result<std::size_t> tenant_jobs(const Options& options);
// An error in what one tenant was given, with the place of its table.
Error in_table(const TenantTable& table, Error error);
// Session::open, its errors with the place of the table.
Result<std::unique_ptr<Session>> open_session(TenantContext& tenant);

}  // namespace smtpaudit
