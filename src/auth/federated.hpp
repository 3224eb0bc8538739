// Sign-in of a workload whose own platform vouches for it, without any secret of ours (workload
// identity federation, RFC 7523; facts/graph.md 5.3).
#pragma once

#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace smtpaudit {

// Where the platform's signed statement comes from.
class AssertionOrigin {
public:
    virtual ~AssertionOrigin() = default;
    virtual std::string name() const = 0;  // "token file /var/run/…", for people
    // A statement that is good now; asked for anew at every use, because it lives for minutes.
    virtual Result<Secret> get(std::stop_token stop) = 0;
};

// A file that the platform writes and rotates. It is read once now, so that what is wrong with it
// shows before any request. Absent, empty, or holding something that is no token: Errc::input.
Result<std::unique_ptr<AssertionOrigin>> assertion_file(std::string path);

// ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN of a GitHub Actions job. An address that is not https is
// Errc::usage. `audience` is whom the statement shall be made out to.
Result<std::unique_ptr<AssertionOrigin>> github_assertion(const SignInContext& context,
                                                          const std::string& request_url,
                                                          Secret request_token,
                                                          std::string audience);

// SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN of an Azure Pipelines job, and the id of its service
// connection. An address that is not https is Errc::usage.
Result<std::unique_ptr<AssertionOrigin>> pipelines_assertion(const SignInContext& context,
                                                             const std::string& request_url,
                                                             Secret access_token,
                                                             std::string service_connection);

std::unique_ptr<TokenSource> federated_source(const SignInContext& context, AppIdentity identity,
                                              std::unique_ptr<AssertionOrigin> origin);

}  // namespace smtpaudit
