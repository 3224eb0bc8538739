#include "auth/clouds.hpp"

#include "base/guid.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

// Hosts: facts/graph.md 5.10; Exchange's admin hosts: facts/exchange.md, "National clouds".
constexpr std::array k_clouds{
    Cloud{"global",
          "worldwide, GCC included",
          "login.microsoftonline.com",
          "",
          {"graph.microsoft.com", "https://graph.microsoft.com"},
          {"outlook.office365.com", "https://outlook.office365.com", true},
          {"api.loganalytics.azure.com", "https://api.loganalytics.io"},
          "api://AzureADTokenExchange"},
    Cloud{"gcc-high",
          "US Government, GCC High",
          "login.microsoftonline.us",
          "",
          {"graph.microsoft.us", "https://graph.microsoft.us"},
          {"outlook.office365.us", "https://outlook.office365.us", true},
          {},
          "api://AzureADTokenExchangeUSGov"},
    Cloud{"dod",
          "US Government, DoD",
          "login.microsoftonline.us",
          "",
          {"dod-graph.microsoft.us", "https://dod-graph.microsoft.us"},
          {"outlook-dod.office365.us", "https://outlook-dod.office365.us", true},
          {},
          "api://AzureADTokenExchangeUSGov"},
    Cloud{"china",
          "China, operated by 21Vianet",
          "login.partner.microsoftonline.cn",
          "login.chinacloudapi.cn",
          {"microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"},
          {"outlook.office365.cn", "https://outlook.office365.cn", true},
          {},
          "api://AzureADTokenExchangeChina"},
};

std::string known_names() {
    std::vector<std::string> names;
    for (const Cloud& cloud : k_clouds) names.emplace_back(cloud.name);
    return join(names, ", ");
}

std::string known_authorities() {
    std::vector<std::string> hosts;
    for (const Cloud& cloud : k_clouds) {
        for (const std::string_view host : {cloud.authority, cloud.authority_alias})
            if (!host.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end())
                hosts.emplace_back(host);
    }
    return join(hosts, ", ");
}

bool serves(const Cloud& cloud, std::string_view host) {
    return cloud.authority == host ||
           (!cloud.authority_alias.empty() && cloud.authority_alias == host);
}

// "https://login.microsoftonline.us/" -> its host in lower case. Whatever else it holds (another
// scheme, a path, a port, a user) stays in the text and so is in no row of the table.
std::string bare_host(std::string_view authority) {
    std::string host = ascii_lower(trim(authority));
    if (host.starts_with("https://")) host.erase(0, std::string_view("https://").size());
    if (host.ends_with('/')) host.pop_back();
    return host;
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return c == '-' || is_letter_or_digit(c); });
}

bool is_domain(std::string_view text) {
    const auto labels = split(text, '.');
    return text.size() <= 253 && labels.size() >= 2 &&
           std::all_of(labels.begin(), labels.end(), is_label);
}

}  // namespace

std::vector<CloudService> Cloud::services() const {
    std::vector<CloudService> known;
    for (const CloudService& service : {graph, exchange, log_analytics})
        if (!service.host.empty()) known.push_back(service);
    return known;
}

std::span<const Cloud> all_clouds() { return k_clouds; }

Result<const Cloud*> choose_cloud(std::optional<std::string_view> name,
                                  std::optional<std::string_view> authority_host) {
    const Cloud* named = nullptr;
    if (name) {
        const auto found = std::find_if(k_clouds.begin(), k_clouds.end(),
                                        [&](const Cloud& cloud) { return cloud.name == *name; });
        if (found == k_clouds.end())
            return fail(Errc::usage, fmt::format("no cloud is called \"{}\"; use one of {}",
                                                 printable(*name), known_names()));
        named = found;
    }
    if (!authority_host) return named != nullptr ? named : k_clouds.data();

    const std::string host = bare_host(*authority_host);
    std::vector<const Cloud*> serving;
    for (const Cloud& cloud : k_clouds)
        if (serves(cloud, host)) serving.push_back(&cloud);
    if (serving.empty())
        return fail(Errc::usage,
                    fmt::format("the sign-in host \"{}\" is not one of Microsoft's that we know; "
                                "no credential is sent there (known: {})",
                                printable(*authority_host), known_authorities()));
    if (named != nullptr) {
        if (serves(*named, host)) return named;
        return fail(Errc::usage, fmt::format("--cloud {} signs in at {}, but the sign-in host is "
                                             "set to {}; drop one of the two",
                                             named->name, named->authority, host));
    }
    if (serving.size() > 1)
        return fail(Errc::usage, fmt::format("{} serves two clouds; add --cloud {} or --cloud {}",
                                             host, serving[0]->name, serving[1]->name));
    return serving.front();
}

Result<void> check_tenant(std::string_view tenant) {
    if (parse_guid(tenant) || is_domain(tenant)) return {};
    for (const std::string_view any : {"common", "organizations", "consumers"}) {
        if (equals_ignoring_case(tenant, any))
            return fail(Errc::usage,
                        fmt::format("the tenant \"{}\" means any tenant; name the one to audit "
                                    "(contoso.onmicrosoft.com, or its id)",
                                    any));
    }
    return fail(Errc::usage, fmt::format("\"{}\" is not a tenant; give its domain "
                                         "(contoso.onmicrosoft.com) or its id (a GUID)",
                                         printable(tenant)));
}

Result<void> check_client_id(std::string_view client_id) {
    if (parse_guid(client_id)) return {};
    return fail(Errc::usage, fmt::format("\"{}\" is not a client id; give the \"Application "
                                         "(client) ID\" (a GUID) from the app registration",
                                         printable(client_id)));
}

}  // namespace smtpaudit
