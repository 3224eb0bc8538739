#include "fake_tenant/kusto.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"
#include "fake_tenant/errors.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <tuple>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::string_view k_host = "api.loganalytics.azure.com";
// Tokens are still made out to the old name (facts/graph.md 3.2).
constexpr std::string_view k_audience = "https://api.loganalytics.io";
constexpr std::string_view k_exchange = "00000002-0000-0ff1-ce00-000000000000";
constexpr std::size_t k_log_analytics_cap = 500'000;
constexpr std::size_t k_hunting_cap = 100'000;  // facts/graph.md 3.1

const std::vector<std::string> k_workspace_tables = {
    "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs"};

std::map<std::string, std::string> read_templates() {
    std::map<std::string, std::string> templates;
    const std::filesystem::path folder = SMTPAUDIT_SOURCE_DIR "/src/sources";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".kql") continue;
        std::ifstream file(entry.path());
        std::ostringstream text;
        text << file.rdbuf();
        templates[entry.path().stem().string()] = text.str();
    }
    if (templates.empty()) throw std::runtime_error("no queries in " + folder.string());
    return templates;
}

// The blanks of `pattern` as `text` fills them; every other character must be the same.
std::optional<std::map<std::string, std::string>> match(std::string_view pattern,
                                                        std::string_view text) {
    std::map<std::string, std::string> blanks;
    for (;;) {
        const auto open = pattern.find('{');
        if (!text.starts_with(pattern.substr(0, open))) return std::nullopt;
        if (open == std::string_view::npos)
            return text.size() == pattern.size() ? std::optional(blanks) : std::nullopt;
        text.remove_prefix(open);
        const auto close = pattern.find('}', open);
        const std::string name(pattern.substr(open + 1, close - open - 1));
        pattern.remove_prefix(close + 1);
        // What follows the blank, up to the end of its line, ends the value.
        const auto fixed = pattern.substr(0, std::min(pattern.find('{'), pattern.find('\n') + 1));
        const auto end = fixed.empty() ? text.size() : text.find(fixed);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string value(text.substr(0, end));
        if (const auto before = blanks.find(name);
            before != blanks.end() && before->second != value)
            return std::nullopt;
        blanks[name] = value;
        text.remove_prefix(end);
    }
}

std::string instant(Ticks at) {
    const std::int64_t seconds = at.count / k_ticks_per_second;
    std::string text = format_utc(UtcTime(std::chrono::seconds(seconds)));
    if (const auto rest = at.count % k_ticks_per_second; rest != 0)
        text.insert(text.size() - 1, fmt::format(".{:07}", rest));
    return text;
}

std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 1469598103934665603ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

std::string text_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return {};
}

Answer semantic_error(const Record& request, const std::string& table, UtcTime now) {
    const std::string message = fmt::format(
        "'where' operator: Failed to resolve table or column expression named '{}'", table);
    if (!is_log_analytics_host(request.host))
        return graph_error(400, "BadRequest", message, request, now);
    Answer answer;
    answer.status = 400;
    answer.set("Content-Type", "application/json; charset=utf-8");
    answer.body = json{{"error",
                        {{"message", "The request had some invalid properties"},
                         {"code", "BadArgumentError"},
                         {"correlationId", uuid_of(1, 2)},
                         {"innererror",
                          {{"code", "SemanticError"},
                           {"message", "A semantic error occurred."},
                           {"innererror", {{"code", "SEM0100"}, {"message", message}}}}}}}}
                      .dump();
    return answer;
}

Answer log_analytics_error(int status, const std::string& code, const std::string& message) {
    Answer answer;
    answer.status = status;
    answer.set("Content-Type", "application/json; charset=utf-8");
    answer.body = json{{"error", {{"code", code}, {"message", message}}}}.dump();
    return answer;
}

ThrottleOptions limit(ThrottleOptions options, double requests, int seconds) {
    options.requests = requests;
    options.window = std::chrono::seconds(seconds);
    options.refusals_count = false;
    return options;
}

}  // namespace

bool is_log_analytics_host(std::string_view host) { return host == k_host; }

