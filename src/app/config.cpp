#include "app/config.hpp"

#include "auth/clouds.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{256} * 1024;

// A key of a section; its name is the long option without its dashes. It has one of the places.
struct Key {
    std::string_view section, name;
    std::optional<std::string> Options::*text = nullptr;
    std::optional<int> Options::*number = nullptr;
    std::vector<std::string> Options::*list = nullptr;
    std::optional<std::string> SignInOptions::*sign_in = nullptr;
};
constexpr Key k_keys[] = {
    {.section = "rank", .name = "date-format", .text = &Options::date_format},
    {.section = "rank", .name = "time-zone", .text = &Options::time_zone},
    {.section = "rank", .name = "columns", .text = &Options::columns},
    {.section = "rank", .name = "inventory", .text = &Options::inventory},
    {.section = "rank", .name = "products", .text = &Options::products},
    {.section = "rank", .name = "cutoff", .text = &Options::cutoff},
    {.section = "rank", .name = "timeline", .text = &Options::timeline},
    {.section = "rank", .name = "weights", .text = &Options::weights},
    {.section = "rank", .name = "format", .text = &Options::format},
    {.section = "rank", .name = "only", .text = &Options::only},
    {.section = "rank", .name = "min-band", .text = &Options::min_band},
    {.section = "rank", .name = "fail-on", .text = &Options::fail_on},
    {.section = "rank", .name = "redact-key", .text = &Options::redact_key},
    {.section = "rank", .name = "accept", .text = &Options::accept},
    {.section = "rank", .name = "baseline", .text = &Options::baseline},
    {.section = "rank", .name = "store", .text = &Options::store},
    {.section = "rank", .name = "window", .number = &Options::window},
    {.section = "rank", .name = "period", .number = &Options::period},
    {.section = "rank", .name = "top", .number = &Options::top},
    {.section = "scan", .name = "sources", .list = &Options::sources},
    {.section = "scan", .name = "sign-ins-from", .text = &Options::sign_ins_from},
    {.section = "scan", .name = "trace-budget", .number = &Options::trace_budget},
    {.section = "sign-in", .name = "tenant", .sign_in = &SignInOptions::tenant},
    {.section = "sign-in", .name = "client-id", .sign_in = &SignInOptions::client_id},
    {.section = "sign-in", .name = "cloud", .sign_in = &SignInOptions::cloud},
    {.section = "sign-in", .name = "auth", .sign_in = &SignInOptions::auth},
    {.section = "sign-in", .name = "certificate", .sign_in = &SignInOptions::certificate},
    {.section = "sign-in",
     .name = "client-secret-file",
     .sign_in = &SignInOptions::client_secret_file},
    {.section = "sign-in",
     .name = "federated-token-file",
     .sign_in = &SignInOptions::federated_token_file},
    {.section = "sign-in", .name = "proxy", .sign_in = &SignInOptions::proxy},
    {.section = "sign-in", .name = "ca-bundle", .sign_in = &SignInOptions::ca_bundle},
};

std::string section_names() {
    std::vector<std::string> names;
    for (const Key& key : k_keys) {
        std::string name = fmt::format("[{}]", key.section);
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    names.emplace_back("[tenant.NAME]");
    return join(names, ", ");
}

std::string place(const std::string& path, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

Result<std::string> text_of(const toml::node& node, std::string_view key, const std::string& at) {
    const auto value = node.value_exact<std::string>();
    if (!value) return fail(Errc::input, fmt::format("{}: \"{}\" is no text", at, key));
    return *value;
}

Result<int> number_of(const toml::node& node, std::string_view key, const std::string& at) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > 1'000'000'000)
        return fail(Errc::input, fmt::format("{}: \"{}\" is no whole number", at, key));
    return static_cast<int>(*value);
}

Result<std::vector<std::string>> list_of(const toml::node& node, std::string_view key,
                                         const std::string& at) {
    const toml::array* array = node.as_array();
    if (array == nullptr)
        return fail(Errc::input,
                    fmt::format("{}: \"{}\" is no list; write it as [\"a\", \"b\"]", at, key));
    std::vector<std::string> texts;
    for (const toml::node& element : *array) {
        SA_TRY(std::string text, text_of(element, key, at));
        texts.push_back(std::move(text));
    }
    return texts;
}

// What was given on the command line stays.
Result<void> read_key(std::string_view section, const toml::key& toml_key, const toml::node& node,
                      const std::string& path, Options& options) {
    const std::string_view name = toml_key.str();
    const std::string at = place(path, toml_key.source());
    const auto* const key = std::find_if(std::begin(k_keys), std::end(k_keys), [&](const Key& k) {
        return k.section == section && k.name == name;
    });
    if (key == std::end(k_keys))
        return fail(Errc::input, fmt::format("{}: there is no setting \"{}\" in [{}]", at,
                                             printable(name), section));
    if (key->number != nullptr) {
        SA_TRY(const int number, number_of(node, name, at));
        if (!(options.*key->number)) options.*key->number = number;
    } else if (key->list != nullptr) {
        SA_TRY(std::vector<std::string> list, list_of(node, name, at));
        if ((options.*key->list).empty()) options.*key->list = std::move(list);
    } else {
        SA_TRY(std::string text, text_of(node, name, at));
        auto& place =
            key->text != nullptr ? options.*key->text : options.configured_sign_in.*key->sign_in;
        if (!place) place = std::move(text);
    }
    return {};
}

// A name stands in paths and, in capitals, in names of variables.
constexpr std::size_t k_longest_name = 64;

bool is_tenant_name(std::string_view name) {
    return !name.empty() && name.size() <= k_longest_name && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
           });
}

