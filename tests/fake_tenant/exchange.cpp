#include "fake_tenant/exchange.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

constexpr std::size_t k_page = 1000;
constexpr std::chrono::minutes k_token_life{30};

// What a command gives and takes. `properties` empty: the objects as they are in the tenant file.
struct Cmdlet {
    std::string_view name;
    bool has_result_size;
    std::string_view properties;
};
constexpr std::array<Cmdlet, 10> k_cmdlets = {{
    {"Get-TransportConfig", false, ""},
    {"Get-OrganizationConfig", false, ""},
    {"Get-AuthenticationPolicy", false, ""},
    {"Get-AcceptedDomain", true, ""},
    {"Get-InboundConnector", true, ""},
    {"Get-CASMailbox", true,
     "Name DisplayName PrimarySmtpAddress ExternalDirectoryObjectId EmailAddresses "
     "SmtpClientAuthenticationDisabled ImapEnabled PopEnabled Guid"},
    {"Get-Mailbox", true,
     "Name DisplayName UserPrincipalName PrimarySmtpAddress EmailAddresses RecipientTypeDetails "
     "ExternalDirectoryObjectId AccountDisabled IsDirSynced ProhibitSendQuota WhenCreatedUTC "
     "MaxBlockedSenders Guid"},
    {"Get-User", true,
     "Name DisplayName UserPrincipalName WindowsEmailAddress RecipientTypeDetails "
     "ExternalDirectoryObjectId AuthenticationPolicy AccountDisabled Guid"},
    {"Start-HistoricalSearch", false, ""},
    {"Get-HistoricalSearch", false, ""},
}};

const Cmdlet* find_cmdlet(std::string_view name) {
    const auto found = std::ranges::find_if(
        k_cmdlets, [&](const Cmdlet& cmdlet) { return equals_ignoring_case(cmdlet.name, name); });
    return found == k_cmdlets.end() ? nullptr : &*found;
}

// A missing role and an unknown command look the same.
Answer nul_bytes() {
    Answer answer;
    answer.status = 403;
    answer.body.assign(147, '\0');
    answer.set("Content-Type", "application/octet-stream");
    return answer;
}

json parse(const std::string& text) { return text.empty() ? json::object() : json::parse(text); }

json objects(const std::vector<std::string>& texts) {
    json all = json::array();
    for (const std::string& text : texts) all.push_back(json::parse(text));
    return all;
}

json with_defaults(json object, const json& defaults) {
    for (const auto& [key, value] : defaults.items())
        if (!object.contains(key)) object[key] = value;
    return object;
}

json transport_config(const ExchangeSpec& exchange) {
    return with_defaults(parse(exchange.transport_config),
                         {{"Name", "Transport Settings"},
                          {"SmtpClientAuthenticationDisabled", true},
                          {"AllowLegacyTLSClients", nullptr},
                          {"TransportRuleLimit", 300},
                          {"WhenChangedUTC", "2026-05-04T06:59:21.0000000Z"},
                          {"InternalSMTPServers", json::array()},
                          {"Guid", "01d20000-0000-4000-8000-000000000001"}});
}

json organization_config(const TenantSpec& tenant) {
    return with_defaults(parse(tenant.exchange.organization_config),
                         {{"Name", tenant.domains.front()},
                          {"DisplayName", tenant.name},
                          {"DefaultAuthenticationPolicy", nullptr},
                          {"RejectDirectSend", false},
                          {"Guid", "01d20000-0000-4000-8000-000000000002"}});
}

json accepted_domains(const TenantSpec& tenant) {
    if (!tenant.exchange.accepted_domains.empty()) return objects(tenant.exchange.accepted_domains);
    json all = json::array();
    for (const std::string& domain : tenant.domains)
        all.push_back({{"Name", domain},
                       {"DomainName", domain},
                       {"DomainType", "Authoritative"},
                       {"Default", &domain == &tenant.domains.back()},
                       {"InitialDomain", &domain == &tenant.domains.front()}});
    return all;
}

json usual_mailbox(const std::string& upn, const std::string& name, const std::string& id) {
    return {{"UserPrincipalName", upn},
            {"PrimarySmtpAddress", upn},
            {"WindowsEmailAddress", upn},
            {"Name", upn.substr(0, upn.find('@'))},
            {"DisplayName", name},
            {"ExternalDirectoryObjectId", id},
            {"RecipientTypeDetails", "UserMailbox"},
            {"AccountDisabled", false},
            {"IsDirSynced", false},
            {"ImapEnabled", true},
            {"PopEnabled", true},
            {"ProhibitSendQuota", "99 GB (106,300,440,576 bytes)"},
            {"WhenCreatedUTC", "2021-02-03T04:05:06.0000000+00:00"},
            {"MaxBlockedSenders", 500},
            {"Guid", id},
            {"EmailAddresses", json::array({"SMTP:" + upn})}};
}

