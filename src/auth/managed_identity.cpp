#include "auth/managed_identity.hpp"

#include "auth/json_reply.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"
#include "net/send_rules.hpp"
#include "net/url.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view k_metadata_url = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr std::chrono::seconds k_request_timeout = 10s;
constexpr std::size_t k_max_body = std::size_t{64} * 1024;
// The metadata service answers 404 and 410 while it starts or is being updated.
constexpr int k_rounds = 3;
constexpr std::chrono::seconds k_round_pause = 2s;

// Nothing answers off Azure, and then a person or a job waits for nothing.
RetryPolicy retry_policy() {
    RetryPolicy policy;
    policy.attempts = 3;
    policy.slow_attempts = 1;
    policy.unreachable_attempts = 1;
    policy.deadline = 45s;
    return policy;
}

class ManagedIdentitySource final : public TokenSource {
public:
    ManagedIdentitySource(const SignInContext& context, std::unique_ptr<HttpClient> http,
                          ManagedIdentityHost host, std::string client_id)
        : context_(context),
          http_(std::move(http)),
          host_(std::move(host)),
          client_id_(std::move(client_id)),
          place_(parse_url(base_url())->place()) {}

    std::string name() const override { return "managed identity"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        for (int round = 1;; ++round) {
            SA_TRY(HttpResponse answer, ask(resource, stop));
            if (answer.status == 200) {
                auto grant = read_token_grant(answer.body, place_, context_.clock.now());
                wipe(answer.body);
                if (!grant) return tl::unexpected(std::move(grant).error());
                return std::move(grant->token);
            }
            const bool starting = answer.status == 404 || answer.status == 410;
            if (!starting || round == k_rounds) return refused(answer);
            if (!context_.clock.sleep_for(k_round_pause, stop))
                return tl::unexpected(interrupted_error());
        }
    }

private:
    bool app_service() const { return host_.endpoint.has_value(); }
    std::string base_url() const { return host_.endpoint.value_or(std::string(k_metadata_url)); }

    Result<HttpResponse> ask(const std::string& resource, const std::stop_token& stop) const {
        const RetryParts parts{context_.clock, context_.random, retry_policy(), nullptr, {}};
        HttpResult sent = send_with_retries(
            parts, [&](std::chrono::seconds left) { return attempt(resource, left, stop); }, stop);
        if (sent) return std::move(*sent);
        if (sent.error().kind == HttpFailureKind::interrupted)
            return tl::unexpected(interrupted_error());
        return fail(Errc::sign_in,
                    fmt::format("no managed identity answers at {} ({}): this is no Azure machine "
                                "or app, or it may not reach that address; use another --auth",
                                place_, sent.error().message));
    }

    HttpResult attempt(const std::string& resource, std::chrono::seconds left,
                       std::stop_token stop) const {
        HttpRequest request;
        const std::string query = form_encode(
            {{"api-version", app_service() ? "2019-08-01" : "2018-02-01"}, {"resource", resource}});
        request.url = base_url();
        request.url += (request.url.find('?') == std::string::npos ? '?' : '&') + query;
        if (!client_id_.empty()) request.url += '&' + form_encode({{"client_id", client_id_}});
        request.headers = {{"Accept", "application/json"}, {"Metadata", "true"}};
        if (app_service())
            request.headers = {{"Accept", "application/json"},
                               {"X-IDENTITY-HEADER", std::string(host_.header.reveal())}};
        request.body_is_whole = is_json;
        request.max_body = k_max_body;
        request.total_timeout = std::min(k_request_timeout, left);
        HttpResult sent = http_->send(request, std::move(stop));
        wipe(request.headers.back().value);
        return sent;
    }

    tl::unexpected<Error> refused(const HttpResponse& answer) const {
        if (retry_class(answer) != RetryClass::never)
            return fail(Errc::service, fmt::format("{} answered {}; try again later", place_,
                                                   describe_failure(answer)));
        const std::string whose = client_id_.empty()
                                      ? "a system-assigned identity"
                                      : fmt::format("the user-assigned identity {}", client_id_);
        return fail(Errc::sign_in,
                    fmt::format("{} gave no token ({}): {} is not assigned to this machine or app; "
                                "assign it in Azure (\"Identity\"), or {}",
                                place_, describe_failure(answer), whose,
                                client_id_.empty() ? "name a user-assigned one with --client-id"
                                                   : "leave --client-id and AZURE_CLIENT_ID out"));
    }

    SignInContext context_;
    std::unique_ptr<HttpClient> http_;
    ManagedIdentityHost host_;
    std::string client_id_;
    std::string place_;
};

}  // namespace

Result<std::unique_ptr<TokenSource>> managed_identity_source(const SignInContext& context,
                                                             std::unique_ptr<HttpClient> http,
                                                             ManagedIdentityHost host,
                                                             std::string client_id) {
    if (host.arc || host.service_fabric)
        return fail(Errc::usage,
                    fmt::format("the managed identity of {} is not supported; use --auth "
                                "certificate or federated here",
                                host.arc ? "Azure Arc" : "Service Fabric"));
    if (host.endpoint) {
        const auto url = parse_url(*host.endpoint);
        if (!url || url->userinfo || !is_local_host(url->host))
            return fail(Errc::usage,
                        fmt::format("IDENTITY_ENDPOINT is \"{}\", which is no address of this "
                                    "machine; nothing is sent there, so leave it as Azure set it",
                                    url ? redacted(*host.endpoint) : printable(*host.endpoint)));
        if (host.header.empty())
            return fail(Errc::usage,
                        "IDENTITY_ENDPOINT is set but IDENTITY_HEADER is not; Azure sets both, so "
                        "hand both on to smtpaudit");
    }
    return std::make_unique<ManagedIdentitySource>(context, std::move(http), std::move(host),
                                                   std::move(client_id));
}

CurlSettings managed_identity_network() {
    CurlSettings settings;
    settings.user_agent = "smtpaudit";
    settings.allow_plain_http = true;
    settings.connect_timeout = std::chrono::milliseconds(2'000);
    return settings;
}

}  // namespace smtpaudit
