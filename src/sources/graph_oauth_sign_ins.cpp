#include "base/text.hpp"
#include "model/facts.hpp"
#include "net/url.hpp"
#include "sources/graph_apps.hpp"
#include "sources/graph_list.hpp"
#include "sources/graph_oauth_apps.hpp"
#include "sources/graph_object.hpp"
#include "sources/oauth_tally.hpp"
#include "sources/sign_in_windows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

namespace smtpaudit {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::array<Permission, 3> k_permissions = {
    {{"AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da",
      "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"},
     k_apps_permissions[0],
     k_apps_permissions[1]}};

constexpr std::size_t k_apps_in_a_filter = 10;
// Long, because each window costs a request of a scarce budget; halved where the service is slow.
constexpr std::chrono::hours k_window{24 * 7};

bool flag(const json& row, const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_boolean() && found->get<bool>();
}

bool is_public_client(const json& row) {
    return equals_ignoring_case(json_text(row, "clientCredentialType"), "none");
}

int error_code(const json& row) {
    const auto status = row.find("status");
    if (status == row.end() || !status->is_object()) return -1;
    const auto code = status->find("errorCode");
    return code != status->end() && code->is_number_integer() ? code->get<int>() : -1;
}

std::string country(const json& row) {
    const auto location = row.find("location");
    if (location == row.end()) return {};
    std::string text = json_text(*location, "countryOrRegion");
    if (text.size() != 2) return {};
    for (char& c : text) c = static_cast<char>(c & ~0x20);
    return text;
}

class OauthSignInPull {
public:
    OauthSignInPull(PullContext& context, EvidenceSink& sink) : context_(context), sink_(sink) {}

    Coverage run() {
        coverage_.source = k_graph_oauth_sign_ins.id;
        coverage_.state = CoverageState::complete;
        auto apps = find_smtp_apps(context_, k_graph_oauth_sign_ins);
        if (!apps) {
            end_with(coverage_, apps.error(), context_.chosen_by_name);
            return std::move(coverage_);
        }
        coverage_.files = apps->pages;
        for (const OauthApp& app : apps->grants) tally_.name(app.app_id, app.name);
        const std::vector<std::string> ids = apps->app_ids();
        apps_.insert(ids.begin(), ids.end());
        const UtcTime now = context_.clock.now();
        const UtcTime to = std::max(context_.from, std::min(context_.to, now));
        const UtcTime from = std::clamp(now - k_sign_in_retention, context_.from, to);
        std::optional<GraphProblem> problem;
        for (std::size_t i = 0; i < ids.size() && !problem; i += k_apps_in_a_filter)
            problem = pull(std::span(ids).subspan(i, std::min(k_apps_in_a_filter, ids.size() - i)),
                           {from, to});
        finish({from, to}, problem);
        return std::move(coverage_);
    }

private:
    std::optional<GraphProblem> pull(std::span<const std::string> ids, TimeWindow whole) {
        std::vector<TimeWindow> todo = pieces_of(whole, k_window);
        std::reverse(todo.begin(), todo.end());  // the newest is the last, and goes first
        while (!todo.empty()) {
            const TimeWindow window = todo.back();
            todo.pop_back();
            auto problem = pull_window(ids, window);
            if (!problem) continue;
            if (problem->kind != GraphProblemKind::slow || window.length() <= k_shortest_window)
                return problem;
            auto halves = pieces_of(window, (window.length() + 1s) / 2);
            todo.insert(todo.end(), halves.rbegin(), halves.rend());
        }
        return std::nullopt;
    }

    std::optional<GraphProblem> pull_window(std::span<const std::string> ids, TimeWindow window) {
        const GraphList list{
            context_, k_graph_oauth_sign_ins, [&](const json& row) { take(row, window); },
            [&] {
                ++coverage_.files;
                if (context_.progress)
                    context_.progress({k_graph_oauth_sign_ins.id, coverage_.files, coverage_.rows});
            }};
        return list.walk(url(ids, window));
    }

    std::string url(std::span<const std::string> ids, TimeWindow window) const {
        std::string apps;
        for (const std::string& id : ids)
            apps += fmt::format("{}appId eq '{}'", apps.empty() ? "" : " or ", id);
        std::string last = format_utc(window.to - 1s);
        last.insert(last.size() - 1, ".9999999");
        const std::string filter = fmt::format(
            "createdDateTime ge {} and createdDateTime le {} and resourceId eq '{}' and ({}) and "
            "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser' or t eq "
            "'servicePrincipal')",
            format_utc(window.from), last, k_exchange_online_app, apps);
        return fmt::format("{}/beta/auditLogs/signIns?$filter={}&$top=1000", context_.graph_url,
                           percent_encode(filter));
    }