// One for each user that signs in, those of the tenant file, and made-up ones.
json mailboxes(const TenantSpec& tenant) {
    json all = json::array();
    std::map<std::string, std::size_t> places;
    const auto add = [&](const std::string& upn, const std::string& name, const std::string& id,
                         const json& given) {
        const auto [place, is_new] = places.try_emplace(ascii_lower(upn), all.size());
        if (is_new) all.push_back(usual_mailbox(upn, name, id));
        for (const auto& [key, value] : given.items()) all[place->second][key] = value;
    };
    for (const SignInAccount& account : tenant.sign_ins.accounts)
        if (account.is_user) add(account.upn, account.name, user_id_of(account), json::object());
    for (const std::string& text : tenant.exchange.mailboxes) {
        const json given = json::parse(text);
        const std::string upn = given.at("UserPrincipalName").get<std::string>();
        SignInAccount account;
        account.upn = upn;
        add(upn, upn.substr(0, upn.find('@')), user_id_of(account), given);
    }
    for (unsigned i = 1; i <= tenant.exchange.extra_mailboxes; ++i)
        add(fmt::format("mailbox{}@{}", i, tenant.domains.back()), fmt::format("Mailbox {}", i),
            uuid_of(scramble(i, 31), scramble(i, 32)), json::object());
    return all;
}

json all_rows(const TenantSpec& tenant, std::string_view cmdlet) {
    const ExchangeSpec& exchange = tenant.exchange;
    if (cmdlet == "Get-TransportConfig") return json::array({transport_config(exchange)});
    if (cmdlet == "Get-OrganizationConfig") return json::array({organization_config(tenant)});
    if (cmdlet == "Get-AuthenticationPolicy") return objects(exchange.authentication_policies);
    if (cmdlet == "Get-InboundConnector") return objects(exchange.inbound_connectors);
    if (cmdlet == "Get-AcceptedDomain") return accepted_domains(tenant);
    return mailboxes(tenant);
}

bool looks_like_guid(const std::string& text) {
    return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-';
}

// The object with the properties that were asked for, each with the sidecar of its type.
json shown(const json& object, const Cmdlet& cmdlet, const std::set<std::string>& selection) {
    json row = json::object();
    std::vector<std::string> names;
    if (cmdlet.properties.empty())
        for (const auto& [key, value] : object.items()) names.push_back(key);
    else
        for (const auto name : split(cmdlet.properties, ' ')) names.emplace_back(name);
    for (const std::string& name : names) {
        if (!selection.empty() && !selection.contains(ascii_lower(name))) continue;
        const json value = object.contains(name) ? object.at(name) : json();
        if (value.is_array()) row[name + "@odata.type"] = "#Collection(String)";
        if (value.is_number_integer()) row[name + "@data.type"] = "System.Int32";
        if (value.is_string() && looks_like_guid(value.get<std::string>()))
            row[name + "@data.type"] = "System.Guid";
        if (name.ends_with("UTC")) row[name + "@data.type"] = "System.DateTime";
        row[name] = value;
    }
    return row;
}

Answer answer_rows(const json& rows, const std::string& next, const json& warnings) {
    json body = {{"@odata.context",
                  "https://outlook.office365.com/adminapi/beta/t/$metadata#Collection(Exchange."
                  "GenericHashTable)"},
                 {"adminapi.warnings@odata.type", "#Collection(String)"},
                 {"@adminapi.warnings", warnings},
                 {"value", rows}};
    if (!next.empty()) body["@odata.nextLink"] = next;
    Answer answer;
    answer.set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8");
    answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

}  // namespace

struct Exchange::Command {
    const Cmdlet* cmdlet = nullptr;
    json parameters;
    std::set<std::string> selection;  // lower case
};

bool is_exchange_host(std::string_view host) {
    return std::ranges::any_of(clouds(), [&](const Cloud& cloud) {
        return !cloud.exchange.empty() &&
               (host == cloud.exchange || host.ends_with("." + std::string(cloud.exchange)));
    });
}

Answer exchange_error(int status, const std::string& code, const std::string& inner) {
    const json body = {
        {"error",
         {{"code", code},
          {"message", "Error executing cmdlet"},
          {"details", json::array({{{"code", "Context"},
                                    {"target", ""},
                                    {"message",
                                     "Ex6F9304|Microsoft.Exchange.Management.Tasks."
                                     "TaskException|" +
                                         inner}}})},
          {"innererror",
           {{"message", "Error executing cmdlet"},
            {"type", "Microsoft.Exchange.Admin.OData.Core.ODataServiceException"},
            {"stacktrace", "   at Microsoft.Exchange.AdminApi.CommandInvocation"},
            {"internalexception", {{"message", inner}, {"type", "TaskException"}}}}}}},
        {"@adminapi.warnings", json::array()}};
    Answer answer;
    answer.status = status;
    answer.set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8");
    answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return answer;
}

