#include "auth/browser.hpp"

#include "auth/crypto.hpp"
#include "auth/loopback.hpp"

#include <fmt/format.h>
#include <array>
#include <chrono>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::chrono::minutes k_limit{5};

// 43 characters of 256 random bits: a PKCE verifier (RFC 7636 4.1), or a state nobody can guess.
std::string random_text(Random& random) {
    std::array<unsigned char, 32> bytes{};
    random.fill(bytes);
    std::string raw(bytes.begin(), bytes.end());
    std::string text = base64url(raw);
    wipe(raw);
    explicit_bzero(bytes.data(), bytes.size());
    return text;
}

std::optional<std::string_view> field(const FormFields& fields, std::string_view name) {
    const auto found = fields.find(name);
    if (found == fields.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

LoopbackVerdict judge(const FormFields& fields, std::string_view state) {
    if (field(fields, "state") != state) return LoopbackVerdict::not_ours;
    if (field(fields, "error")) return LoopbackVerdict::refused;
    return field(fields, "code") ? LoopbackVerdict::signed_in : LoopbackVerdict::not_ours;
}

class BrowserSource final : public TokenSource {
public:
    BrowserSource(const SignInContext& context, AppIdentity identity, Tell tell, OpenUrl open_url)
        : endpoint_(context, std::move(identity)),
          tell_(std::move(tell)),
          open_url_(std::move(open_url)) {}

    std::string name() const override { return "browser"; }

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
        Random& random = endpoint_.context().random;
        const Secret verifier(random_text(random));
        const std::string state = random_text(random);
        SA_TRY(const auto listener, LoopbackListener::open());
        // "localhost" and no path: the port is ignored in matching, the path is not, and 127.0.0.1
        // could only be registered by hand.
        const std::string redirect = fmt::format("http://localhost:{}", listener->port());
        const std::string address = authorize_url(scope, state, redirect, verifier);
        const bool opened = open_url_ && open_url_(address);
        tell_(fmt::format("To sign in, {} (within {} minutes): {}",
                          opened ? "use the page that has opened in your browser, or open"
                                 : "open this address in a browser on this machine",
                          k_limit.count(), address));
        SA_TRY(const Secret code, wait_for_code(*listener, state, stop));
        return endpoint_.fetch(
            [&]() -> Result<Form> {
                Form form;
                form.add("client_id", endpoint_.identity().client_id)
                    .add("scope", scope)
                    .add("code", code.reveal())
                    .add("redirect_uri", redirect)
                    .add("code_verifier", verifier.reveal())
                    .add("grant_type", "authorization_code");
                return form;
            },
            std::move(stop));
    }

    std::string authorize_url(const std::string& scope, const std::string& state,
                              const std::string& redirect, const Secret& verifier) const {
        Form query;
        query.add("client_id", endpoint_.identity().client_id)
            .add("response_type", "code")
            .add("redirect_uri", redirect)
            .add("response_mode", "query")
            .add("scope", scope)
            .add("state", state)
            .add("code_challenge", base64url(sha256_bytes(verifier.reveal())))
            .add("code_challenge_method", "S256");
        return endpoint_.url("authorize") + '?' + query.text();
    }

    Result<Secret> wait_for_code(LoopbackListener& listener, const std::string& state,
                                 std::stop_token stop) const {
        SA_TRY(FormFields fields,
               listener.wait(
                   endpoint_.context().clock, k_limit,
                   [&](const FormFields& seen) { return judge(seen, state); }, std::move(stop)));
        if (const auto error = field(fields, "error"))
            return fail(
                Errc::sign_in,
                describe_refusal(endpoint_.host(), *error,
                                 aadsts_number(field(fields, "error_description").value_or(""))));
        return Secret(std::move(fields.find("code")->second));
    }

    TokenEndpoint endpoint_;
    Tell tell_;
    OpenUrl open_url_;
    DelegatedTokens tokens_;
};

}  // namespace

std::unique_ptr<TokenSource> browser_source(const SignInContext& context, AppIdentity identity,
                                            Tell tell, OpenUrl open_url) {
    return std::make_unique<BrowserSource>(context, std::move(identity), std::move(tell),
                                           std::move(open_url));
}

}  // namespace smtpaudit
