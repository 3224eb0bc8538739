#include "app/tenant_context.hpp"

#include "app/config.hpp"
#include "auth/clouds.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <array>
#include <utility>

namespace smtpaudit {
namespace {

constexpr int k_usual_jobs = 8;
constexpr int k_most_jobs = 64;
constexpr std::array<std::string_view, 2> k_secrets = {"AZURE_CLIENT_SECRET",
                                                       "AZURE_CLIENT_CERTIFICATE_PASSWORD"};

using Place = std::optional<std::string> SignInOptions::*;
// A credential that is typed decides, so none of the table's may be asked before it.
constexpr std::array<Place, 3> k_credentials = {&SignInOptions::certificate,
                                                &SignInOptions::client_secret_file,
                                                &SignInOptions::federated_token_file};
constexpr std::array<Place, 5> k_others = {&SignInOptions::client_id, &SignInOptions::cloud,
                                           &SignInOptions::auth, &SignInOptions::proxy,
                                           &SignInOptions::ca_bundle};

Options options_of(Options options, const TenantTable& table) {
    SignInOptions& typed = options.sign_in;
    bool has_credential = false;
    for (const Place place : k_credentials) has_credential |= (typed.*place).has_value();
    for (const Place place : k_credentials)
        if (!has_credential) typed.*place = table.sign_in.*place;
    for (const Place place : k_others)
        if (!(typed.*place) && !(has_credential && place == &SignInOptions::auth))
            typed.*place = table.sign_in.*place;
    typed.tenant = table.sign_in.tenant;
    options.tenant_name = table.name;
    const auto fill = [&](std::string& path) {
        path = with_tenant_name(std::move(path), table.name);
    };
    for (auto* path :
         {&options.output, &options.baseline, &options.accept, &options.inventory, &options.store})
        if (*path) fill(**path);
    for (auto* paths : {&options.files, &options.eml, &options.out})
        for (std::string& path : *paths) fill(path);
    return options;
}

// Its own secret before the one that is for all.
World world_of(World world, const TenantTable& table) {
    if (!world.environment) return world;
    world.environment = [all = world.environment, name = table.name](
                            std::string_view variable) -> std::optional<std::string> {
        for (const std::string_view secret : k_secrets) {
            if (variable != secret) continue;
            if (auto own = all(tenant_variable(variable, name)); own && !own->empty()) return own;
        }
        return all(variable);
    };
    return world;
}

World unattended(World world) {
    world.err_is_terminal = false;
    return world;
}

Result<void> check_paths(const char* option, const std::vector<std::string>& paths) {
    for (const std::string& path : paths)
        if (path.find(k_tenant_place) == std::string::npos)
            return fail(Errc::usage,
                        fmt::format("{}{}: of which tenant is it? With --all-tenants write "
                                    "{{tenant}} where its name stands, for example {}",
                                    option, printable(path), "reports/{tenant}"));
    return {};
}

std::vector<std::string> names_of(const std::vector<TenantTable>& tables) {
    std::vector<std::string> names;
    for (const TenantTable& table : tables) names.push_back(table.name);
    return names;
}

}  // namespace

std::string with_tenant_name(std::string path, const std::string& name) {
    for (auto at = path.find(k_tenant_place); at != std::string::npos;
         at = path.find(k_tenant_place, at + name.size()))
        path.replace(at, k_tenant_place.size(), name);
    return path;
}

TenantContext::TenantContext(const CommandContext& base, const TenantTable& table)
    : table_(table),
      options_(options_of(base.options, table)),
      world_(world_of(base.world, table)),
      context_{options_, world_, base.log, base.status} {}

TenantContext::TenantContext(const CommandContext& base, const TenantTable& table,
                             TenantsWatch& watch, std::size_t place)
    : table_(table),
      options_(options_of(base.options, table)),
      world_(unattended(world_of(base.world, table))),
      status_(std::in_place, base.status,
              [&watch, place](std::string_view text) { watch.say(place, text); }),
      log_(std::in_place, base.status, base.log.level(), base.options.log_json, table.name),
      context_{options_, world_, *log_, *status_} {}

Result<int> for_named_tenant(CommandContext& context, Result<int> (*command)(CommandContext&)) {
    const Options& options = context.options;
    if (options.jobs && !options.all_tenants)
        return fail(Errc::usage, "--jobs: is for --all-tenants");
    const auto& name = options.sign_in.tenant;
    if (!name || options.tenants.empty()) return command(context);
    for (const TenantTable& table : options.tenants)
        if (table.name == *name) {
            TenantContext tenant(context, table);
            return command(tenant.context());
        }
    if (check_tenant(*name)) return command(context);
    return fail(Errc::usage,
                fmt::format("--tenant: \"{}\" is no domain, no id, and no tenant of the "
                            "settings file, which has {}",
                            printable(*name), join(names_of(options.tenants), ", ")));
}

Result<std::vector<std::unique_ptr<TenantContext>>> all_tenants(const CommandContext& context,
                                                                TenantsWatch& watch) {
    const Options& o = context.options;
    if (o.sign_in.tenant)
        return fail(Errc::usage, "--tenant and --all-tenants exclude each other; leave one out");
    if (o.tenants.empty())
        return fail(Errc::usage,
                    "--all-tenants: the settings file names no tenant; add a table [tenant.NAME] "
                    "for each (docs/many-tenants.md), or name the file with --config");
    if (o.sign_ins_from && o.sign_ins_from->starts_with("log-analytics"))
        return fail(Errc::usage,
                    "--sign-ins-from log-analytics names the workspace of one tenant, whose rows "
                    "each tenant would count; scan that tenant alone with --tenant NAME");
    SA_CHECK(check_paths("", o.files));
    SA_CHECK(check_paths("--eml ", o.eml));
    if (o.baseline) SA_CHECK(check_paths("--baseline ", {*o.baseline}));
    std::vector<std::unique_ptr<TenantContext>> tenants;
    for (std::size_t i = 0; i < o.tenants.size(); ++i) {
        const TenantTable& table = o.tenants[i];
        tenants.push_back(std::make_unique<TenantContext>(context, table, watch, i));
        const auto& auth = tenants.back()->context().options.sign_in.auth;
        const auto& way = auth ? auth : o.configured_sign_in.auth;
        if (way == "browser" || way == "device-code")
            return fail(Errc::usage,
                        fmt::format("{}: [tenant.{}]: {} needs a person, so it cannot be one of "
                                    "--all-tenants; scan it alone with --tenant {}",
                                    table.place, table.name, *way, table.name));
    }
    return tenants;
}

Result<std::size_t> tenant_jobs(const Options& options) {
    const int jobs = options.jobs.value_or(k_usual_jobs);
    if (jobs < 1 || jobs > k_most_jobs)
        return fail(Errc::usage, fmt::format("--jobs: {} is not from 1 to {}", jobs, k_most_jobs));
    return static_cast<std::size_t>(jobs);
}

Error in_table(const TenantTable& table, Error error) {
    if (error.code == Errc::input || error.code == Errc::usage)
        error.message = fmt::format("{}: [tenant.{}]: {}", table.place, table.name, error.message);
    return error;
}

Result<std::unique_ptr<Session>> open_session(TenantContext& tenant) {
    auto session = Session::open(tenant.context());
    if (session) return session;
    Error error = in_table(tenant.table(), std::move(session).error());
    // It names options and variables; a table spells the first differently.
    if (error.code == Errc::usage)
        error.message += fmt::format(
            "; in its table an option is a key (client-id = \"…\"), and a secret of its "
            "own stands in {}",
            tenant_variable("AZURE_CLIENT_SECRET", tenant.table().name));
    return tl::unexpected(std::move(error));
}

}  // namespace smtpaudit