std::string violation_of(const Record& request) {
    if (request.method == "GET" || request.method == "CONNECT" || request.method == "TLS")
        return {};
    const auto told = [&] {
        return fmt::format("{} {}{}", request.method, request.host, request.path);
    };
    if (request.method != "POST") return told();
    if (request.path.ends_with("/oauth2/v2.0/token") ||
        request.path.ends_with("/oauth2/v2.0/devicecode"))
        return is_login_host(request.host) ? "" : told();
    // Queries that only read, which their services take by POST (facts/graph.md 3).
    if (request.path.ends_with("/security/runHuntingQuery") ||
        (request.path.starts_with("/v1/workspaces/") && request.path.ends_with("/query")))
        return {};
    if (!is_exchange_host(request.host) || !request.path.ends_with("/InvokeCommand")) return told();
    const json body = json::parse(request.body, nullptr, false);
    const auto input = body.is_object() ? body.find("CmdletInput") : body.end();
    if (!body.is_object() || input == body.end() || !input->is_object()) return told();
    const std::string name = input->value("CmdletName", "");
    const bool is_allowed = name.starts_with("Get-") || name.ends_with("-HistoricalSearch");
    return is_allowed ? "" : fmt::format("{} {}", told(), name);
}

std::string settings_as_json(const TenantSpec& tenant, std::string_view cmdlet) {
    const Cmdlet* known = find_cmdlet(cmdlet);
    if (known == nullptr) return "[]";
    json rows = json::array();
    for (const json& object : all_rows(tenant, cmdlet)) {
        json row = json::object();
        const json all = shown(object, *known, {});
        for (const auto& [key, value] : all.items())
            if (key.find('@') == std::string::npos) row[key] = value;
        rows.push_back(std::move(row));
    }
    return rows.dump(2);
}

Exchange::Exchange(TenantState& state, HistoricalSearches& searches)
    : state_(state), searches_(searches) {}

Answer Exchange::answer(const Record& request) {
    const std::string header = request.header("Authorization").value_or("");
    const bool bearer = equals_ignoring_case(std::string_view(header).substr(0, 7), "Bearer ");
    const auto token = state_.token(bearer ? header.substr(7) : "");
    const Cloud* cloud = cloud_of(request.host);
    const bool is_good = token && token->expires > state_.time.now() && cloud != nullptr &&
                         token->audience == "https://" + std::string(cloud->exchange);
    Answer answer;
    if (!is_good) {
        answer.status = 401;
        answer.set("WWW-Authenticate", "Bearer realm=\"\"");
    } else {
        answer = dispatch(request, *token);
    }
    answer.set("request-id", uuid_of(scramble(std::hash<std::string>{}(request.body), 41),
                                     scramble(static_cast<std::uint64_t>(request.at.count()), 42)));
    return answer;
}

bool Exchange::may_run(const TokenInfo& token, const std::string& cmdlet) const {
    const auto fits = [&](const std::string& pattern) {
        if (!pattern.ends_with('*')) return equals_ignoring_case(pattern, cmdlet);
        return cmdlet.starts_with(pattern.substr(0, pattern.size() - 1));
    };
    if (token.delegated) {
        const auto& roles = state_.spec().person.roles;
        const auto has = [&](const char* role) {
            return std::ranges::find(roles, role) != roles.end();
        };
        return has("Exchange Administrator") || has("Global Administrator") ||
               (has("Global Reader") && cmdlet.starts_with("Get-"));
    }
    const auto app = state_.app(token.client_id);
    return app && std::ranges::any_of(app->cmdlets, fits);
}

