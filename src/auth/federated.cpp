#include "auth/federated.hpp"

#include "auth/json_reply.hpp"
#include "auth/private_file.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"
#include "net/url.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_max_assertion = std::size_t{64} * 1024;
constexpr std::chrono::seconds k_request_timeout = 30s;

// Three parts of base64url (RFC 7519): a web page or a path that landed in the file is told apart
// before it is sent anywhere.
bool is_jwt(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') == 2 &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == '=';
           });
}

class FileOrigin final : public AssertionOrigin {
public:
    explicit FileOrigin(std::string path) : path_(std::move(path)) {}
    std::string name() const override { return "token file " + path_; }

    Result<Secret> get(std::stop_token /*stop*/) override {
        SA_TRY(const Secret content, read_token_file(path_, k_max_assertion));
        Secret token(std::string(trim(content.reveal())));
        if (token.empty())
            return fail(Errc::input,
                        fmt::format("{}: is empty; the platform has not written its token yet, or "
                                    "--federated-token-file names another file",
                                    path_));
        if (!is_jwt(token.reveal()))
            return fail(Errc::input, fmt::format("{}: holds no token (a signed JWT has three parts "
                                                 "with dots between them)",
                                                 path_));
        return token;
    }

private:
    std::string path_;
};

// The two build services: one request, one field of the answer.
struct BuildService {
    std::string name;  // "GitHub Actions"
    HttpMethod method = HttpMethod::get;
    std::string url;
    std::vector<HttpHeader> headers;  // besides the Authorization
    std::string field;  // of the answer, the token
    std::string advice;  // when it refuses
};

class BuildServiceOrigin final : public AssertionOrigin {
public:
    BuildServiceOrigin(const SignInContext& context, BuildService service, Secret token)
        : context_(context),
          service_(std::move(service)),
          token_(std::move(token)),
          host_(parse_url(service_.url)->place()) {}
    std::string name() const override { return service_.name; }

    Result<Secret> get(std::stop_token stop) override {
        RetryPolicy policy;
        policy.attempts = 4;
        policy.deadline = 60s;
        const RetryParts parts{context_.clock, context_.random, policy, nullptr, {}};
        HttpResult sent = send_with_retries(
            parts, [&](std::chrono::seconds left) { return attempt(left, stop); }, stop);
        if (!sent && sent.error().kind == HttpFailureKind::interrupted)
            return tl::unexpected(interrupted_error());
        if (!sent)
            return fail(Errc::service,
                        fmt::format("no token of {}: {}", service_.name, sent.error().message));
        if (sent->status != 200) return refused(*sent);
        auto reply = JsonReply::parse(sent->body);
        wipe(sent->body);
        auto token = reply ? reply->take_secret(service_.field) : std::nullopt;
        if (!token || !is_jwt(token->reveal()))
            return fail(Errc::service, fmt::format("{} answered without a token; is {} the address "
                                                   "that the build service gave?",
                                                   host_, redacted(service_.url)));
        return std::move(*token);
    }

private:
    HttpResult attempt(std::chrono::seconds left, std::stop_token stop) const {
        HttpRequest request;
        request.method = service_.method;
        request.url = service_.url;
        request.headers = service_.headers;
        request.headers.push_back({"Accept", "application/json"});
        std::string bearer = "Bearer ";
        bearer += token_.reveal();
        request.headers.push_back({"Authorization", std::move(bearer)});
        request.body_is_whole = is_json;
        request.max_body = k_max_assertion * 2;
        request.total_timeout = std::min(k_request_timeout, left);
        HttpResult sent = context_.http.send(request, std::move(stop));
        wipe(request.headers.back().value);
        return sent;
    }

    tl::unexpected<Error> refused(const HttpResponse& answer) const {
        const bool passing = retry_class(answer) != RetryClass::never;
        return fail(
            passing ? Errc::service : Errc::sign_in,
            fmt::format("{} gave no token ({}); {}", service_.name, describe_failure(answer),
                        passing ? "try again later" : service_.advice));
    }