    void take(const json& row, TimeWindow window) {
        const std::string app_id = row.is_object() ? json_text(row, "appId") : std::string();
        const auto at = row.is_object() ? parse_iso_instant(json_text(row, "createdDateTime"))
                                        : std::optional<IsoInstant>();
        const std::string id = row.is_object() ? json_text(row, "id") : std::string();
        if (!at || id.empty()) {
            ++unreadable_;
            return;
        }
        // The service has been seen to ignore a filter (facts/graph.md 1.7).
        if (!apps_.contains(app_id) || !window.contains(at->at) ||
            json_text(row, "resourceId") != k_exchange_online_app || !seen_.insert(id).second)
            return;
        ++coverage_.rows;
        if (error_code(row) != 0) {
            tally_.add_failed();
            return;
        }
        // Rows of an application alone name nobody: no id, or the all-zero one.
        if (json_text(row, "userId").find_first_not_of("0-") == std::string::npos)
            tally_.add_application(app_id, at->at);
        else
            take_user(row, at->at, id);
    }

    void take_user(const json& row, UtcTime at, const std::string& id) {
        const std::string account = json_text(row, "userPrincipalName");
        const std::string user_id = json_text(row, "userId");
        const std::string agent = json_text(row, "userAgent");
        const std::string app = json_text(row, "appDisplayName");
        const std::string in_country = country(row);
        Observation seen;
        seen.account = account;
        seen.user_id = user_id;
        seen.at = at;
        seen.has_time = true;
        seen.protocol = Protocol::oauth;
        seen.possible_smtp = true;
        seen.user_agent = agent;
        seen.app = app;
        // The address of a confidential client's non-interactive row is where its first token was
        // issued, not where it is (facts/graph.md 1.3).
        if (flag(row, "isInteractive") || is_public_client(row)) {
            seen.client = parse_ip(json_text(row, "ipAddress"));
            seen.country = in_country;
        } else {
            tally_.add_unplaced();
        }
        seen.sign_ins = 1;
        seen.record_id = id;
        seen.line = coverage_.rows;
        sink_.observe(seen);
    }

    void finish(TimeWindow whole, const std::optional<GraphProblem>& problem) {
        if (problem) {
            end_with(coverage_, *problem, context_.chosen_by_name);
        } else if (unreadable_ > 0) {
            coverage_.state = CoverageState::partial;
            coverage_.reason =
                fmt::format("{} of the rows cannot be read", group_thousands(unreadable_));
        }
        if (coverage_.rows > 0 || !problem) {
            coverage_.from = whole.from;
            coverage_.to = whole.to;
        }
        tally_.note_in(coverage_);
    }

    PullContext& context_;
    EvidenceSink& sink_;
    Coverage coverage_;
    std::set<std::string, std::less<>> apps_;
    OauthTally tally_;
    std::unordered_set<std::string> seen_;
    std::uint64_t unreadable_ = 0;
};

Coverage pull_sign_ins(PullContext& context, EvidenceSink& sink) {
    return OauthSignInPull(context, sink).run();
}

Coverage probe_sign_ins(PullContext& context) {
    Coverage coverage = k_graph_oauth_apps.probe(context);
    coverage.source = k_graph_oauth_sign_ins.id;
    if (coverage.state != CoverageState::complete) return coverage;
    const std::string filter = fmt::format(
        "createdDateTime ge {} and resourceId eq '{}' and signInEventTypes/any(t: t eq "
        "'servicePrincipal')",
        format_utc(context.clock.now() - 1h), k_exchange_online_app);
    return probe_graph(context, k_graph_oauth_sign_ins,
                       fmt::format("{}/beta/auditLogs/signIns?$filter={}&$top=1", context.graph_url,
                                   percent_encode(filter)));
}

}  // namespace

constinit const LiveSource k_graph_oauth_sign_ins = {
    .id = "oauth_sign_ins",
    .title = "OAuth sign-ins that may be SMTP (Microsoft Graph)",
    .permissions = k_permissions,
    .roles = "Reports Reader and Directory Readers, or Global Reader",
    .licence = "Entra ID P1 or P2",
    .retention = "30 days",
    .budget = "entra-reports",
    .pull = pull_sign_ins,
    .probe = probe_sign_ins,
    .tier = "oauth",
};

}  // namespace smtpaudit
