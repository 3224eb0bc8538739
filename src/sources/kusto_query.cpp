#include "sources/kusto_query.hpp"

#include <fmt/format.h>
#include <array>
#include <stdexcept>

namespace smtpaudit {

namespace embedded {
extern const std::string_view k_log_analytics_tables, k_log_analytics_sign_ins,
    k_log_analytics_oauth_sign_ins, k_hunting_tables, k_hunting_sign_ins, k_hunting_oauth_sign_ins,
    k_hunting_app_sign_ins;
}

namespace {

std::string_view template_of(KustoQuery query) {
    switch (query) {
        case KustoQuery::log_analytics_tables: return embedded::k_log_analytics_tables;
        case KustoQuery::log_analytics_sign_ins: return embedded::k_log_analytics_sign_ins;
        case KustoQuery::log_analytics_oauth_sign_ins:
            return embedded::k_log_analytics_oauth_sign_ins;
        case KustoQuery::hunting_tables: return embedded::k_hunting_tables;
        case KustoQuery::hunting_sign_ins: return embedded::k_hunting_sign_ins;
        case KustoQuery::hunting_oauth_sign_ins: return embedded::k_hunting_oauth_sign_ins;
        case KustoQuery::hunting_app_sign_ins: return embedded::k_hunting_app_sign_ins;
    }
    throw std::logic_error("no such query");
}

std::string filled(std::string_view blank, const KustoBlanks& blanks) {
    if (blank == "from") return format_utc(blanks.window.from);
    if (blank == "to") return format_utc(blanks.window.to);
    if (blank == "buckets") return fmt::format("{}", blanks.buckets);
    if (blank == "bucket") return fmt::format("{}", blanks.bucket);
    if (blank == "limit") return fmt::format("{}", blanks.limit);
    if (blank == "table") return std::string(to_string(blanks.table));
    if (blank == "apps") {
        std::string list;
        for (const Guid& app : blanks.apps)
            list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", format_guid(app));
        return list;
    }
    throw std::logic_error("a query has a blank that nothing fills");
}

}  // namespace

std::string_view to_string(HuntingTable table) {
    constexpr std::array<std::string_view, 4> names = {"EntraIdSignInEvents", "AADSignInEventsBeta",
                                                       "EntraIdSpnSignInEvents",
                                                       "AADSpnSignInEventsBeta"};
    return names[static_cast<std::size_t>(table)];
}

std::string kusto_text(KustoQuery query, const KustoBlanks& blanks) {
    std::string_view rest = template_of(query);
    std::string text;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const auto close = rest.find('}', open);
        text += rest.substr(0, open);
        text += filled(rest.substr(open + 1, close - open - 1), blanks);
        rest.remove_prefix(close + 1);
    }
    return text += rest;
}

}  // namespace smtpaudit
