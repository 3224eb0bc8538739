#include "sources/graph_users.hpp"

#include "base/text.hpp"
#include "model/facts.hpp"
#include "sources/graph_list.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace smtpaudit {
namespace {

using nlohmann::json;

constexpr std::array<Permission, 1> k_user_permissions = {
    {{"User.Read.All", "df021288-bdef-4463-88db-98f22de89214",
      "a154be20-db9c-4678-8ab7-66f6cc099a59"}}};
// facts/graph.md 4.4 does not list this one; the ids are those of Microsoft's permission reference.
constexpr std::array<Permission, 1> k_organization_permissions = {
    {{"Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6",
      "4908d5b9-3fb2-4b1e-9336-1888b7937185"}}};

// One object's fields. A field of the wrong type is absent, and counted.
class Fields {
public:
    Fields(const json& object, std::uint64_t& wrong_types)
        : object_(object), wrong_types_(wrong_types) {}

    std::optional<std::string> text(const char* key) const {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        ++wrong_types_;
        return std::nullopt;
    }
    std::optional<bool> flag(const char* key) const {
        const json* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_boolean()) return value->get<bool>();
        ++wrong_types_;
        return std::nullopt;
    }
    std::optional<UtcTime> instant(const char* key) const {
        const auto written = text(key);
        if (!written) return std::nullopt;
        const auto read = parse_iso_instant(*written);
        if (read) return read->at;
        ++wrong_types_;
        return std::nullopt;
    }
    // The elements of a list; an absent one is empty.
    std::vector<const json*> list(const char* key) const {
        std::vector<const json*> elements;
        const json* value = find(key);
        if (value == nullptr) return elements;
        if (!value->is_array()) {
            ++wrong_types_;
            return elements;
        }
        for (const json& element : *value) elements.push_back(&element);
        return elements;
    }
    void count_wrong_type() const { ++wrong_types_; }

private:
    const json* find(const char* key) const {
        const auto found = object_.find(key);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }
    const json& object_;
    std::uint64_t& wrong_types_;
};

struct Addresses {
    std::vector<std::string> all;  // the primary one first
    bool has_primary = false;
};

// "SMTP:" marks the primary address, "smtp:" the others; the rest is no mail address (X500, SIP …).
Addresses smtp_addresses(const Fields& fields) {
    constexpr std::size_t k_prefix = 5;
    Addresses addresses;
    for (const json* element : fields.list("proxyAddresses")) {
        if (!element->is_string()) {
            fields.count_wrong_type();
            continue;
        }
        const std::string_view written = element->get_ref<const std::string&>();
        if (written.size() <= k_prefix ||
            !equals_ignoring_case(written.substr(0, k_prefix), "smtp:"))
            continue;
        const bool is_primary = written.starts_with("SMTP:") && !addresses.has_primary;
        addresses.has_primary = addresses.has_primary || is_primary;
        addresses.all.emplace(is_primary ? addresses.all.begin() : addresses.all.end(),
                              written.substr(k_prefix));
    }
    return addresses;
}

// A pull of one list: what the rows come to, and its coverage.
class FactsPull {
public:
    FactsPull(PullContext& context, const LiveSource& source)
        : context_(context), source_(source) {}

    // `take` gets each object once, with its id.
    Coverage run(const std::string& url,
                 const std::function<void(const std::string& id, const Fields&)>& take) {
        Coverage coverage;
        coverage.source = source_.id;
        coverage.state = CoverageState::complete;
        const GraphList list{context_, source_, [&](const json& row) { element(row, take); },
                             [&] {
                                 ++coverage.files;
                                 if (context_.progress)
                                     context_.progress({source_.id, coverage.files, seen_.size()});
                             }};
        const auto problem = list.walk(url);
        coverage.rows = seen_.size();
        if (problem) {
            end_with(coverage, *problem, context_.chosen_by_name);
        } else if (nameless_ > 0) {
            coverage.state = coverage.rows > 0 ? CoverageState::partial : CoverageState::failed;
            coverage.reason =
                fmt::format("{} of the rows have no readable id", group_thousands(nameless_));
        }
        if (wrong_types_ > 0)
            coverage.notes.push_back(fmt::format("{} fields of the wrong type taken as absent",
                                                 group_thousands(wrong_types_)));
        return coverage;
    }

private:
    void element(const json& row,
                 const std::function<void(const std::string& id, const Fields&)>& take) {
        if (!row.is_object()) {
            ++nameless_;
            return;
        }
        std::uint64_t wrong_types = 0;
        const Fields fields(row, wrong_types);
        const auto id = fields.text("id");
        if (!id || id->empty()) {
            ++nameless_;
            return;
        }
        // The same row on two pages, or again after a restart.
        if (!seen_.insert(*id).second) return;
        take(*id, fields);
        wrong_types_ += wrong_types;
    }

