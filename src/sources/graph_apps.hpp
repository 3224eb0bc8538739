// The applications that may submit mail by SMTP with OAuth: by application role or by delegated
// scope, on Exchange Online or on Graph (facts/graph.md 4.1). Shared by the source that lists them
// and the one that reads their sign-ins.
#pragma once

#include "model/facts.hpp"
#include "sources/graph_page.hpp"
#include "sources/live_source.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// The resource whose tokens a client submits with.
inline constexpr std::string_view k_exchange_online_app = "00000002-0000-0ff1-ce00-000000000000";

inline constexpr std::array<Permission, 2> k_apps_permissions = {
    {{"Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
      "c79f8feb-a9db-4090-85f9-90d820caa0eb"},
     {"Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
      "06da0dbc-49e2-44d2-8312-53f166ab848a"}}};

struct SmtpApps {
    std::vector<OauthApp> grants;  // one for each grant, by name, id and way; no two alike
    std::uint64_t pages = 0;
    std::vector<std::string> notes;
    std::vector<std::string> app_ids() const;  // sorted, each once
};

// Roles and scopes are found by their value, never by an id: Exchange has two roles of one name.
// A resource that the tenant does not have is a note.
tl::expected<SmtpApps, GraphProblem> find_smtp_apps(PullContext& context, const LiveSource& source);

}  // namespace smtpaudit
