#include "auth/certificate.hpp"

#include "auth/assertion.hpp"
#include "auth/crypto.hpp"
#include "auth/private_file.hpp"

#include <fmt/format.h>
#include <utility>

namespace smtpaudit {
namespace {

constexpr std::size_t k_max_certificate_file = std::size_t{1} * 1024 * 1024;

class CertificateSource final : public TokenSource {
public:
    CertificateSource(const SignInContext& context, AppIdentity identity,
                      SigningCertificate certificate)
        : endpoint_(context, std::move(identity)), certificate_(std::move(certificate)) {}

    std::string name() const override { return "certificate"; }

    Result<Token> fetch(const std::string& resource, std::stop_token stop) override {
        SA_TRY(TokenGrant grant,
               endpoint_.fetch([&] { return make_form(resource); }, std::move(stop)));
        return std::move(grant.token);
    }

private:
    Result<Form> make_form(const std::string& resource) const {
        const std::string& client_id = endpoint_.identity().client_id;
        const SignInContext& context = endpoint_.context();
        SA_TRY(const Secret assertion,
               make_assertion(certificate_, endpoint_.url("token"), client_id, context.clock.now(),
                              context.random));
        Form form;
        form.add("client_id", client_id)
            .add("scope", application_scope(resource))
            .add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .add("client_assertion", assertion.reveal())
            .add("grant_type", "client_credentials");
        return form;
    }

    TokenEndpoint endpoint_;
    SigningCertificate certificate_;
};

Result<void> check_validity(const SigningCertificate& certificate, const std::string& path,
                            UtcTime now) {
    if (now >= certificate.not_after())
        return fail(Errc::sign_in,
                    fmt::format("{}: the certificate expired on {}; make a new one and upload it "
                                "under \"Certificates & secrets\" of the app registration",
                                path, format_utc(certificate.not_after())));
    if (now < certificate.not_before())
        return fail(Errc::sign_in,
                    fmt::format("{}: the certificate is only valid from {}; it is {} by this "
                                "machine's clock, so check the clock",
                                path, format_utc(certificate.not_before()), format_utc(now)));
    return {};
}

}  // namespace

Result<std::unique_ptr<TokenSource>> certificate_source(const SignInContext& context,
                                                        AppIdentity identity,
                                                        const std::string& path,
                                                        const Secret& passphrase) {
    SA_TRY(const Secret content, read_private_file(path, k_max_certificate_file));
    SA_TRY(SigningCertificate certificate, load_certificate(content.reveal(), passphrase, path));
    SA_CHECK(check_validity(certificate, path, context.clock.now()));
    return std::make_unique<CertificateSource>(context, std::move(identity),
                                               std::move(certificate));
}

}  // namespace smtpaudit
