#include "auth/azure_cli.hpp"

#include "auth/child_process.hpp"
#include "auth/json_reply.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <utility>

namespace smtpaudit {
namespace {

class AzureCliSource final : public TokenSource {
public:
    AzureCliSource(const SignInContext& context, AppIdentity identity, std::string program)
        : context_(context), identity_(std::move(identity)), program_(std::move(program)) {}

    std::string name() const override { return "Azure CLI"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        // Only what the tables and check_tenant have let pass; there is no shell to misread it.
        const std::vector<std::string> argv = {
            program_,        "account", "get-access-token",          "--output",
            "json",          "--scope", application_scope(resource), "--tenant",
            identity_.tenant};
        auto ran = run_child(argv, {}, context_.clock, stop);
        if (!ran) return tl::unexpected(explain(std::move(ran).error()));
        if (ran->exit_code != 0) return refused(*ran);
        return read_token(*ran);
    }

private:
    static Error explain(Error error) {
        if (error.code == Errc::usage)
            error.message +=
                "; --auth azure-cli needs the Azure CLI (az) in PATH: install it and run az login";
        if (error.code == Errc::service)
            error.message += "; run az account get-access-token by hand to see why";
        return error;
    }

    tl::unexpected<Error> refused(const ChildResult& ran) const {
        const bool signed_out = ran.err.find("az login") != std::string::npos;
        return fail(
            Errc::sign_in,
            signed_out
                ? fmt::format("the Azure CLI is not signed in to {0}; run az login --tenant {0} "
                              "--allow-no-subscriptions",
                              identity_.tenant)
                : fmt::format("the Azure CLI gave no token (exit {}); run az account "
                              "get-access-token --tenant {} by hand to see why",
                              ran.exit_code, identity_.tenant));
    }

    // expiresOn is local time without a zone and of no use; expires_on came later.
    Result<Token> read_token(const ChildResult& ran) const {
        auto reply = JsonReply::parse(ran.out.reveal());
        auto value = reply ? reply->take_secret("accessToken") : std::nullopt;
        if (!value)
            return fail(Errc::service,
                        "the Azure CLI answered without a token; bring it up to date (az upgrade)");
        const auto ends = reply->number("expires_on");
        if (!ends)
            return fail(Errc::service,
                        "the Azure CLI does not say when its token ends (expires_on); bring it up "
                        "to date (az upgrade)");
        const UtcTime now = context_.clock.now();
        constexpr long long k_latest = 253'402'300'799;
        const bool sane = *ends > 0 && *ends <= k_latest;
        auto token = token_for(
            std::move(*value),
            sane ? UtcTime(std::chrono::seconds(*ends)) - now : std::chrono::seconds(0), now);
        if (!token)
            return fail(Errc::sign_in,
                        "the token of the Azure CLI has ended; run az login, and check the clock");
        return std::move(*token);
    }

    SignInContext context_;
    AppIdentity identity_;
    std::string program_;
};

}  // namespace

std::unique_ptr<TokenSource> azure_cli_source(const SignInContext& context, AppIdentity identity,
                                              std::string program) {
    return std::make_unique<AzureCliSource>(context, std::move(identity), std::move(program));
}

}  // namespace smtpaudit
