// One object that an Exchange cmdlet wrote, by its property names: a row of a CSV, a record of
// JSON. Exchange's own answers (InvokeCommand) have the same names, so a file and a live pull are
// read the same way.
#pragma once

#include "model/facts.hpp"
#include "model/observation.hpp"
#include "sources/json_scan.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace smtpaudit {

// The cmdlets whose output is understood (facts/exchange.md 4).
enum class SettingsKind : std::uint8_t {
    transport_config,
    cas_mailboxes,
    mailboxes,
    exchange_users,
    authentication_policies,
    organization_config,
    inbound_connectors,
    accepted_domains,
};
constexpr std::size_t k_settings_kinds = 8;

struct SettingsCmdlet {
    SettingsKind kind;
    std::string_view id;  // "cas_mailboxes", also Coverage::source
    std::string_view cmdlet;  // "Get-CASMailbox"
    std::string_view title;  // "Get-CASMailbox export", for people
};
inline constexpr std::array<SettingsCmdlet, k_settings_kinds> k_settings_cmdlets = {{
    {SettingsKind::transport_config, "transport_config", "Get-TransportConfig",
     "Get-TransportConfig export"},
    {SettingsKind::cas_mailboxes, "cas_mailboxes", "Get-CASMailbox", "Get-CASMailbox export"},
    {SettingsKind::mailboxes, "mailboxes", "Get-Mailbox", "Get-Mailbox export"},
    {SettingsKind::exchange_users, "exchange_users", "Get-User", "Get-User export"},
    {SettingsKind::authentication_policies, "authentication_policies", "Get-AuthenticationPolicy",
     "Get-AuthenticationPolicy export"},
    {SettingsKind::organization_config, "organization_config", "Get-OrganizationConfig",
     "Get-OrganizationConfig export"},
    {SettingsKind::inbound_connectors, "inbound_connectors", "Get-InboundConnector",
     "Get-InboundConnector export"},
    {SettingsKind::accepted_domains, "accepted_domains", "Get-AcceptedDomain",
     "Get-AcceptedDomain export"},
}};
constexpr const SettingsCmdlet& settings_cmdlet(SettingsKind kind) {
    return k_settings_cmdlets[static_cast<std::size_t>(kind)];
}

enum class SettingsProperty : std::uint8_t {
    primary_smtp_address,
    windows_email_address,
    user_principal_name,
    external_directory_object_id,
    email_addresses,
    recipient_type_details,
    account_disabled,
    smtp_client_authentication_disabled,
    authentication_policy,
    allow_legacy_tls_clients,
    default_authentication_policy,
    reject_direct_send,
    allow_basic_auth_smtp,
    identity,
    name,
    distinguished_name,
    enabled,
    connector_type,
    require_tls,
    sender_domains,
    sender_ip_addresses,
    tls_sender_certificate_name,
    domain_name,
    domain_type,
    is_default,
    initial_domain,
};
constexpr std::size_t k_settings_properties = 26;
std::string_view to_string(SettingsProperty property);  // "PrimarySmtpAddress"
// Names in any case; nullopt: a property that nothing is read from.
std::optional<SettingsProperty> parse_settings_property(std::string_view name);

class SettingsRow {
public:
    // An absent property was not exported: "not read". Null: the service has no value there.
    enum class State : std::uint8_t { absent, null, present };
    struct Value {
        State state = State::absent;
        bool is_list = false;
        bool is_type_name = false;  // "System.Object[]": Export-Csv wrote the type for the list
        std::string text;  // of a scalar; booleans are "True" and "False"
        std::vector<std::string> list;  // of a list
    };

    void clear();
    void set_null(SettingsProperty property);
    void set_text(SettingsProperty property, std::string_view text);
    void add_to_list(SettingsProperty property, std::string_view text);  // makes it a list
    void begin_list(SettingsProperty property);
    // A cell of a CSV: empty is null; a list is split at semicolons, commas and blanks.
    void set_cell(SettingsProperty property, std::string_view cell);
    const Value& value(SettingsProperty property) const {
        return values_[static_cast<std::size_t>(property)];
    }

private:
    Value& at(SettingsProperty property) { return values_[static_cast<std::size_t>(property)]; }
    std::array<Value, k_settings_properties> values_;
};

// One JSON object, whole. Other properties are passed over, also `X@data.type` beside X; a value
// that PowerShell wrapped ({"value":…}) is unwrapped.
std::optional<JsonProblem> parse_settings_row(std::string_view json, SettingsRow& row);

struct SettingsProblem {
    SettingsProperty property = SettingsProperty::name;
    std::string what;  // `"yes" is neither True nor False`
};

struct SettingsTally {
    std::uint64_t rows = 0;
    std::uint64_t nameless = 0;  // rows of a mailbox without any name
    std::uint64_t type_names = 0;  // lists that were exported as the name of their type
    std::vector<std::string> notes() const;
};

// Rows of one cmdlet, as facts. `origin` is the file or "Get-CASMailbox"; line 0: none.
class SettingsReader {
public:
    SettingsReader(SettingsKind kind, std::string origin, EvidenceSink& sink)
        : kind_(kind), origin_(std::move(origin)), sink_(sink) {}
    tl::expected<void, SettingsProblem> take(const SettingsRow& row, std::uint64_t line);
    // All rows were taken: a list without any is told as empty, which is not "not read".
    void finish();
    const SettingsTally& tally() const { return tally_; }

private:
    using Outcome = tl::expected<void, SettingsProblem>;
    Outcome take_account(const SettingsRow& row, std::uint64_t line);
    Outcome take_tenant(const SettingsRow& row, std::uint64_t line);
    Outcome take_policy(const SettingsRow& row, TenantFacts& facts);
    Outcome take_connector(const SettingsRow& row, TenantFacts& facts);
    Outcome take_domain(const SettingsRow& row, TenantFacts& facts);
    // Of a list: absent where it was not exported as one.
    std::optional<std::vector<std::string>> list(const SettingsRow& row, SettingsProperty property);

    SettingsKind kind_;
    std::string origin_;
    EvidenceSink& sink_;
    SettingsTally tally_;
};

}  // namespace smtpaudit
