// The clouds of the identity platform as one data table (facts/graph.md 5.10). A host that is not
// in it never sees a credential or a token.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// A service: where requests go, and what a token for it is asked for. They differ for Log
// Analytics, whose tokens are still made out to its old name (facts/graph.md 3.2).
struct CloudService {
    std::string_view host;  // empty: this cloud has none that we know
    std::string_view resource;  // "https://graph.microsoft.com"; the scope is this + "/.default"
    // Hosts below it ("<prefix>.outlook.office365.com") are the service too (facts/exchange.md 3.1).
    bool hosts_below = false;

    std::string base_url() const { return "https://" + std::string(host); }
};

struct Cloud {
    std::string_view name;  // the value of --cloud
    std::string_view help;
    std::string_view authority;  // the host that signs in
    std::string_view authority_alias;  // an older name that we accept and replace; may be empty
    CloudService graph;
    CloudService exchange;
    CloudService log_analytics;
    // What a token of another issuer must be made out to, to be taken for one of ours.
    std::string_view federation_audience;

    // graph, exchange and log_analytics, without those that this cloud lacks.
    std::vector<CloudService> services() const;
};

// In the order of help; the first is the default.
std::span<const Cloud> all_clouds();

// The cloud for --cloud and AZURE_AUTHORITY_HOST (a host or "https://host/"); neither: global.
// An unknown name, an authority outside the table, an authority of two clouds without --cloud, or
// the two saying different things: Errc::usage. The pointer is into the table.
Result<const Cloud*> choose_cloud(std::optional<std::string_view> name,
                                  std::optional<std::string_view> authority_host);

// A tenant is named by its id (GUID) or a domain. "common" and its like are refused: an audit is
// of one tenant. Errc::usage says what is wrong.
Result<void> check_tenant(std::string_view tenant);
// An application is named by its id (GUID).
Result<void> check_client_id(std::string_view client_id);

}  // namespace smtpaudit
