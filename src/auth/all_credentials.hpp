// The table of ways to sign in, and the choice among them. A new way is one file in this folder
// and one line in the table; option choices, help and tests walk it.
#pragma once

#include "auth/browser.hpp"
#include "auth/clouds.hpp"
#include "auth/managed_identity.hpp"
#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Looks a variable up; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

// What the user gave. Absent is nullopt; an empty text never gets in here through
// add_environment. Secrets are no options: they come from the environment or from a file.
struct SignInSettings {
    std::string auth = "auto";  // --auth
    std::optional<std::string> tenant;  // --tenant, AZURE_TENANT_ID
    std::optional<std::string> client_id;  // --client-id, AZURE_CLIENT_ID
    std::optional<std::string> cloud;  // --cloud
    std::optional<std::string> authority_host;  // AZURE_AUTHORITY_HOST
    std::optional<std::string> certificate;  // --certificate, AZURE_CLIENT_CERTIFICATE_PATH
    std::optional<std::string> client_secret_file;  // --client-secret-file
    // --federated-token-file, AZURE_FEDERATED_TOKEN_FILE
    std::optional<std::string> federated_token_file;
    Secret client_secret;  // AZURE_CLIENT_SECRET; the file of the option above wins
    Secret certificate_passphrase;  // AZURE_CLIENT_CERTIFICATE_PASSWORD
    // Set by the build service that the workload runs on (facts/graph.md 5.3).
    std::optional<std::string> github_request_url;  // ACTIONS_ID_TOKEN_REQUEST_URL
    Secret github_request_token;  // ACTIONS_ID_TOKEN_REQUEST_TOKEN
    std::optional<std::string> pipelines_request_url;  // SYSTEM_OIDCREQUESTURI
    Secret pipelines_token;  // SYSTEM_ACCESSTOKEN
    std::optional<std::string> service_connection;  // AZURESUBSCRIPTION_SERVICE_CONNECTION_ID
    ManagedIdentityHost managed_identity;
    // Makes the client that managed identity talks through; must be set for it.
    std::function<Result<std::unique_ptr<HttpClient>>(CurlSettings)> local_http;
    bool is_terminal = false;  // a person sees what `tell` says: then auto may use the browser
    Tell tell;  // one line for the person; must be set
    OpenUrl open_url;  // may be empty
};

// Fills what is still absent from the environment (facts/graph.md 5.9); an empty variable counts
// as not set. Call it after the flags and before the config file are put in.
void add_environment(SignInSettings& settings, const Environment& environment);

struct CredentialKind {
    std::string_view name;  // the value of --auth
    std::string_view help;
    std::string_view warning;  // what a person should know when it is taken; or empty
    bool in_auto;  // `auto` takes it if it is configured
    bool needs_client_id;
    bool (*configured)(const SignInSettings&);
    // Files are read and checked now, before any request.
    Result<std::unique_ptr<TokenSource>> (*make)(const SignInSettings&, const SignInContext&,
                                                 AppIdentity);
};

// In the order in which `auto` asks them.
std::span<const CredentialKind> all_credentials();
// "auto", then the names of the table: the choices of --auth.
std::vector<std::string_view> auth_choices();

struct SignIn {
    std::unique_ptr<TokenSource> source;
    const Cloud* cloud = nullptr;  // into the table
    std::string tenant;
    std::string client_id;  // empty: a way that needs none
    std::string said;  // "signing in with the client secret", and what else was configured
};

// Settles cloud, tenant, application and credential. What is missing or wrong is Errc::usage and
// names its option and variable; a bad key file is Errc::input. Sends nothing.
Result<SignIn> make_sign_in(const SignInSettings& settings, const SignInContext& context);

}  // namespace smtpaudit