Result<void> read_tenant_key(const toml::key& toml_key, const toml::node& node,
                             const std::string& path, TenantTable& tenant) {
    const std::string at = place(path, toml_key.source());
    const auto* const key = std::find_if(std::begin(k_keys), std::end(k_keys), [&](const Key& k) {
        return k.sign_in != nullptr && k.name == toml_key.str();
    });
    if (key == std::end(k_keys))
        return fail(Errc::input, fmt::format("{}: there is no setting \"{}\" in [tenant.{}]{}", at,
                                             toml_key.str(), tenant.name,
                                             node.is_table() ? "; a name has no dots" : ""));
    SA_TRY(tenant.sign_in.*key->sign_in, text_of(node, toml_key.str(), at));
    return {};
}

// Which tenant it is must be told, and by one table alone: else it would be counted twice.
Result<void> check_tenant_table(const TenantTable& tenant, const std::vector<TenantTable>& others) {
    const std::string at = fmt::format("{}: [tenant.{}]", tenant.place, tenant.name);
    if (!tenant.sign_in.tenant)
        return fail(Errc::input, fmt::format("{} does not say which tenant; add tenant = "
                                             "\"contoso.onmicrosoft.com\", or its id",
                                             at));
    if (const auto checked = check_tenant(*tenant.sign_in.tenant); !checked)
        return fail(Errc::input, fmt::format("{}: {}", at, checked.error().message));
    for (const TenantTable& other : others) {
        if (fold_case(*other.sign_in.tenant) == fold_case(*tenant.sign_in.tenant))
            return fail(Errc::input, fmt::format("{} and [tenant.{}] are one tenant, {}; leave one "
                                                 "of them out",
                                                 at, other.name, *tenant.sign_in.tenant));
        if (tenant_variable("", other.name) == tenant_variable("", tenant.name))
            return fail(Errc::input, fmt::format("{} and [tenant.{}] would have the same variables "
                                                 "of the environment; rename one of them",
                                                 at, other.name));
    }
    return {};
}

Result<void> read_tenants(const toml::table& tables, const std::string& path, Options& options) {
    for (const auto& [key, node] : tables) {
        TenantTable tenant;
        tenant.name = std::string(key.str());
        tenant.place = place(path, key.source());
        const toml::table* inside = node.as_table();
        if (inside == nullptr || !is_tenant_name(tenant.name))
            return fail(Errc::input,
                        fmt::format("{}: \"{}\" is no tenant: write a table [tenant.NAME], its "
                                    "name of letters, digits, - and _",
                                    tenant.place, printable(tenant.name)));
        for (const auto& [name, value] : *inside)
            SA_CHECK(read_tenant_key(name, value, path, tenant));
        SA_CHECK(check_tenant_table(tenant, options.tenants));
        options.tenants.push_back(std::move(tenant));
    }
    return {};
}

Result<void> read_config(const toml::table& table, const std::string& path, Options& options) {
    for (const auto& [name, node] : table) {
        const std::string_view section = name.str();
        const toml::table* inside = node.as_table();
        if (section == "tenant" && inside != nullptr) {
            SA_CHECK(read_tenants(*inside, path, options));
            continue;
        }
        const bool known = std::any_of(std::begin(k_keys), std::end(k_keys),
                                       [&](const Key& key) { return key.section == section; });
        if (!known || inside == nullptr)
            return fail(Errc::input, fmt::format("{}: there is no section \"{}\"; there is {}",
                                                 place(path, name.source()), printable(section),
                                                 section_names()));
        for (const auto& [key, value] : *inside)
            SA_CHECK(read_key(section, key, value, path, options));
    }
    return {};
}

std::optional<std::string> default_path(const World& world) {
    if (!world.environment) return std::nullopt;
    if (const auto folder = world.environment("XDG_CONFIG_HOME"))
        return *folder + "/smtpaudit/config.toml";
    if (const auto home = world.environment("HOME"))
        return *home + "/.config/smtpaudit/config.toml";
    return std::nullopt;
}

}  // namespace

std::vector<ConfigKey> config_keys() {
    std::vector<ConfigKey> keys;
    for (const Key& key : k_keys) keys.push_back({key.section, key.name});
    for (const Key& key : k_keys)
        if (key.sign_in != nullptr) keys.push_back({"tenant.NAME", key.name});
    return keys;
}

std::string tenant_variable(std::string_view variable, std::string_view name) {
    std::string text = ascii_upper(fmt::format("{}_{}", variable, name));
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
}

Result<Options> with_config(Options options, const World& world) {
    const auto path = options.config ? options.config : default_path(world);
    if (!path) return options;
    if (!options.config && world.files.kind(*path) == PathKind::absent) return options;
    SA_TRY(const std::string text, read_text(world.files, *path, k_most_bytes));
    try {
        SA_CHECK(read_config(toml::parse(text), *path, options));
    } catch (const toml::parse_error& error) {
        return fail(Errc::input,
                    fmt::format("{}: is not valid TOML here", place(*path, error.source())));
    }
    return options;
}

}  // namespace smtpaudit
