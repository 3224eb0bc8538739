#include "fake_tenant/identity.hpp"

#include "base/text.hpp"
#include "fake_tenant/assertion.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/errors.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

std::string field(const std::map<std::string, std::string>& form, const std::string& name) {
    const auto found = form.find(name);
    return found == form.end() ? "" : found->second;
}

Answer json_answer(const json& body) {
    Answer answer;
    answer.set("Content-Type", "application/json; charset=utf-8");
    answer.set("Cache-Control", "no-store, no-cache");
    answer.body = body.dump();
    return answer;
}

// "http://localhost:51234/x" without its port: loopback redirects match on any (RFC 8252 7.3).
std::string without_port(const std::string& url) {
    const auto host = url.find("://");
    if (host == std::string::npos) return url;
    const auto path = url.find('/', host + 3);
    const auto colon = url.rfind(':', path);
    std::string plain = colon > host ? url.substr(0, colon) : url.substr(0, path);
    return plain + (path == std::string::npos ? "/" : url.substr(path));
}

}  // namespace

Answer Identity::error(int status, const std::string& name, int aadsts,
                       const std::string& message) const {
    return oauth_error(status, name, aadsts, message, state_.time.now());
}

void Identity::set_device_flow(DeviceFlow device) {
    const std::lock_guard lock(mutex_);
    device_ = device;
}
void Identity::set_authorize_error(std::string error) {
    const std::lock_guard lock(mutex_);
    authorize_error_ = std::move(error);
}

Answer Identity::answer(const Record& request) {
    struct Endpoint {
        std::string_view method, path;
        Answer (Identity::*handler)(const Record&, std::string_view);
    };
    static constexpr Endpoint k_endpoints[] = {
        {"POST", "/oauth2/v2.0/token", &Identity::token},
        {"POST", "/oauth2/v2.0/devicecode", &Identity::device_code},
        {"GET", "/oauth2/v2.0/authorize", &Identity::authorize}};
    const std::string_view path = request.path;
    const auto second = path.find('/', 1);
    const std::string_view tenant = path.substr(1, second == path.npos ? path.npos : second - 1);
    const std::string_view rest = second == path.npos ? "" : path.substr(second);
    if (request.method == "GET" && rest == "/v2.0/.well-known/openid-configuration")
        return configuration(request, tenant);
    for (const Endpoint& endpoint : k_endpoints) {
        if (rest != endpoint.path) continue;
        if (request.method != endpoint.method)
            return error(400, "invalid_request", 900561,
                         "The endpoint only accepts POST requests.");
        if (!state_.is_tenant(tenant) && tenant != "organizations" && tenant != "common")
            return error(400, "invalid_request", 90002);
        return (this->*endpoint.handler)(request, tenant);
    }
    Answer absent;
    absent.status = 404;
    return absent;
}

Answer Identity::configuration(const Record& request, std::string_view tenant) const {
    if (!state_.is_tenant(tenant)) return error(400, "invalid_tenant", 90002);
    const TenantSpec spec = state_.spec();
    const std::string base = fmt::format("https://{}/{}", request.host, spec.id);
    return json_answer({{"token_endpoint", base + "/oauth2/v2.0/token"},
                        {"authorization_endpoint", base + "/oauth2/v2.0/authorize"},
                        {"device_authorization_endpoint", base + "/oauth2/v2.0/devicecode"},
                        {"issuer", base + "/v2.0"}});
}

Answer Identity::token(const Record& request, std::string_view tenant) {
    const Form form = parse_form(request.body);
    const std::string type = field(form, "grant_type");
    const auto app = state_.app(field(form, "client_id"));
    if (!app) return error(400, "unauthorized_client", 700016);
    if (app->disabled) return error(401, "invalid_client", 7000112);
    if (type == "client_credentials") {
        if (!state_.is_tenant(tenant))
            return error(400, "invalid_request", 50059,
                         "No tenant-identifying information found in the request.");
        return client_credentials(request, *app, form);
    }
    if (type == "authorization_code") return redeem_code(request, *app, form);
    if (type == "refresh_token") return redeem_refresh(request, *app, form);
    if (type == "urn:ietf:params:oauth:grant-type:device_code")
        return poll_device(request, *app, form);
    return error(400, "unsupported_grant_type", 70003,
                 "The app returned an unsupported grant type.");
}