    PullContext& context_;
    const LiveSource& source_;
    std::unordered_set<std::string> seen_;
    std::uint64_t nameless_ = 0, wrong_types_ = 0;
};

Coverage pull_users(PullContext& context, EvidenceSink& sink) {
    const std::string url =
        context.graph_url +
        "/v1.0/users?$select=id,userPrincipalName,mail,proxyAddresses,accountEnabled,userType,"
        "lastPasswordChangeDateTime&$top=999";
    return FactsPull(context, k_graph_users)
        .run(url, [&](const std::string& id, const Fields& fields) {
            AccountFacts facts;
            facts.user_id = id;
            facts.user_principal_name = fields.text("userPrincipalName").value_or("");
            Addresses addresses = smtp_addresses(fields);
            facts.mail = fields.text("mail").value_or("");
            if (facts.mail.empty() && addresses.has_primary) facts.mail = addresses.all.front();
            facts.addresses = std::move(addresses.all);
            facts.enabled = fields.flag("accountEnabled");
            facts.user_type = fields.text("userType");
            facts.password_changed = fields.instant("lastPasswordChangeDateTime");
            facts.origin = "Microsoft Graph users";
            sink.account(facts);
        });
}

Coverage pull_organization(PullContext& context, EvidenceSink& sink) {
    const std::string url =
        context.graph_url + "/v1.0/organization?$select=id,displayName,verifiedDomains";
    return FactsPull(context, k_graph_organization)
        .run(url, [&](const std::string& id, const Fields& fields) {
            TenantFacts facts;
            facts.id = id;
            facts.name = fields.text("displayName");
            for (const json* domain : fields.list("verifiedDomains")) {
                if (!domain->is_object()) {
                    fields.count_wrong_type();
                    continue;
                }
                std::uint64_t wrong_types = 0;
                if (auto name = Fields(*domain, wrong_types).text("name"))
                    facts.domains.push_back(std::move(*name));
                if (wrong_types > 0) fields.count_wrong_type();
            }
            facts.origin = "Microsoft Graph organization";
            sink.tenant(facts);
        });
}

Coverage probe_url(PullContext& context, const LiveSource& source, const std::string& url) {
    Coverage coverage;
    coverage.source = source.id;
    coverage.state = CoverageState::complete;
    const HttpResult answer = context.http.send(graph_get(context.graph_url + url), context.stop);
    if (!answer || answer->status != 200)
        end_with(coverage, graph_problem(answer, PageOrder::first, source), context.chosen_by_name);
    return coverage;
}

Coverage probe_users(PullContext& context) {
    return probe_url(context, k_graph_users, "/v1.0/users?$select=id,proxyAddresses&$top=1");
}

Coverage probe_organization(PullContext& context) {
    return probe_url(context, k_graph_organization, "/v1.0/organization?$select=id");
}

}  // namespace

constinit const LiveSource k_graph_users = {
    .id = "users",
    .title = "Users and their addresses (Microsoft Graph)",
    .permissions = k_user_permissions,
    .roles = {},
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_users,
    .probe = probe_users,
    .tier = "names",
};

constinit const LiveSource k_graph_organization = {
    .id = "organization",
    .title = "The organisation's name and domains (Microsoft Graph)",
    .permissions = k_organization_permissions,
    .roles = {},
    .licence = {},
    .retention = {},
    .budget = "graph-directory",
    .pull = pull_organization,
    .probe = probe_organization,
    .tier = "names",
};

}  // namespace smtpaudit