    SignInContext context_;
    BuildService service_;
    Secret token_;
    std::string host_;
};

// The job's token goes to this address, so it must be one that nobody can listen in on.
Result<void> check_endpoint(const std::string& url, std::string_view variable) {
    const auto parsed = parse_url(url);
    if (!parsed || parsed->scheme != "https" || parsed->userinfo)
        return fail(Errc::usage,
                    fmt::format("{} is \"{}\", which is not a plain https address; nothing is sent "
                                "there, so leave it as the build service set it",
                                variable, parsed ? redacted(url) : printable(url)));
    return {};
}

std::string with_query(const std::string& url, const std::string& query) {
    return url + (url.find('?') == std::string::npos ? '?' : '&') + query;
}

class FederatedSource final : public TokenSource {
public:
    FederatedSource(const SignInContext& context, AppIdentity identity,
                    std::unique_ptr<AssertionOrigin> origin)
        : endpoint_(context, std::move(identity)), origin_(std::move(origin)) {}

    std::string name() const override { return "workload identity"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        const auto make_form = [&]() -> Result<Form> {
            SA_TRY(const Secret assertion, origin_->get(stop));
            Form form;
            form.add("client_id", endpoint_.identity().client_id)
                .add("scope", application_scope(resource))
                .add("client_assertion_type",
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .add("client_assertion", assertion.reveal())
                .add("grant_type", "client_credentials");
            return form;
        };
        SA_TRY(TokenGrant grant, endpoint_.fetch(make_form, stop));
        return std::move(grant.token);
    }

private:
    TokenEndpoint endpoint_;
    std::unique_ptr<AssertionOrigin> origin_;
};

}  // namespace

Result<std::unique_ptr<AssertionOrigin>> assertion_file(std::string path) {
    auto origin = std::make_unique<FileOrigin>(std::move(path));
    SA_CHECK(origin->get({}));
    return origin;
}

Result<std::unique_ptr<AssertionOrigin>> github_assertion(const SignInContext& context,
                                                          const std::string& request_url,
                                                          Secret request_token,
                                                          std::string audience) {
    SA_CHECK(check_endpoint(request_url, "ACTIONS_ID_TOKEN_REQUEST_URL"));
    BuildService service;
    service.name = "GitHub Actions";
    service.url = with_query(request_url, form_encode({{"audience", audience}}));
    service.field = "value";
    service.advice = "give the job \"permissions: id-token: write\"";
    return std::make_unique<BuildServiceOrigin>(context, std::move(service),
                                                std::move(request_token));
}

Result<std::unique_ptr<AssertionOrigin>> pipelines_assertion(const SignInContext& context,
                                                             const std::string& request_url,
                                                             Secret access_token,
                                                             std::string service_connection) {
    SA_CHECK(check_endpoint(request_url, "SYSTEM_OIDCREQUESTURI"));
    BuildService service;
    service.name = "Azure Pipelines";
    service.method = HttpMethod::post;
    service.url = with_query(
        request_url,
        form_encode({{"api-version", "7.1"}, {"serviceConnectionId", service_connection}}));
    // Without the second header an expired token is answered with a sign-in page.
    service.headers = {{"Content-Type", "application/json"}, {"X-TFS-FedAuthRedirect", "Suppress"}};
    service.field = "oidcToken";
    service.advice =
        "check AZURESUBSCRIPTION_SERVICE_CONNECTION_ID, that the pipeline may use that service "
        "connection, and that SYSTEM_ACCESSTOKEN is $(System.AccessToken)";
    return std::make_unique<BuildServiceOrigin>(context, std::move(service),
                                                std::move(access_token));
}

std::unique_ptr<TokenSource> federated_source(const SignInContext& context, AppIdentity identity,
                                              std::unique_ptr<AssertionOrigin> origin) {
    return std::make_unique<FederatedSource>(context, std::move(identity), std::move(origin));
}

}  // namespace smtpaudit
