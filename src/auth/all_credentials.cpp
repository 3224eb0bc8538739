#include "auth/all_credentials.hpp"

#include "auth/azure_cli.hpp"
#include "auth/certificate.hpp"
#include "auth/client_secret.hpp"
#include "auth/device_code.hpp"
#include "auth/federated.hpp"
#include "auth/private_file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

using Made = Result<std::unique_ptr<TokenSource>>;

// The secret in a file: an editor leaves a line end behind, which is not part of it.
Result<Secret> read_secret_file(const std::string& path) {
    constexpr std::size_t k_limit = std::size_t{4} * 1024;
    SA_TRY(const Secret content, read_private_file(path, k_limit));
    Secret secret(std::string(trim(content.reveal())));
    if (secret.empty()) return fail(Errc::input, fmt::format("{}: holds no secret", path));
    return secret;
}

bool has_secret(const SignInSettings& settings) {
    return settings.client_secret_file.has_value() || !settings.client_secret.empty();
}

Made make_secret(const SignInSettings& settings, const SignInContext& context,
                 AppIdentity identity) {
    if (!has_secret(settings))
        return fail(Errc::usage,
                    "no client secret: set AZURE_CLIENT_SECRET or add --client-secret-file");
    Secret secret = settings.client_secret.clone();
    if (settings.client_secret_file) {
        SA_TRY(secret, read_secret_file(*settings.client_secret_file));
    }
    return client_secret_source(context, std::move(identity), std::move(secret));
}

bool has_certificate(const SignInSettings& settings) { return settings.certificate.has_value(); }

Made make_certificate(const SignInSettings& settings, const SignInContext& context,
                      AppIdentity identity) {
    if (!settings.certificate)
        return fail(Errc::usage,
                    "no certificate: add --certificate or set AZURE_CLIENT_CERTIFICATE_PATH");
    return certificate_source(context, std::move(identity), *settings.certificate,
                              settings.certificate_passphrase);
}

bool always(const SignInSettings& /*settings*/) { return true; }

bool has_github(const SignInSettings& settings) {
    return settings.github_request_url && !settings.github_request_token.empty();
}

// Azure Pipelines sets the address for every job, so it says nothing alone.
bool has_pipelines(const SignInSettings& settings) {
    return settings.pipelines_request_url && !settings.pipelines_token.empty() &&
           settings.service_connection;
}

bool has_federated(const SignInSettings& settings) {
    return settings.federated_token_file || has_github(settings) || has_pipelines(settings);
}

Result<std::unique_ptr<AssertionOrigin>> make_assertion_origin(const SignInSettings& settings,
                                                               const SignInContext& context,
                                                               const Cloud& cloud) {
    if (settings.federated_token_file) return assertion_file(*settings.federated_token_file);
    if (has_github(settings))
        return github_assertion(context, *settings.github_request_url,
                                settings.github_request_token.clone(),
                                std::string(cloud.federation_audience));
    if (has_pipelines(settings))
        return pipelines_assertion(context, *settings.pipelines_request_url,
                                   settings.pipelines_token.clone(), *settings.service_connection);
    if (settings.pipelines_request_url)
        return fail(Errc::usage,
                    "no workload identity: hand SYSTEM_ACCESSTOKEN ($(System.AccessToken)) and "
                    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID on to this step of the pipeline");
    return fail(Errc::usage,
                "no workload identity: add --federated-token-file or set "
                "AZURE_FEDERATED_TOKEN_FILE; in GitHub Actions give the job \"permissions: "
                "id-token: write\"");
}

Made make_federated(const SignInSettings& settings, const SignInContext& context,
                    AppIdentity identity) {
    SA_TRY(auto origin, make_assertion_origin(settings, context, *identity.cloud));
    return federated_source(context, std::move(identity), std::move(origin));
}

Made make_managed_identity(const SignInSettings& settings, const SignInContext& context,
                           AppIdentity identity) {
    SA_TRY(auto http, settings.local_http(managed_identity_network()));
    ManagedIdentityHost host = settings.managed_identity.clone();
    return managed_identity_source(context, std::move(http), std::move(host),
                                   std::move(identity.client_id));
}

Made make_azure_cli(const SignInSettings& /*settings*/, const SignInContext& context,
                    AppIdentity identity) {
    return azure_cli_source(context, std::move(identity));
}

bool has_terminal(const SignInSettings& settings) { return settings.is_terminal; }

Made make_browser(const SignInSettings& settings, const SignInContext& context,
                  AppIdentity identity) {
    return browser_source(context, std::move(identity), settings.tell, settings.open_url);
}

Made make_device_code(const SignInSettings& settings, const SignInContext& context,
                      AppIdentity identity) {
    return device_code_source(context, std::move(identity), settings.tell);
}

// The order is that of `auto`; names and order are those of docs/cli.md.
constexpr CredentialKind k_credentials[] = {
    {"secret", "an application's client secret", {}, true, true, has_secret, make_secret},
    {"certificate",
     "an application's certificate, PEM or PFX",
     {},
     true,
     true,
     has_certificate,
     make_certificate},
    {"federated",
     "a workload's own identity: a token file, GitHub Actions or Azure Pipelines",
     {},
     true,
     true,
     has_federated,
     make_federated},
    {"managed-identity",
     "the identity of this Azure machine or app",
     {},
     false,
     false,
     always,
     make_managed_identity},
    {"browser",
     "a person, in the browser of this machine",
     {},
     true,
     true,
     has_terminal,
     make_browser},
    {"device-code",
     "a person, with a short code on any device",
     {},
     false,
     true,
     always,
     make_device_code},
    {"azure-cli", "a token of the Azure CLI, where a person has signed in",
     "this token of the Azure CLI can also change the tenant; smtpaudit only reads with it and "
     "keeps it in memory alone",
     false, false, always, make_azure_cli},
};

Result<const CredentialKind*> choose_credential(const SignInSettings& settings) {
    const bool is_auto = settings.auth == "auto";
    const auto* found = std::find_if(
        std::begin(k_credentials), std::end(k_credentials), [&](const CredentialKind& kind) {
            return is_auto ? kind.in_auto && kind.configured(settings) : kind.name == settings.auth;
        });
    if (found != std::end(k_credentials)) return found;
    if (is_auto)
        return fail(Errc::usage,
                    "no way to sign in is configured: set AZURE_CLIENT_SECRET, or add "
                    "--certificate FILE or --federated-token-file FILE, or run it on a terminal to "
                    "use the browser");
    std::vector<std::string> names;
    for (const std::string_view name : auth_choices()) names.emplace_back(name);
    return fail(Errc::usage, fmt::format("no way to sign in is called \"{}\"; use one of {}",
                                         printable(settings.auth), join(names, ", ")));
}

// What was taken, and what `auto` passed over although it was configured too.
std::string describe_choice(const CredentialKind& taken, const SignInSettings& settings,
                            const Cloud& cloud, const std::string& tenant) {
    std::string text = fmt::format("signing in to {} ({}) with {}", tenant, cloud.name, taken.help);
    if (!taken.warning.empty()) text += fmt::format("; {}", taken.warning);
    if (settings.auth != "auto") return text;
    for (const CredentialKind& kind : k_credentials) {
        if (&kind != &taken && kind.in_auto && kind.name != "browser" && kind.configured(settings))
            text += fmt::format("; not used: {} (--auth {})", kind.help, kind.name);
    }
    return text;
}

}  // namespace