struct Kusto::Result {
    std::vector<std::pair<std::string, std::string>> columns;  // name and type
    std::vector<std::vector<json>> rows;
    std::string missing_table;  // not empty: nothing can be resolved
};

Kusto::Kusto(TenantState& state, const SignInLog& log, ThrottleOptions throttle)
    : state_(state),
      log_(log),
      templates_(read_templates()),
      log_analytics_throttle_(limit(throttle, 200, 30)),
      hunting_throttle_(limit(throttle, 45, 60)) {}

std::optional<KnownQuery> Kusto::recognise(const std::string& text) const {
    for (const auto& [name, pattern] : templates_)
        if (auto blanks = match(pattern, text)) return KnownQuery{name, std::move(*blanks)};
    return std::nullopt;
}

bool Kusto::has_table(const std::string& name) const {
    const auto& tables = state_.spec().kusto.tables;
    return std::ranges::find(tables, name) != tables.end();
}

bool Kusto::is_in(std::size_t row, const std::string& table) const {
    if (table == "EntraIdSignInEvents" || table == "AADSignInEventsBeta")
        return !log_.is_application(row);
    if (table == "SigninLogs") return !log_.is_application(row) && log_.is_interactive(row);
    if (table == "AADNonInteractiveUserSignInLogs")
        return !log_.is_application(row) && !log_.is_interactive(row);
    return log_.is_application(row);
}

Kusto::Result Kusto::tables(const KnownQuery& query, const std::vector<std::string>& names) const {
    const std::int64_t from = parse_ticks(query.blanks.at("from"))->count;
    const std::int64_t to = parse_ticks(query.blanks.at("to"))->count;
    Result result;
    result.columns = {{"Table", "string"}, {"Rows", "long"}, {"First", "datetime"}};
    for (const std::string& name : names) {
        if (!has_table(name)) continue;
        std::int64_t rows = 0;
        json first = nullptr;
        for (std::size_t row = 0; row < log_.size(); ++row) {
            const Ticks at = log_.created(row);
            if (at.count < from || at.count >= to || !is_in(row, name)) continue;
            ++rows;
            first = instant(at);  // newest first
        }
        result.rows.push_back({name, rows, first});
    }
    if (result.rows.empty()) result.missing_table = names.front();
    return result;
}