Answer Exchange::dispatch(const Record& request, const TokenInfo& token) {
    const auto app = state_.app(token.client_id);
    const bool is_granted =
        token.delegated ? std::ranges::find(token.scopes, "Exchange.Manage") != token.scopes.end()
                        : app && std::ranges::find(app->permissions, "Exchange.ManageAsApp") !=
                                     app->permissions.end();
    if (!is_granted) {
        Answer answer;
        answer.status = 401;
        return answer;
    }
    const auto parts = split(std::string_view(request.path).substr(1), '/');
    if (parts.size() != 4 || parts[0] != "adminapi" || parts[1] != "beta" ||
        parts[3] != "InvokeCommand" || request.method != "POST" ||
        !state_.is_tenant(percent_decode(parts[2], false)))
        return exchange_error(404, "NotFound", "There is nothing of that name here.");
    const json body = json::parse(request.body, nullptr, false);
    if (!body.is_object() || !body.contains("CmdletInput") ||
        !body["CmdletInput"].contains("Parameters") ||
        !body["CmdletInput"]["Parameters"].is_object())
        return exchange_error(400, "BadRequest", "Parameters must be an object.");
    const std::string name = body["CmdletInput"].value("CmdletName", "");
    Command command;
    command.cmdlet = find_cmdlet(name);
    if (command.cmdlet == nullptr || !may_run(token, std::string(command.cmdlet->name)))
        return nul_bytes();
    command.parameters = body["CmdletInput"]["Parameters"];
    const std::string select = request.query_value("$select").value_or("");
    for (const auto part : split(select, ','))
        if (!trim(part).empty()) command.selection.insert(ascii_lower(trim(part)));
    return run(request, command);
}

std::shared_ptr<const json> Exchange::rows_of(std::string_view cmdlet) {
    const TenantSpec tenant = state_.spec();
    if (!cmdlet.ends_with("Mailbox") && cmdlet != "Get-User")
        return std::make_shared<const json>(all_rows(tenant, cmdlet));
    const std::lock_guard lock(mutex_);
    if (!mailboxes_) mailboxes_ = std::make_shared<const json>(mailboxes(tenant));
    return mailboxes_;
}

Answer Exchange::run(const Record& request, const Command& command) {
    if (command.cmdlet->name.ends_with("-HistoricalSearch")) return search(request, command);
    for (const auto& [name, value] : command.parameters.items())
        if (name != "ResultSize" || !command.cmdlet->has_result_size)
            return exchange_error(
                400, "BadRequest",
                fmt::format("A parameter cannot be found that matches parameter name '{}'.", name));
    return list(request, command, *rows_of(command.cmdlet->name));
}

Answer Exchange::search(const Record&, const Command& command) {
    const auto rows = command.cmdlet->name.starts_with("Start-")
                          ? searches_.start(command.parameters)
                          : searches_.get(command.parameters);
    if (!rows) return exchange_error(400, "BadRequest", rows.error());
    return answer_rows(*rows, "", json::array());
}

Answer Exchange::list(const Record& request, const Command& command, const json& rows) {
    const TenantSpec tenant = state_.spec();
    json warnings = json::array();
    for (const std::string& warning : tenant.exchange.warnings) warnings.push_back(warning);
    std::size_t count = rows.size();
    if (command.cmdlet->has_result_size && !command.parameters.contains("ResultSize") &&
        count > k_page) {
        count = k_page;
        warnings.push_back(
            "There are more results available than are currently displayed. To display them, "
            "increase the value for the ResultSize parameter.");
    }
    std::size_t size = k_page;
    const std::string prefer = request.header("Prefer").value_or("");
    if (const auto at = prefer.find("odata.maxpagesize="); at != std::string::npos)
        std::from_chars(prefer.data() + at + 18, prefer.data() + prefer.size(), size);
    size = std::clamp<std::size_t>(tenant.exchange.page_size.value_or(size), 1, k_page);

    const std::string question =
        request.body + "\n" + request.header("X-AnchorMailbox").value_or("");
    std::size_t begin = 0;
    const std::lock_guard lock(mutex_);
    std::set<std::string> selection = command.selection;
    if (const auto token = request.query_value("$skiptoken")) {
        const auto found = tokens_.find(*token);
        // Another anchor mailbox is another server, which knows nothing of the pages.
        if (found == tokens_.end() || found->second.question != question ||
            state_.time.now() - found->second.issued > k_token_life)
            return exchange_error(400, "BadRequest",
                                  "Expired or Invalid pagination request. Default Expiry time is "
                                  "00:30:00");
        begin = found->second.position;
    }
    json page = json::array();
    const std::size_t end = std::min(count, begin + size);
    for (std::size_t i = begin; i < end; ++i)
        page.push_back(shown(rows[i], *command.cmdlet, selection));
    std::string next;
    if (end < count) {
        const std::string token = state_.fresh("exchange");
        tokens_[token] = {question, end, state_.time.now()};
        const std::string host = tenant.exchange.host_below.empty() ||
                                         request.host.starts_with(tenant.exchange.host_below)
                                     ? request.host
                                     : tenant.exchange.host_below + "." + request.host;
        next = fmt::format("https://{}{}?", host, request.path);
        if (const auto select = request.query_value("$select"))
            next += "$select=" + percent_encode(*select, ",") + "&";
        next += "$skiptoken=" + percent_encode(token);
    }
    return answer_rows(page, next, warnings);
}

}  // namespace smtpaudit::fake
