#include "app/connection.hpp"

#include "base/text.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpaudit {
namespace {

using Place = std::optional<std::string> SignInOptions::*;

// Both spellings are in use; the lower-case one is the older.
std::optional<std::string> variable(const World& world, std::string_view name) {
    if (!world.environment) return std::nullopt;
    auto value = world.environment(name);
    if (!value || trim(*value).empty()) value = world.environment(ascii_lower(name));
    if (!value || trim(*value).empty()) return std::nullopt;
    return std::string(trim(*value));
}

// "user:password@": anything before the last '@' of the part before the first '/'.
bool has_password(std::string_view proxy) {
    if (const auto scheme = proxy.find("://"); scheme != std::string_view::npos)
        proxy.remove_prefix(scheme + 3);
    const auto at = proxy.rfind('@');
    return at != std::string_view::npos && proxy.substr(0, at).find(':') != std::string_view::npos;
}

Result<Secret> proxy_of(const CommandContext& context) {
    const Options& options = context.options;
    const auto chosen = [&]() -> std::optional<std::string> {
        if (options.sign_in.proxy) return options.sign_in.proxy;
        for (const char* name : {"HTTPS_PROXY", "ALL_PROXY"})
            if (auto value = variable(context.world, name)) return value;
        return options.configured_sign_in.proxy;
    }();
    for (const auto* given : {&options.sign_in.proxy, &options.configured_sign_in.proxy})
        if (*given && has_password(**given))
            return fail(Errc::usage,
                        "the proxy's password may not stand in --proxy or in the settings file, "
                        "where others can read it; set HTTPS_PROXY instead");
    if (!chosen || *chosen == "none") return Secret{};
    return Secret(std::string(*chosen));
}

// The command line alone decides which of several configured ways is meant.
std::string auth_of(const Options& options) {
    if (options.sign_in.auth) return *options.sign_in.auth;
    if (options.sign_in.client_secret_file) return "secret";
    if (options.sign_in.certificate) return "certificate";
    if (options.sign_in.federated_token_file) return "federated";
    return options.configured_sign_in.auth.value_or("auto");
}

}  // namespace

Result<SignInSettings> sign_in_settings(const CommandContext& context) {
    const SignInOptions& given = context.options.sign_in;
    const SignInOptions& configured = context.options.configured_sign_in;
    SignInSettings settings;
    settings.auth = auth_of(context.options);
    settings.tenant = given.tenant;
    settings.client_id = given.client_id;
    settings.cloud = given.cloud;
    settings.certificate = given.certificate;
    settings.client_secret_file = given.client_secret_file;
    settings.federated_token_file = given.federated_token_file;
    if (context.world.environment) add_environment(settings, context.world.environment);
    const auto fill = [&](std::optional<std::string>& setting, Place place) {
        if (!setting) setting = configured.*place;
    };
    fill(settings.tenant, &SignInOptions::tenant);
    fill(settings.client_id, &SignInOptions::client_id);
    fill(settings.cloud, &SignInOptions::cloud);
    fill(settings.certificate, &SignInOptions::certificate);
    fill(settings.federated_token_file, &SignInOptions::federated_token_file);
    // A secret in the environment comes before the file that the settings file names.
    if (settings.client_secret.empty())
        fill(settings.client_secret_file, &SignInOptions::client_secret_file);
    settings.is_terminal = context.world.err_is_terminal;
    settings.tell = [&log = context.log](const std::string& text) { log.warning(text); };
    settings.open_url = context.world.open_browser;
    settings.local_http = context.world.make_http;
    return settings;
}

Result<CurlSettings> network_settings_of(const CommandContext& context) {
    const World& world = context.world;
    CurlSettings settings;
    settings.user_agent = "smtpaudit/" SMTPAUDIT_VERSION;
    SA_TRY(settings.proxy, proxy_of(context));
    settings.no_proxy = variable(world, "NO_PROXY").value_or("");
    const auto& given = context.options.sign_in.ca_bundle;
    const auto bundle = given ? given : variable(world, "SSL_CERT_FILE");
    settings.ca_bundle =
        bundle ? *bundle : context.options.configured_sign_in.ca_bundle.value_or("");
    return settings;
}

}  // namespace smtpaudit