Kusto::Result Kusto::counted(const KnownQuery& query,
                             const std::vector<std::string>& tables) const {
    const std::int64_t from = parse_ticks(query.blanks.at("from"))->count;
    const std::int64_t to = parse_ticks(query.blanks.at("to"))->count;
    const auto buckets = static_cast<std::uint64_t>(std::stoul(query.blanks.at("buckets")));
    const auto bucket = static_cast<std::uint64_t>(std::stoul(query.blanks.at("bucket")));
    const auto limit = static_cast<std::size_t>(std::stoul(query.blanks.at("limit")));
    const bool of_apps = query.blanks.contains("apps");
    const bool is_hunting = query.name.starts_with("hunting");
    const bool has_accounts = query.name != "hunting_app_sign_ins";

    std::vector<std::string> present;
    for (const std::string& table : tables)
        if (has_table(table)) present.push_back(table);
    Result result;
    if (present.empty()) {
        result.missing_table = tables.front();
        return result;
    }
    struct Count {
        std::uint64_t sign_ins = 0;
        Ticks first, last;
        std::map<std::int64_t, std::uint64_t> clock;
    };
    using Key = std::tuple<std::int64_t, std::string, std::string, std::string, std::string,
                           std::string, std::string, std::int64_t, bool>;
    std::map<Key, Count> groups;
    std::set<std::string> seen;
    constexpr std::int64_t k_day = 86400 * k_ticks_per_second;
    for (std::size_t row = 0; row < log_.size(); ++row) {
        const Ticks at = log_.created(row);
        if (at.count < from || at.count >= to) continue;
        if (std::ranges::none_of(present, [&](const auto& table) { return is_in(row, table); }))
            continue;
        const auto field = [&](std::string_view name) { return text_of(log_.property(row, name)); };
        bool placed = true;
        if (of_apps) {
            const std::string app = ascii_lower(field("appId"));
            if (query.blanks.at("apps").find("\"" + app + "\"") == std::string::npos ||
                field("resourceId") != k_exchange)
                continue;
            // Hunting does not know the kind of credential.
            placed = !log_.is_application(row) &&
                     (log_.is_interactive(row) ||
                      (!is_hunting && field("clientCredentialType") == "none"));
        } else if (!log_.is_smtp(row)) {
            continue;
        }
        const bool is_account = has_accounts && !log_.is_application(row);
        const std::string user = is_account ? field("userId") : "";
        const std::string address = is_account && placed ? field("ipAddress") : "";
        if (hash_of(is_account ? user + address : field("appId")) % buckets != bucket) continue;
        if (!seen.insert(field("id")).second) continue;
        const std::int64_t code = std::get<std::int64_t>(log_.property(row, "status/errorCode"));
        const std::int64_t day = at.count / k_day;
        Count& count = groups[{
            day, of_apps ? field("appId") : "", user, is_account ? field("userPrincipalName") : "",
            address, is_account ? field("userAgent") : "",
            is_account && placed ? field("location/countryOrRegion") : "", code, placed}];
        if (count.sign_ins++ == 0) count.first = count.last = at;
        count.first = std::min(count.first, at);
        count.last = std::max(count.last, at);
        ++count.clock[code == 0 ? at.count % k_day / (300 * k_ticks_per_second) : 0];
    }
    if (of_apps) result.columns.emplace_back("AppId", "string");
    if (has_accounts)
        for (const char* name :
             {"UserId", "UserPrincipalName", "IPAddress", "UserAgent", "Country"})
            result.columns.emplace_back(name, "string");
    result.columns.emplace_back("ErrorCode", "int");
    if (of_apps && has_accounts) result.columns.emplace_back("IsPlaced", "bool");
    result.columns.emplace_back("SignIns", "long");
    result.columns.emplace_back("First", "datetime");
    result.columns.emplace_back("Last", "datetime");
    if (has_accounts) result.columns.emplace_back("Clock", "string");
    result.columns.emplace_back("Total", "long");
    for (const auto& [key, count] : groups) {
        if (result.rows.size() == limit) break;
        const auto& [day, app, user, upn, address, agent, country, code, placed] = key;
        std::string clock;
        for (const auto& [slot, hits] : count.clock)
            clock += fmt::format("{}{}:{}", clock.empty() ? "" : " ", slot, hits);
        std::vector<json> cells;
        if (of_apps) cells.emplace_back(app);
        if (has_accounts)
            for (const std::string& text : {user, upn, address, agent, country})
                cells.emplace_back(text);
        cells.emplace_back(code);
        if (of_apps && has_accounts) cells.emplace_back(placed);
        cells.emplace_back(count.sign_ins);
        cells.emplace_back(instant(count.first));
        cells.emplace_back(instant(count.last));
        if (has_accounts) cells.emplace_back(clock);
        cells.emplace_back(groups.size());
        result.rows.push_back(std::move(cells));
    }
    return result;
}

std::optional<Kusto::Result> Kusto::run(const KnownQuery& query) const {
    if (query.name == "log_analytics_tables") return tables(query, k_workspace_tables);
    if (query.name == "hunting_tables") return tables(query, {query.blanks.at("table")});
    if (query.name == "log_analytics_sign_ins")
        return counted(query, {k_workspace_tables[0], k_workspace_tables[1]});
    if (query.name == "log_analytics_oauth_sign_ins") return counted(query, k_workspace_tables);
    if (query.name.starts_with("hunting_")) return counted(query, {query.blanks.at("table")});
    return std::nullopt;
}

