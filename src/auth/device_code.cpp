#include "auth/device_code.hpp"

#include "auth/json_reply.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <utility>

namespace smtpaudit {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds k_default_interval = 5s;  // RFC 8628 3.2, 3.5
constexpr std::chrono::seconds k_slow_down = 5s;
constexpr std::chrono::seconds k_longest_interval = 60s;
constexpr std::chrono::seconds k_longest_wait = 15min;  // what the platform gives today

struct DeviceCode {
    Secret device_code;
    std::string user_code;
    std::string address;
    std::chrono::seconds interval;
    std::chrono::seconds lives;
};

Result<DeviceCode> read_device_code(std::string_view body, std::string_view host) {
    auto reply = JsonReply::parse(body);
    auto code = reply ? reply->take_secret("device_code") : std::nullopt;
    const auto user_code = reply ? reply->text("user_code") : std::nullopt;
    const auto address = reply ? reply->text("verification_uri") : std::nullopt;
    if (!code || !user_code || !address || !address->starts_with("https://"))
        return fail(
            Errc::service,
            fmt::format("{} answered without a usable device code; is a proxy in between?", host));
    const auto seconds = [&](std::string_view name, std::chrono::seconds otherwise,
                             std::chrono::seconds most) {
        const auto value = reply->number(name);
        return value && *value > 0 ? std::min(std::chrono::seconds(*value), most) : otherwise;
    };
    return DeviceCode{std::move(*code), printable(*user_code), printable(*address),
                      seconds("interval", k_default_interval, k_longest_interval),
                      seconds("expires_in", k_longest_wait, k_longest_wait)};
}

class DeviceCodeSource final : public TokenSource {
public:
    DeviceCodeSource(const SignInContext& context, AppIdentity identity, Tell tell)
        : endpoint_(context, std::move(identity)), tell_(std::move(tell)) {}

    std::string name() const override { return "device code"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        return tokens_.fetch(
            endpoint_, resource,
            [this](const std::string& scope, std::stop_token inner) {
                return sign_in(scope, std::move(inner));
            },
            std::move(stop));
    }

private:
    Result<TokenGrant> sign_in(const std::string& scope, std::stop_token stop) const {
        SA_TRY(const DeviceCode code, begin(scope, stop));
        tell_(fmt::format("To sign in, open {} and enter the code {} by {}", code.address,
                          code.user_code,
                          format_utc(endpoint_.context().clock.now() + code.lives)));
        return poll(code, std::move(stop));
    }

    Result<DeviceCode> begin(const std::string& scope, std::stop_token stop) const {
        SA_TRY(HttpResponse response,
               endpoint_.post(
                   "devicecode",
                   [&]() -> Result<Form> {
                       Form form;
                       form.add("client_id", endpoint_.identity().client_id).add("scope", scope);
                       return form;
                   },
                   std::move(stop)));
        if (response.status < 200 || response.status >= 300) {
            TokenRefusal refusal =
                read_refusal(response, endpoint_.host(), endpoint_.context().clock.now());
            return fail(refusal.error.empty() ? Errc::service : Errc::sign_in,
                        std::move(refusal.message));
        }
        auto code = read_device_code(response.body, endpoint_.host());
        wipe(response.body);
        return code;
    }

    Result<TokenGrant> poll(const DeviceCode& code, std::stop_token stop) const {
        Clock& clock = endpoint_.context().clock;
        const auto deadline = clock.steady_now() + code.lives;
        auto interval = code.interval;
        const auto make_form = [&]() -> Result<Form> {
            Form form;
            form.add("client_id", endpoint_.identity().client_id)
                .add("device_code", code.device_code.reveal())
                .add("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
            return form;
        };
        while (clock.steady_now() + interval < deadline) {
            if (!clock.sleep_for(interval, stop)) return tl::unexpected(interrupted_error());
            SA_TRY(TokenAnswer answer, endpoint_.ask(make_form, stop));
            if (auto* grant = std::get_if<TokenGrant>(&answer)) return std::move(*grant);
            auto& refusal = std::get<TokenRefusal>(answer);
            if (refusal.error == "slow_down")
                interval += k_slow_down;
            else if (refusal.error != "authorization_pending")
                return fail(Errc::sign_in, std::move(refusal.message));
        }
        return fail(Errc::sign_in, "nobody entered the code in time; start again");
    }

    TokenEndpoint endpoint_;
    Tell tell_;
    DelegatedTokens tokens_;
};

}  // namespace

std::unique_ptr<TokenSource> device_code_source(const SignInContext& context, AppIdentity identity,
                                                Tell tell) {
    return std::make_unique<DeviceCodeSource>(context, std::move(identity), std::move(tell));
}

}  // namespace smtpaudit