void add_environment(SignInSettings& settings, const Environment& environment) {
    const auto fill = [&](std::optional<std::string>& setting, std::string_view variable) {
        if (setting) return;
        const auto value = environment(variable);
        if (value && !trim(*value).empty()) setting = std::string(trim(*value));
    };
    const auto fill_secret = [&](Secret& setting, std::string_view variable) {
        auto value = environment(variable);
        if (setting.empty() && value) setting = Secret(std::move(*value));
    };
    fill(settings.tenant, "AZURE_TENANT_ID");
    fill(settings.client_id, "AZURE_CLIENT_ID");
    fill(settings.authority_host, "AZURE_AUTHORITY_HOST");
    fill(settings.certificate, "AZURE_CLIENT_CERTIFICATE_PATH");
    fill(settings.federated_token_file, "AZURE_FEDERATED_TOKEN_FILE");
    fill(settings.github_request_url, "ACTIONS_ID_TOKEN_REQUEST_URL");
    fill_secret(settings.github_request_token, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    fill(settings.pipelines_request_url, "SYSTEM_OIDCREQUESTURI");
    fill_secret(settings.pipelines_token, "SYSTEM_ACCESSTOKEN");
    fill(settings.service_connection, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID");
    fill(settings.managed_identity.endpoint, "IDENTITY_ENDPOINT");
    fill_secret(settings.managed_identity.header, "IDENTITY_HEADER");
    const auto is_set = [&](std::string_view variable) {
        return !trim(environment(variable).value_or("")).empty();
    };
    settings.managed_identity.arc = is_set("IMDS_ENDPOINT");
    settings.managed_identity.service_fabric = is_set("IDENTITY_SERVER_THUMBPRINT");
    fill_secret(settings.client_secret, "AZURE_CLIENT_SECRET");
    fill_secret(settings.certificate_passphrase, "AZURE_CLIENT_CERTIFICATE_PASSWORD");
}

std::span<const CredentialKind> all_credentials() { return k_credentials; }

std::vector<std::string_view> auth_choices() {
    std::vector<std::string_view> names = {"auto"};
    for (const CredentialKind& kind : k_credentials) names.push_back(kind.name);
    return names;
}

Result<SignIn> make_sign_in(const SignInSettings& settings, const SignInContext& context) {
    SA_TRY(const Cloud* cloud, choose_cloud(settings.cloud, settings.authority_host));
    if (!settings.tenant)
        return fail(Errc::usage,
                    "no tenant: add --tenant (contoso.onmicrosoft.com, or its id) or set "
                    "AZURE_TENANT_ID");
    SA_CHECK(check_tenant(*settings.tenant));
    SA_TRY(const CredentialKind* kind, choose_credential(settings));
    if (!settings.client_id && kind->needs_client_id)
        return fail(Errc::usage,
                    "no application: add --client-id (the \"Application (client) ID\" of the app "
                    "registration) or set AZURE_CLIENT_ID");
    const std::string client_id = settings.client_id.value_or("");
    if (settings.client_id) SA_CHECK(check_client_id(client_id));
    const AppIdentity identity{cloud, *settings.tenant, client_id};
    SA_TRY(auto source, kind->make(settings, context, identity));
    return SignIn{std::move(source), cloud, *settings.tenant, client_id,
                  describe_choice(*kind, settings, *cloud, *settings.tenant)};
}

}  // namespace smtpaudit