Answer Kusto::log_analytics(const Record& request) {
    const std::string header = request.header("Authorization").value_or("");
    const auto token = state_.token(header.size() > 7 ? header.substr(7) : "");
    if (!token || token->audience != k_audience || token->expires <= state_.time.now())
        return log_analytics_error(401, "InvalidTokenError",
                                   "The provided authentication is not valid for this resource");
    if (const auto wait = log_analytics_throttle_.take(token->client_id, state_.time.passed())) {
        Answer answer = log_analytics_error(429, "ThrottledError", "Too many requests");
        answer.set("Retry-After", std::to_string(wait->count()));
        return answer;
    }
    const auto parts = split(std::string_view(request.path).substr(1), '/');
    const KustoSpec spec = state_.spec().kusto;
    if (parts.size() != 4 || parts[1] != "workspaces" || parts[3] != "query")
        return log_analytics_error(404, "PathNotFoundError", "The requested path does not exist");
    const auto app = state_.app(token->client_id);
    const auto& granted = token->delegated ? token->scopes : app->permissions;
    if (std::ranges::find(granted, "Data.Read") == granted.end())
        return log_analytics_error(
            403, "InsufficientAccessError",
            "The provided credentials have insufficient access to perform the requested operation");
    if (parts[2] != spec.workspace)
        return log_analytics_error(404, "WorkspaceNotFoundError",
                                   "The workspace could not be found");
    Answer answer;
    answer.set("Content-Type", "application/json; charset=utf-8");
    const json body = json::parse(request.body, nullptr, false);
    const std::string type = request.header("Content-Type").value_or("");
    if (!type.starts_with("application/json") || !body.is_object()) return answer;  // 200, empty
    const auto query = recognise(body.value("query", ""));
    if (!query || !query->name.starts_with("log_analytics"))
        return log_analytics_error(400, "BadArgumentError",
                                   "The query is none that this one knows");
    Result result = *run(*query);
    if (!result.missing_table.empty())
        return semantic_error(request, result.missing_table, state_.time.now());
    if (result.rows.empty()) {
        answer.status = 204;
        return answer;
    }
    json shown = {{"tables", json::array({{{"name", "PrimaryResult"},
                                           {"columns", json::array()},
                                           {"rows", json::array()}}})}};
    for (const auto& [name, type_name] : result.columns)
        shown["tables"][0]["columns"].push_back({{"name", name}, {"type", type_name}});
    const std::size_t cap = spec.row_cap.value_or(k_log_analytics_cap);
    for (std::size_t row = 0; row < std::min(cap, result.rows.size()); ++row)
        shown["tables"][0]["rows"].push_back(result.rows[row]);
    if (result.rows.size() > cap)
        shown["error"] = {{"code", "PartialError"},
                          {"message", "There were some errors when processing your query."},
                          {"details", json::array({{{"code", "EngineError"},
                                                    {"message",
                                                     "Something went wrong processing your query "
                                                     "on the server."},
                                                    {"innererror",
                                                     {{"code", "-2133196797"},
                                                      {"message",
                                                       "The results of this query exceed the set "
                                                       "limit of records."}}}}})}};
    answer.body = shown.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

Answer Kusto::hunting(const Record& request, const TokenInfo& token) {
    if (const auto wait = hunting_throttle_.take(token.client_id, state_.time.passed())) {
        Answer answer = graph_error(429, "TooManyRequests", "The quota of calls is used up.",
                                    request, state_.time.now());
        answer.set("Retry-After", std::to_string(wait->count()));
        return answer;
    }
    const json body = json::parse(request.body, nullptr, false);
    const auto query = body.is_object() ? recognise(body.value("Query", "")) : std::nullopt;
    if (!query || !query->name.starts_with("hunting"))
        return graph_error(400, "BadRequest", "The query is none that this one knows", request,
                           state_.time.now());
    Result result = *run(*query);
    if (!result.missing_table.empty())
        return semantic_error(request, result.missing_table, state_.time.now());
    json shown = {
        {"@odata.context",
         "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"},
        {"schema", json::array()},
        {"results", json::array()}};
    for (const auto& [name, type] : result.columns)
        shown["schema"].push_back({{"name", name}, {"type", type}});
    // What is over the cap is left out without a word.
    const std::size_t cap = state_.spec().kusto.row_cap.value_or(k_hunting_cap);
    for (std::size_t row = 0; row < std::min(cap, result.rows.size()); ++row) {
        json object = json::object();
        for (std::size_t i = 0; i < result.columns.size(); ++i)
            object[result.columns[i].first] = result.rows[row][i];
        shown["results"].push_back(std::move(object));
    }
    Answer answer;
    answer.body = shown.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

}  // namespace smtpaudit::fake