std::optional<Answer> Identity::check_client(const Record& request, const App& app,
                                             const Form& form) {
    const std::string assertion = field(form, "client_assertion");
    if (!assertion.empty()) {
        if (field(form, "client_assertion_type") !=
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            return error(400, "invalid_request", 900144, "client_assertion_type is missing.");
        return check_assertion(request, app, assertion);
    }
    const std::string secret = field(form, "client_secret");
    if (secret.empty()) return error(401, "invalid_client", 7000216);
    for (const AppSecret& known : app.secrets) {
        if (known.value != secret) continue;
        if (known.expired) return error(401, "invalid_client", 7000222);
        return std::nullopt;
    }
    return error(401, "invalid_client", 7000215);
}

std::optional<Answer> Identity::check_assertion(const Record& request, const App& app,
                                                const std::string& assertion) {
    const AssertionCheck check{fmt::format("https://{}{}", request.host, request.path),
                               app.client_id, app.certificates, state_.time.now()};
    const auto accepted = verify_assertion(assertion, check);
    if (!accepted)
        return error(401, "invalid_client", accepted.error().aadsts, accepted.error().message);
    const std::lock_guard lock(mutex_);
    // The platform names no code for a replay; we refuse it so that a client's mistake shows.
    if (!used_assertions_.insert(*accepted).second)
        return error(401, "invalid_client", 700027, "Client assertion was used before (jti).");
    return std::nullopt;
}

tl::expected<Identity::Target, Answer> Identity::target_of(const Record& request,
                                                           const std::string& scope) const {
    Target target;
    for (const auto word : split(scope, ' ')) {
        if (word.empty() || word == "openid" || word == "profile" || word == "email") continue;
        if (word == "offline_access") {
            target.refresh = true;
            continue;
        }
        const auto slash = word.rfind('/');
        const bool bare = !word.starts_with("https://");
        const Cloud* home = cloud_of(request.host);
        std::string audience(bare ? "" : word.substr(0, slash));
        if (bare && home != nullptr) audience = "https://" + std::string(home->resources.front());
        const std::string host = audience.substr(std::min<std::size_t>(8, audience.size()));
        const Cloud* cloud = cloud_of(host);
        const bool ours = cloud != nullptr &&
                          std::ranges::find(cloud->logins, request.host) != cloud->logins.end();
        if (!ours || is_login_host(host))
            return tl::unexpected(error(400, "invalid_resource", 500011));
        if (!target.audience.empty() && target.audience != audience)
            return tl::unexpected(error(400, "invalid_request", 28000,
                                        "Scopes of more than one resource are not valid."));
        target.audience = audience;
        target.scopes.emplace_back(bare ? word : word.substr(slash + 1));
    }
    if (target.audience.empty()) return tl::unexpected(error(400, "invalid_scope", 70011));
    return target;
}

Answer Identity::grant(const Record& request, const App& app, const std::string& scope,
                       bool delegated) {
    auto target = target_of(request, scope);
    if (!target) return target.error();
    TokenInfo info{target->audience, app.client_id, delegated, {}, {}};
    if (delegated) {
        const bool all = std::ranges::find(target->scopes, ".default") != target->scopes.end();
        for (const std::string& name : all ? app.delegated : target->scopes) {
            if (std::ranges::find(app.delegated, name) == app.delegated.end() &&
                target->audience.find("graph") != std::string::npos)
                return error(400, "invalid_grant", 65001);
            info.scopes.push_back(name);
        }
    }
    const auto life = state_.token_life().count();
    json body{{"token_type", "Bearer"}, {"expires_in", life}, {"ext_expires_in", life}};
    if (delegated) {
        body["scope"] = join(info.scopes, " ");
        if (target->refresh) {
            const std::string refresh = state_.fresh("refresh");
            const std::lock_guard lock(mutex_);
            refresh_tokens_[refresh] = {app.client_id, scope, "", "",
                                        state_.time.now() + std::chrono::hours(24 * 90)};
            body["refresh_token"] = refresh;
        }
    }
    body["access_token"] = state_.issue(std::move(info));
    return json_answer(body);
}

Answer Identity::client_credentials(const Record& request, const App& app, const Form& form) {
    if (auto refused = check_client(request, app, form)) return *refused;
    const std::string scope = field(form, "scope");
    if (!scope.ends_with("/.default"))
        return error(400, "invalid_scope", 1002012,
                     "The provided value for scope is not valid. Client credential flows must have "
                     "a scope value with /.default suffixed to the resource identifier.");
    return grant(request, app, scope, false);
}

Answer Identity::redeem_code(const Record& request, const App& app, const Form& form) {
    if (form.contains("client_secret") || form.contains("client_assertion"))
        return error(401, "invalid_client", 700025);
    Grant code;
    {
        const std::lock_guard lock(mutex_);
        auto found = codes_.extract(field(form, "code"));  // good for once
        if (found.empty()) return error(400, "invalid_grant", 70000);
        code = std::move(found.mapped());
    }
    if (code.expires < state_.time.now()) return error(400, "invalid_grant", 70008);
    if (code.client_id != app.client_id || code.redirect != field(form, "redirect_uri"))
        return error(400, "invalid_grant", 50011, "The redirect URI does not match.");
    if (code.challenge != base64url(sha256(field(form, "code_verifier"))))
        return error(400, "invalid_grant", 501481);
    return grant(request, app, form.contains("scope") ? field(form, "scope") : code.scope, true);
}

Answer Identity::redeem_refresh(const Record& request, const App& app, const Form& form) {
    Grant refresh;
    {
        const std::lock_guard lock(mutex_);
        const auto found = refresh_tokens_.find(field(form, "refresh_token"));
        if (found == refresh_tokens_.end() || found->second.client_id != app.client_id)
            return error(400, "invalid_grant", 70000);
        refresh = found->second;
    }
    if (refresh.expires < state_.time.now()) return error(400, "invalid_grant", 70008);
    return grant(request, app, form.contains("scope") ? field(form, "scope") : refresh.scope, true);
}

Answer Identity::device_code(const Record& request, std::string_view) {
    const Form form = parse_form(request.body);
    const auto app = state_.app(field(form, "client_id"));
    if (!app) return error(400, "unauthorized_client", 700016);
    if (auto target = target_of(request, field(form, "scope")); !target) return target.error();
    const std::string code = state_.fresh("device");
    const std::lock_guard lock(mutex_);
    DeviceCode device;
    device.client_id = app->client_id;
    device.scope = field(form, "scope");
    device.expires = state_.time.now() + std::chrono::seconds(device_.expires_in);
    device.interval = std::chrono::seconds(device_.interval.value_or(5));
    json body{{"device_code", code},
              {"user_code", "FAKE12345"},
              {"verification_uri", "https://microsoft.com/devicelogin"},
              {"expires_in", device_.expires_in},
              {"message",
               "To sign in, use a web browser to open the page "
               "https://microsoft.com/devicelogin and enter the code FAKE12345 to "
               "authenticate."}};
    if (device_.interval) body["interval"] = *device_.interval;
    device_codes_[code] = std::move(device);
    return json_answer(body);
}

Answer Identity::poll_device(const Record& request, const App& app, const Form& form) {
    std::string scope;
    {
        const std::lock_guard lock(mutex_);
        const auto found = device_codes_.find(field(form, "device_code"));
        if (found == device_codes_.end() || device_.outcome == DeviceFlow::Outcome::bad_code ||
            found->second.client_id != app.client_id)
            return error(400, "bad_verification_code", 70018);
        DeviceCode& device = found->second;
        const milliseconds now = state_.time.passed();
        const milliseconds since = now - device.last_poll;
        device.last_poll = now;
        ++device.polls;
        if (device.expires < state_.time.now()) return error(400, "expired_token", 70019);
        // Half a second of patience: the client's clock started when our answer arrived.
        if (since + milliseconds(500) < device.interval || device.polls <= device_.slow_downs) {
            device.interval += std::chrono::seconds(5);  // RFC 8628 3.5
            return error(400, "slow_down", 70016, "Polling too often.");
        }
        if (device.polls <= device_.slow_downs + device_.pending_polls)
            return error(400, "authorization_pending", 70016);
        if (device_.outcome == DeviceFlow::Outcome::declined)
            return error(400, "authorization_declined", 70018);
        if (device_.outcome == DeviceFlow::Outcome::expired)
            return error(400, "expired_token", 70019);
        scope = device.scope;
        device_codes_.erase(found);
    }
    return grant(request, app, scope, true);
}

Answer Identity::authorize(const Record& request, std::string_view) {
    const Form query = parse_form(request.query);
    const auto app = state_.app(field(query, "client_id"));
    const std::string redirect = field(query, "redirect_uri");
    const bool registered =
        app && std::ranges::any_of(app->redirects, [&](const std::string& known) {
            return without_port(known) == without_port(redirect);
        });
    if (!registered)
        return error(400, "invalid_request", 50011, "The redirect URI does not match.");
    Form reply{{"state", field(query, "state")}};
    const std::lock_guard lock(mutex_);
    if (field(query, "response_type") != "code" ||
        field(query, "code_challenge_method") != "S256" ||
        field(query, "code_challenge").size() != 43) {
        reply["error"] = "invalid_request";
    } else if (!authorize_error_.empty()) {
        reply["error"] = authorize_error_;
        reply["error_description"] = "AADSTS65004: User declined to consent.";
    } else {
        const std::string code = state_.fresh("code");
        codes_[code] = {app->client_id, field(query, "scope"), redirect,
                        field(query, "code_challenge"),
                        state_.time.now() + std::chrono::minutes(10)};
        reply["code"] = code;
    }
    std::string location = redirect;
    char separator = redirect.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] : reply) {
        location += separator + name + "=" + percent_encode(value);
        separator = '&';
    }
    Answer answer;
    answer.status = 302;
    answer.set("Location", location);
    return answer;
}

}  // namespace smtpaudit::fake
