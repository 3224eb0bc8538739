// Sign-in of an Azure machine or app with the identity that Azure gave it (facts/graph.md 5.4):
// the metadata service of virtual machines, or the local endpoint of App Service and its kin.
#pragma once

#include "auth/token_endpoint.hpp"
#include "auth/token_source.hpp"
#include "net/curl_http.hpp"

#include <memory>
#include <optional>
#include <string>

namespace smtpaudit {

// What the platform says of its endpoint. All absent: the metadata service of virtual machines.
struct ManagedIdentityHost {
    std::optional<std::string> endpoint;  // IDENTITY_ENDPOINT
    Secret header;  // IDENTITY_HEADER
    bool arc = false;  // IMDS_ENDPOINT is set: Azure Arc
    bool service_fabric = false;  // IDENTITY_SERVER_THUMBPRINT is set

    ManagedIdentityHost clone() const { return {endpoint, header.clone(), arc, service_fabric}; }
};

// `http` is a client of its own: plain http to a local address, through no proxy, giving up on a
// connection within seconds, because off Azure nothing answers. `client_id` names a user-assigned
// identity; empty: the system-assigned one.
// Errc::usage: an endpoint that is not on this machine, or a platform that we do not know.
Result<std::unique_ptr<TokenSource>> managed_identity_source(const SignInContext& context,
                                                             std::unique_ptr<HttpClient> http,
                                                             ManagedIdentityHost host,
                                                             std::string client_id);

// What that client is made with.
CurlSettings managed_identity_network();

}  // namespace smtpaudit
