#include "auth/all_credentials.hpp"

#include "auth_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

SignInSettings ready() {
    SignInSettings settings;
    settings.tenant = k_tenant;
    settings.client_id = k_client_id;
    settings.tell = [](const std::string&) {};
    settings.local_http = [](CurlSettings) -> Result<std::unique_ptr<HttpClient>> {
        return std::make_unique<FakeHttp>();
    };
    return settings;
}

Environment variables(std::map<std::string, std::string, std::less<>> values) {
    return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

std::string taken(const SignInSettings& settings) {
    Stage stage;
    const auto sign_in = make_sign_in(settings, stage.context());
    CHECK(stage.http.requests().empty());
    if (!sign_in) {
        CHECK(sign_in.error().message.find("SENTINEL") == std::string::npos);
        return (sign_in.error().code == Errc::usage ? "usage: " : "other: ") +
               sign_in.error().message;
    }
    CHECK(sign_in->said.find("SENTINEL") == std::string::npos);
    return sign_in->source->name();
}

std::string certificate_pem() {
    return pem_of(certificate_for(rsa_key()).get()) + pem_of(rsa_key());
}

}  // namespace

TEST_CASE("the environment fills what no option gave") {
    SignInSettings settings;
    settings.tenant = "fabrikam.com";
    add_environment(settings, variables({{"AZURE_TENANT_ID", "contoso.com"},
                                         {"AZURE_CLIENT_ID", " id\n"},
                                         {"AZURE_CLIENT_SECRET", " s p "},
                                         {"AZURE_CLIENT_CERTIFICATE_PATH", "/etc/app.pem"},
                                         {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "word"},
                                         {"AZURE_AUTHORITY_HOST", "login.microsoftonline.us"}}));
    CHECK(settings.tenant == "fabrikam.com");
    CHECK(settings.client_id == "id");
    CHECK(settings.client_secret.reveal() == " s p ");
    CHECK(settings.certificate == "/etc/app.pem");
    CHECK(settings.certificate_passphrase.reveal() == "word");
    CHECK(settings.authority_host == "login.microsoftonline.us");
}

TEST_CASE("an empty variable is not set") {
    SignInSettings settings;
    add_environment(settings, variables({{"AZURE_TENANT_ID", ""},
                                         {"AZURE_CLIENT_CERTIFICATE_PATH", " "},
                                         {"AZURE_CLIENT_SECRET", ""}}));
    CHECK_FALSE(settings.tenant);
    CHECK_FALSE(settings.certificate);
    CHECK(settings.client_secret.empty());
}

TEST_CASE("auto takes secret then certificate then workload identity then a terminal's browser") {
    TemporaryFolder folder;
    SignInSettings settings = ready();
    CHECK(taken(settings) ==
          "usage: no way to sign in is configured: set AZURE_CLIENT_SECRET, or add --certificate "
          "FILE or --federated-token-file FILE, or run it on a terminal to use the browser");
    settings.is_terminal = true;
    CHECK(taken(settings) == "browser");
    settings.federated_token_file = folder.write("token", "a.b.c");
    CHECK(taken(settings) == "workload identity");
    settings.certificate = folder.write("app.pem", certificate_pem());
    CHECK(taken(settings) == "certificate");
    settings.client_secret = Secret(std::string(k_sentinel));
    CHECK(taken(settings) == "client secret");
}

TEST_CASE("it says what it took and what it left") {
    TemporaryFolder folder;
    Stage stage;
    SignInSettings settings = ready();
    settings.client_secret = Secret(std::string(k_sentinel));
    CHECK(make_sign_in(settings, stage.context())->said ==
          "signing in to contoso.onmicrosoft.com (global) with an application's client secret");
    settings.certificate = folder.write("app.pem", certificate_pem());
    settings.is_terminal = true;
    const auto sign_in = make_sign_in(settings, stage.context());
    REQUIRE(sign_in);
    CHECK(sign_in->said ==
          "signing in to contoso.onmicrosoft.com (global) with an application's client secret; not "
          "used: an application's certificate, PEM or PFX (--auth certificate)");
    CHECK(sign_in->cloud == all_clouds().data());
    CHECK(sign_in->tenant == k_tenant);
    CHECK(sign_in->client_id == k_client_id);
}

TEST_CASE("a named way is taken whatever else is configured") {
    TemporaryFolder folder;
    SignInSettings settings = ready();
    settings.client_secret = Secret(std::string(k_sentinel));
    settings.certificate = folder.write("app.pem", certificate_pem());
    settings.auth = "certificate";
    CHECK(taken(settings) == "certificate");
    settings.auth = "device-code";
    CHECK(taken(settings) == "device code");
    settings.auth = "browser";
    CHECK(taken(settings) == "browser");
}

TEST_CASE("a named way without its material says what to give") {
    SignInSettings settings = ready();
    settings.auth = "secret";
    CHECK(taken(settings) ==
          "usage: no client secret: set AZURE_CLIENT_SECRET or add --client-secret-file");
    settings.auth = "certificate";
    CHECK(taken(settings) ==
          "usage: no certificate: add --certificate or set AZURE_CLIENT_CERTIFICATE_PATH");
    settings.auth = "password";
    CHECK(taken(settings) ==
          "usage: no way to sign in is called \"password\"; use one of auto, secret, certificate, "
          "federated, managed-identity, browser, device-code, azure-cli");
    settings.auth = "federated";
    CHECK(taken(settings) ==
          "usage: no workload identity: add --federated-token-file or set "
          "AZURE_FEDERATED_TOKEN_FILE; in GitHub Actions give the job \"permissions: id-token: "
          "write\"");
    settings.pipelines_request_url = "https://dev.azure.example/oidc";
    CHECK(taken(settings) ==
          "usage: no workload identity: hand SYSTEM_ACCESSTOKEN ($(System.AccessToken)) and "
          "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID on to this step of the pipeline");
}

