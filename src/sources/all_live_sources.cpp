#include "sources/exchange_settings.hpp"
#include "sources/graph_message_trace.hpp"
#include "sources/graph_messages.hpp"
#include "sources/graph_named_locations.hpp"
#include "sources/graph_oauth_apps.hpp"
#include "sources/graph_policies.hpp"
#include "sources/graph_sign_ins.hpp"
#include "sources/graph_usage_report.hpp"
#include "sources/graph_users.hpp"
#include "sources/live_source.hpp"

#include <array>
#include <vector>

namespace smtpaudit {

// The table of live sources: a new one is one file and one line here.
std::span<const LiveSource> all_live_sources() {
    static const std::vector<LiveSource> sources = [] {
        std::vector<LiveSource> all = {
            k_graph_sign_ins,           k_graph_users,
            k_graph_organization,       k_graph_named_locations,
            k_graph_message_trace,      k_graph_oauth_apps,
            k_graph_oauth_sign_ins,     k_graph_usage_report,
            k_graph_messages,           k_graph_security_defaults,
            k_graph_conditional_access, k_graph_mfa_registration,
            k_graph_directory_roles,
        };
        all.insert(all.end(), k_exchange_settings.begin(), k_exchange_settings.end());
        return all;
    }();
    return sources;
}

// A new budget is one line here.
std::span<const ThrottleBudget> all_budgets() {
    static constexpr auto budgets = std::to_array<ThrottleBudget>({
        {"entra-reports", k_sign_in_budget},
        // Counted in units of cost, thousands in ten seconds: far above one request at a time. The
        // pause that a 429 asks for is shared all the same.
        {"graph-directory", {20, 20}},
        // One request in a second for a tenant and all its apps, and its 429 names no time to wait
        // (facts/graph.md 4).
        {"graph-policies", {0.9, 1}},
        // 100 requests in five minutes for a tenant and all who ask (facts/exchange.md 2.5).
        {"message-trace", {0.32, 40, 95, std::chrono::minutes(5)}},
        // No number is published (facts/exchange.md 3.1); pages come one after another anyway.
        {"exchange", {5, 5}},
        // 14 requests in 10 minutes for each report (facts/graph.md 2.2).
        {"graph-reports", {0.023, 10}},
        // 200 queries in 30 seconds (facts/graph.md 3.2); they come one after another anyway.
        {"log-analytics", {5, 5}},
        // 45 calls a minute for a tenant (facts/graph.md 3.1).
        {"hunting", {0.7, 5, 45, std::chrono::minutes(1)}},
        // 240 in a minute, 800 in an hour (facts/graph.md 4).
        {"graph-announcements", {0.2, 60}},
    });
    return budgets;
}

const ThrottleBudget* find_budget(std::string_view name) {
    for (const ThrottleBudget& budget : all_budgets())
        if (budget.name == name) return &budget;
    return nullptr;
}

const LiveSource* find_live_source(std::string_view id) {
    for (const LiveSource& source : all_live_sources())
        if (source.id == id) return &source;
    return nullptr;
}

}  // namespace smtpaudit
