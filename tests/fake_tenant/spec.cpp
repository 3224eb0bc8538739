#include "fake_tenant/spec.hpp"

#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>

namespace smtpaudit::fake {

namespace {

using nlohmann::json;

// Thrown inside this file only; parse_tenant turns it into an Error.
struct BadSpec {
    std::string what;
};

using Setter = std::function<void(const json&)>;
using Fields = std::map<std::string, Setter>;

void read_object(const json& object, const std::string& where, const Fields& fields) {
    if (!object.is_object()) throw BadSpec{where + " is not an object"};
    for (const auto& [key, value] : object.items()) {
        const auto field = fields.find(key);
        if (field == fields.end())
            throw BadSpec{fmt::format("{} has an unknown field \"{}\"", where, key)};
        try {
            field->second(value);
        } catch (const json::exception&) {
            throw BadSpec{fmt::format("{}.{} has the wrong type", where, key)};
        }
    }
}

template <typename T>
Setter into(T& target) {
    return [&target](const json& value) { target = value.get<T>(); };
}

// JSON objects kept as text.
Setter into_texts(std::vector<std::string>& target) {
    return [&target](const json& value) {
        for (const json& item : value) target.push_back(item.dump());
    };
}

template <typename T>
Setter into_list(std::vector<T>& target, const std::string& where,
                 T (*read)(const json&, const std::string&)) {
    return [&target, where, read](const json& value) {
        target.clear();
        for (const json& item : value)
            target.push_back(read(item, fmt::format("{}[{}]", where, target.size())));
    };
}

AppSecret read_secret(const json& item, const std::string& where) {
    AppSecret secret;
    if (item.is_string())
        secret.value = item.get<std::string>();
    else
        read_object(item, where,
                    {{"value", into(secret.value)}, {"expired", into(secret.expired)}});
    return secret;
}

App read_app(const json& item, const std::string& where) {
    App app;
    read_object(item, where,
                {{"client_id", into(app.client_id)},
                 {"name", into(app.name)},
                 {"secrets", into_list(app.secrets, where + ".secrets", read_secret)},
                 {"certificates", into(app.certificates)},
                 {"permissions", into(app.permissions)},
                 {"delegated", into(app.delegated)},
                 {"redirects", into(app.redirects)},
                 {"disabled", into(app.disabled)},
                 {"cmdlets", into(app.cmdlets)}});
    if (app.client_id.empty()) throw BadSpec{where + " has no client_id"};
    return app;
}

Failures read_failures(const json& item, const std::string& where) {
    Failures failures;
    read_object(item, where,
                {{"code", into(failures.code)},
                 {"per_day", into(failures.per_day)},
                 {"ips", into(failures.addresses)},
                 {"country", into(failures.country)}});
    return failures;
}

// What a kind of sender does where the description does not say.
void set_kind_defaults(SignInAccount& account) {
    struct Kind {
        std::string_view name;
        double per_day, other_per_day;
        std::string_view user_agent;
    };
    static constexpr Kind k_kinds[] = {{"scanner", 12, 0, "BAV2ROPC"},
                                       {"erp", 120, 0, ""},
                                       {"ups", 0.4, 0, ""},
                                       {"relay", 400, 0, "BAV2ROPC"},
                                       {"person", 0, 9, "Mozilla/5.0"}};
    for (const Kind& kind : k_kinds) {
        if (kind.name != account.kind) continue;
        account.per_day = kind.per_day;
        account.other_per_day = kind.other_per_day;
        account.user_agent = kind.user_agent;
        return;
    }
    throw BadSpec{"an account has the unknown kind \"" + account.kind + "\""};
}

SignInAccount read_account(const json& item, const std::string& where) {
    SignInAccount account;
    if (item.is_object() && item.contains("kind") && item["kind"].is_string())
        account.kind = item["kind"].get<std::string>();
    set_kind_defaults(account);
    const auto read_hours = [&](const json& value) {
        account.from_hour = value.at(0).get<unsigned>();
        account.to_hour = value.at(1).get<unsigned>();
        if (account.from_hour >= account.to_hour || account.to_hour > 24)
            throw BadSpec{where + ".hours is not [from, to] in a day"};
    };
    read_object(item, where,
                {{"upn", into(account.upn)},
                 {"user_id", into(account.user_id)},
                 {"name", into(account.name)},
                 {"kind", into(account.kind)},
                 {"client_app", into(account.client_app)},
                 {"ips", into(account.addresses)},
                 {"user_agent", into(account.user_agent)},
                 {"tls", into(account.tls)},
                 {"cipher", into(account.cipher)},
                 {"hours", read_hours},
                 {"working_days", into(account.working_days)},
                 {"country", into(account.country)},
                 {"city", into(account.city)},
                 {"per_day", into(account.per_day)},
                 {"non_interactive_per_day", into(account.non_interactive_per_day)},
                 {"other_per_day", into(account.other_per_day)},
                 {"failures", into_list(account.failures, where + ".failures", read_failures)},
                 {"is_user", into(account.is_user)},
                 {"user", [&](const json& user) { account.user_json = user.dump(); }}});
    if (account.upn.empty()) throw BadSpec{where + " has no upn"};
    if (account.addresses.empty()) throw BadSpec{where + " has no ips"};
    if (account.name.empty()) account.name = account.upn.substr(0, account.upn.find('@'));
    return account;
}

void read_sign_ins(const json& item, SignInSpec& spec) {
    const auto read_end = [&spec](const json& value) {
        const auto text = value.get<std::string>();
        if (text == "now") return;
        const auto end = parse_iso_instant(text);
        if (!end) throw BadSpec{"sign_ins.end is neither \"now\" nor an instant"};
        spec.end = end->at;
    };
    read_object(item, "sign_ins",
                {{"seed", into(spec.seed)},
                 {"days", into(spec.days)},
                 {"end", read_end},
                 {"accounts", into_list(spec.accounts, "sign_ins.accounts", read_account)},
                 {"rows", into_texts(spec.rows)}});
}

ScopeGrant read_grant(const json& item, const std::string& where) {
    ScopeGrant grant;
    read_object(item, where, {{"on", into(grant.on)}, {"user", into(grant.user)}});
    if (grant.on != "exchange" && grant.on != "graph")
        throw BadSpec{where + ".on is neither exchange nor graph"};
    return grant;
}

OauthSender read_sender(const json& item, const std::string& where) {
    OauthSender sender;
    read_object(item, where,
                {{"app_id", into(sender.app_id)},
                 {"name", into(sender.name)},
                 {"send_as_app", into(sender.send_as_app)},
                 {"send", into_list(sender.send, where + ".send", read_grant)},
                 {"is_gone", into(sender.is_gone)}});
    if (sender.app_id.empty()) throw BadSpec{where + " has no app_id"};
    return sender;
}

UsageRow read_usage_row(const json& item, const std::string& where) {
    UsageRow row;
    read_object(item, where, {{"upn", into(row.upn)}, {"smtp_app", into(row.smtp_app)}});
    return row;
}

void read_licence(const json& value, Licence& licence) {
    static const std::map<std::string, Licence> names{
        {"free", Licence::free}, {"p1", Licence::p1}, {"p2", Licence::p2}};
    const auto found = names.find(value.get<std::string>());
    if (found == names.end()) throw BadSpec{"licence is none of free, p1, p2"};
    licence = found->second;
}

// A JSON object kept as text.
Setter into_text(std::string& target) {
    return [&target](const json& value) {
        if (!value.is_object()) throw BadSpec{"an object of exchange is none"};
        target = value.dump();
    };
}

void read_exchange(const json& item, ExchangeSpec& spec) {
    read_object(
        item, "exchange",
        {{"transport_config", into_text(spec.transport_config)},
         {"organization_config", into_text(spec.organization_config)},
         {"authentication_policies", into_texts(spec.authentication_policies)},
         {"inbound_connectors", into_texts(spec.inbound_connectors)},
         {"accepted_domains", into_texts(spec.accepted_domains)},
         {"mailboxes", into_texts(spec.mailboxes)},
         {"extra_mailboxes", into(spec.extra_mailboxes)},
         {"page_size", [&](const json& value) { spec.page_size = value.get<std::size_t>(); }},
         {"host_below", into(spec.host_below)},
         {"warnings", into(spec.warnings)},
         {"has_smtp_report", into(spec.has_smtp_report)},
         {"job_polls", into(spec.job_polls)},
         {"job_error", into(spec.job_error)}});
    for (const std::string& mailbox : spec.mailboxes)
        if (!json::parse(mailbox).contains("UserPrincipalName"))
            throw BadSpec{"a mailbox of exchange has no UserPrincipalName"};
}

void read_policies(const json& item, PolicySpec& spec) {
    read_object(item, "policies",
                {{"security_defaults", into(spec.security_defaults)},
                 {"conditional_access", into_texts(spec.conditional_access)},
                 {"named_locations", into_texts(spec.named_locations)},
                 {"role_assignments", into_texts(spec.role_assignments)},
                 {"groups", into_texts(spec.groups)},
                 {"registrations", into_texts(spec.registrations)}});
}

void read_kusto(const json& item, KustoSpec& spec) {
    read_object(item, "kusto",
                {{"workspace", into(spec.workspace)},
                 {"tables", into(spec.tables)},
                 {"row_cap", [&](const json& value) { spec.row_cap = value.get<std::size_t>(); }}});
}

KnownSubject read_known(const json& item, const std::string& where) {
    KnownSubject known;
    read_object(item, where,
                {{"id", into(known.id)},
                 {"class", into(known.kind)},
                 {"marks", into(known.marks)},
                 {"linked", into(known.linked)},
                 {"confidence", into(known.confidence)}});
    return known;
}

void read_fleet(const json& item, FleetSpec& spec) {
    read_object(item, "fleet",
                {{"accounts", into_list(spec.accounts, "fleet.accounts", read_known)},
                 {"devices", into_list(spec.devices, "fleet.devices", read_known)}});
}

void read_tenant(const json& document, TenantSpec& spec) {
    Person& person = spec.person;
    const auto read_person = [&](const json& value) {
        read_object(value, "person",
                    {{"id", into(person.id)},
                     {"upn", into(person.upn)},
                     {"name", into(person.name)},
                     {"roles", into(person.roles)}});
    };
    read_object(document, "the tenant",
                {{"id", into(spec.id)},
                 {"name", into(spec.name)},
                 {"domains", into(spec.domains)},
                 {"licence", [&](const json& value) { read_licence(value, spec.licence); }},
                 {"apps", into_list(spec.apps, "apps", read_app)},
                 {"person", read_person},
                 {"users", into_texts(spec.users)},
                 {"extra_users", into(spec.extra_users)},
                 {"sign_ins", [&](const json& value) { read_sign_ins(value, spec.sign_ins); }},
                 {"oauth_senders", into_list(spec.oauth_senders, "oauth_senders", read_sender)},
                 {"usage",
                  [&](const json& value) {
                      read_object(
                          value, "usage",
                          {{"rows", into_list(spec.usage.rows, "usage.rows", read_usage_row)},
                           {"concealed", into(spec.usage.concealed)}});
                  }},
                 {"messages", into_texts(spec.messages)},
                 {"missing", into(spec.missing)},
                 {"exchange", [&](const json& value) { read_exchange(value, spec.exchange); }},
                 {"policies", [&](const json& value) { read_policies(value, spec.policies); }},
                 {"kusto", [&](const json& value) { read_kusto(value, spec.kusto); }},
                 {"fleet", [&](const json& value) { read_fleet(value, spec.fleet); }}});
    if (spec.domains.empty()) throw BadSpec{"the tenant has no domains"};
}

}  // namespace

App* TenantSpec::app(std::string_view client_id) {
    for (App& candidate : apps)
        if (candidate.client_id == client_id) return &candidate;
    return nullptr;
}

Result<TenantSpec> parse_tenant(std::string_view text, const std::string& name) {
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return fail(Errc::input, name + ": is not JSON");
    TenantSpec spec;
    try {
        read_tenant(document, spec);
    } catch (const BadSpec& bad) {
        return fail(Errc::input, name + ": " + bad.what);
    }
    return spec;
}

const std::vector<PermissionIds>& permission_ids() {
    static const std::vector<PermissionIds> ids{
        {"AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da",
         "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20"},
        {"User.Read.All", "df021288-bdef-4463-88db-98f22de89214",
         "a154be20-db9c-4678-8ab7-66f6cc099a59"},
        {"Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6",
         "4908d5b9-3fb2-4b1e-9336-1888b7937185"},
        {"Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
         "06da0dbc-49e2-44d2-8312-53f166ab848a"},
        {"Application.Read.All", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
         "c79f8feb-a9db-4090-85f9-90d820caa0eb"},
        {"Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68",
         "572fea84-0151-49b2-9301-11cb16974376"},
        {"Reports.Read.All", "230c1aed-a721-4c5d-9cb4-a90514e508ef",
         "02e97553-ed7b-43d0-ab3c-f8bace0d040c"},
        {"RoleManagement.Read.Directory", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
         "741c54c3-0c1e-44a1-818b-3f97ab4e8c83"},
        {"ServiceMessage.Read.All", "1b620472-6534-4fe6-9df2-4680e8aa28ec",
         "eda39fa6-f8cf-4c3c-a909-432c683e4c9b"},
        {"ThreatHunting.Read.All", "dd98c7f5-2d42-42d3-a0e4-633161547251",
         "b152eca8-ea73-4a48-8c98-1a6742673d99"}};
    return ids;
}

std::string user_id_of(const SignInAccount& account) {
    if (!account.user_id.empty()) return account.user_id;
    const std::string digest = sha256_hex(account.upn);
    return uuid_of(std::stoull(digest.substr(0, 16), nullptr, 16),
                   std::stoull(digest.substr(16, 16), nullptr, 16));
}

}  // namespace smtpaudit::fake
