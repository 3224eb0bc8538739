#include "auth/client_secret.hpp"

#include <utility>

namespace smtpaudit {
namespace {

class ClientSecretSource final : public TokenSource {
public:
    ClientSecretSource(const SignInContext& context, AppIdentity identity, Secret secret)
        : endpoint_(context, std::move(identity)), secret_(std::move(secret)) {}

    std::string name() const override { return "client secret"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        const auto make_form = [&]() -> Result<Form> {
            Form form;
            form.add("client_id", endpoint_.identity().client_id)
                .add("scope", application_scope(resource))
                .add("client_secret", secret_.reveal())
                .add("grant_type", "client_credentials");
            return form;
        };
        SA_TRY(TokenGrant grant, endpoint_.fetch(make_form, std::move(stop)));
        return std::move(grant.token);
    }

private:
    TokenEndpoint endpoint_;
    Secret secret_;
};

}  // namespace

std::unique_ptr<TokenSource> client_secret_source(const SignInContext& context,
                                                  AppIdentity identity, Secret secret) {
    return std::make_unique<ClientSecretSource>(context, std::move(identity), std::move(secret));
}

}  // namespace smtpaudit