TEST_CASE("missing and wrong tenant and application and cloud are told in one line") {
    SignInSettings settings;
    settings.tell = [](const std::string&) {};
    settings.client_secret = Secret(std::string(k_sentinel));
    CHECK(taken(settings) ==
          "usage: no tenant: add --tenant (contoso.onmicrosoft.com, or its id) or set "
          "AZURE_TENANT_ID");
    settings.tenant = "contoso/evil";
    CHECK(taken(settings).starts_with("usage: \"contoso/evil\" is not a tenant; "));
    settings.tenant = k_tenant;
    CHECK(taken(settings).starts_with("usage: no application: add --client-id "));
    settings.client_id = "my app";
    CHECK(taken(settings).starts_with("usage: \"my app\" is not a client id; "));
    settings.client_id = k_client_id;
    settings.authority_host = "https://login.contoso.com";
    CHECK(taken(settings).starts_with("usage: the sign-in host \"https://login.contoso.com\" is "));
    settings.authority_host.reset();
    settings.cloud = "moon";
    CHECK(taken(settings).starts_with("usage: no cloud is called \"moon\""));
}

TEST_CASE("a secret file is read without its line end and before the variable") {
    TemporaryFolder folder;
    Stage stage;
    stage.http.expect(HttpMethod::post, k_token_url, grant("token-1"));
    SignInSettings settings = ready();
    settings.client_secret = Secret(std::string("from the variable"));
    settings.client_secret_file = folder.write("secret", "from~file\r\n");
    const auto sign_in = make_sign_in(settings, stage.context());
    REQUIRE(sign_in);
    REQUIRE(sign_in->source->fetch(k_graph, {}));
    CHECK(form_of(stage.http.requests().at(0)).at("client_secret") == "from~file");
}

TEST_CASE("a secret file that others can read or that is blank is refused") {
    TemporaryFolder folder;
    SignInSettings settings = ready();
    settings.client_secret_file = folder.write("open", k_sentinel, 0644);
    CHECK(taken(settings).find("others than you can use this file (mode 0644)") !=
          std::string::npos);
    settings.client_secret_file = folder.write("blank", "\n");
    CHECK(taken(settings) == "other: " + folder.path() + "/blank: holds no secret");
    settings.client_secret_file = folder.path() + "/none";
    CHECK(taken(settings).ends_with("/none: cannot be opened: No such file or directory"));
}

TEST_CASE("the choices of auth are auto and the table") {
    CHECK(auth_choices() == std::vector<std::string_view>{"auto", "secret", "certificate",
                                                          "federated", "managed-identity",
                                                          "browser", "device-code", "azure-cli"});
    for (const CredentialKind& kind : all_credentials()) {
        CHECK_FALSE(kind.help.empty());
        CHECK(kind.make != nullptr);
        CHECK(kind.configured != nullptr);
    }
}

TEST_CASE("the cloud decides where the sign-in goes") {
    Stage stage;
    stage.http.expect(HttpMethod::post,
                      "https://login.partner.microsoftonline.cn/contoso.onmicrosoft.com/oauth2/"
                      "v2.0/token",
                      grant("token-1"));
    SignInSettings settings = ready();
    settings.client_secret = Secret(std::string(k_sentinel));
    settings.cloud = "china";
    const auto sign_in = make_sign_in(settings, stage.context());
    REQUIRE(sign_in);
    REQUIRE(sign_in->source->fetch(std::string(sign_in->cloud->graph.resource), {}));
    CHECK(form_of(stage.http.requests().at(0)).at("scope") ==
          "https://microsoftgraph.chinacloudapi.cn/.default");
}

TEST_CASE("the environment of a build service is a workload identity only when it is whole") {
    SignInSettings settings = ready();
    add_environment(settings, variables({{"SYSTEM_OIDCREQUESTURI", "https://dev.azure.example/o"},
                                         {"SYSTEM_ACCESSTOKEN", k_sentinel}}));
    CHECK(taken(settings).starts_with("usage: no way to sign in is configured"));
    settings.service_connection = "connection";
    CHECK(taken(settings) == "workload identity");

    SignInSettings github = ready();
    add_environment(github, variables({{"ACTIONS_ID_TOKEN_REQUEST_URL", "http://contoso.example/"},
                                       {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", k_sentinel}}));
    CHECK(taken(github).starts_with("usage: ACTIONS_ID_TOKEN_REQUEST_URL is "));
    github.github_request_url = "https://contoso.example/";
    CHECK(taken(github) == "workload identity");
}

TEST_CASE("managed identity and the Azure CLI are taken only by name and need no client id") {
    SignInSettings settings = ready();
    settings.client_id.reset();
    add_environment(settings, variables({{"IDENTITY_ENDPOINT", "http://localhost:1/token"},
                                         {"IDENTITY_HEADER", k_sentinel},
                                         {"AZURE_CLIENT_CERTIFICATE_PATH", ""}}));
    CHECK(taken(settings).starts_with("usage: no way to sign in is configured"));
    settings.auth = "managed-identity";
    CHECK(taken(settings) == "managed identity");
    settings.auth = "azure-cli";
    CHECK(taken(settings) == "Azure CLI");
    Stage stage;
    CHECK(make_sign_in(settings, stage.context())->said ==
          "signing in to contoso.onmicrosoft.com (global) with a token of the Azure CLI, where a "
          "person has signed in; this token of the Azure CLI can also change the tenant; smtpaudit "
          "only reads with it and keeps it in memory alone");
    settings.auth = "device-code";
    CHECK(taken(settings).starts_with("usage: no application: add --client-id"));
}
