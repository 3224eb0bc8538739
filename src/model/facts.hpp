// Settings, not use: what is known of an account and of the tenant. Every field is optional;
// absent means "not read", never "no". A source pushes what it saw of one account or of the tenant
// in one record, with its origin; the ledger's FactBook merges the records field by field.
#pragma once

#include "base/time.hpp"
#include "model/announcement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpaudit {

// A setting with three states where the service has them. Null is an answer too: it inherits from
// what stands above it. {}: not read.
template <typename T>
struct Setting {
    bool is_read = false;
    std::optional<T> value;  // absent where is_read: null

    static Setting null() { return {true, std::nullopt}; }
    static Setting of(T value) { return {true, std::move(value)}; }
    bool is_null() const { return is_read && !value; }
    friend bool operator==(const Setting&, const Setting&) = default;
};

// A directory role that an account holds.
struct DirectoryRole {
    std::string template_id;  // of the role definition, the same in every tenant
    std::string name;  // as the source writes it; empty: not told
    bool by_group = false;  // through membership of a role-assignable group
    bool eligible = false;  // may be activated (PIM); false: active now
    friend bool operator==(const DirectoryRole&, const DirectoryRole&) = default;
};

// Entra's riskState with its level in one: remediated, dismissed and confirmedSafe are `none`.
enum class RiskState : std::uint8_t { none, at_risk, confirmed_compromised };
std::string_view to_string(RiskState state);  // "none", "at risk", "confirmed compromised"

// One account: facts/graph.md 4 (users, MFA, roles), exchange.md 4 (mailboxes).
struct AccountFacts {
    // Names, by which the records of one account are joined: in this order.
    std::string user_id;  // Entra object id, ExternalDirectoryObjectId; empty: not told
    std::string user_principal_name;  // as the source writes it
    std::string mail;  // the primary address (PrimarySmtpAddress); empty: none or not told
    std::vector<std::string> addresses;  // every SMTP address, without the "smtp:" prefix

    // A mailbox of Exchange told this record (Get-Mailbox, Get-CASMailbox): two such with one
    // address are an error. Guests and users without a mailbox are none.
    bool is_mailbox = false;
    std::optional<bool> enabled;  // accountEnabled; the opposite of AccountDisabled
    std::optional<std::string> user_type;  // "Member", "Guest"
    std::optional<UtcTime> password_changed;
    std::optional<std::string> mailbox_type;  // RecipientTypeDetails: "SharedMailbox" …
    Setting<bool> smtp_auth_disabled;  // Get-CASMailbox; null: as the tenant says
    // Get-User; a name, an identity or a DN as the source writes it. Null: the tenant's default.
    Setting<std::string> authentication_policy;
    std::optional<bool> mfa_registered;  // not told for disabled users
    // Roles that this record tells, added to those of other records. No record at all: see
    // TenantFacts::roles_complete.
    std::vector<DirectoryRole> roles;
    std::optional<RiskState> risk;

    std::string origin;  // the source, for people: a file's name, "Microsoft Graph users"
    std::uint64_t line = 0;  // of a file; 0: none
};

// The fields of AccountFacts that keep an origin of their own when records are merged.
enum class AccountField : std::uint8_t {
    enabled,
    user_type,
    password_changed,
    mailbox_type,
    smtp_auth_disabled,
    authentication_policy,
    mfa_registered,
    roles,
    risk,
};
constexpr std::size_t k_account_fields = 9;

// Get-AuthenticationPolicy. In a policy the default is blocked (exchange.md 4.3).
struct AuthenticationPolicy {
    std::string name;
    std::string identity;  // empty: not told
    std::string distinguished_name;  // empty: not told
    Setting<bool> allow_basic_smtp;
};

// Get-InboundConnector (exchange.md 4.6).
struct InboundConnector {
    std::string name;
    std::optional<bool> enabled;
    std::string type;  // "OnPremises", "Partner"; empty: not told
    std::optional<bool> require_tls;
    std::vector<std::string> sender_domains, sender_addresses;
    std::string certificate_name;  // TlsSenderCertificateName; empty: none or not told
};

struct AcceptedDomain {
    std::string name;
    std::string type;  // "Authoritative", "InternalRelay" …; empty: not told
    bool is_default = false;
    bool is_initial = false;  // contoso.onmicrosoft.com
};

enum class PolicyState : std::uint8_t { enabled, report_only, disabled, unknown };
std::string_view to_string(PolicyState state);

// A Conditional Access policy (graph.md 4). Lists hold ids, and the words of Graph: "All", "None",
// "GuestsOrExternalUsers", "Office365".
struct ConditionalAccessPolicy {
    std::string id, name;
    PolicyState state = PolicyState::unknown;
    std::vector<std::string> client_app_types;  // "all", "browser", "other" …
    std::vector<std::string> include_applications, exclude_applications;
    std::vector<std::string> include_users, exclude_users;
    std::vector<std::string> include_groups, exclude_groups;  // group ids: TenantFacts::groups
    std::vector<std::string> include_roles, exclude_roles;  // role template ids
    bool include_guests = false, exclude_guests = false;  // includeGuestsOrExternalUsers is set
    // builtInControls ("block", "mfa" …), and "authenticationStrength", "termsOfUse",
    // "customAuthenticationFactors" where the policy has them. Empty: session controls only.
    std::vector<std::string> grant_controls;
    bool any_grant_suffices = false;  // operator OR
    // Conditions that the tool does not evaluate and that may narrow it: "locations",
    // "platforms", "sign-in risk", "user risk", "devices" … With one of them it "would block
    // unless …", which is neither yes nor no.
    std::vector<std::string> conditions_not_evaluated;
};

// A named location of Conditional Access that is a list of addresses (graph.md 4).
struct NamedLocation {
    std::string name;
    std::vector<std::string> ranges;  // "203.0.113.0/24", as the service writes them
};

// A group that a policy names or a role is given to.
struct GroupFacts {
    std::string id;
    std::string name;  // empty: not told
    std::vector<std::string> members;  // object ids of users, nested groups expanded
    bool is_complete = false;  // false: others may be members
};

// A grant by which an application may submit with OAuth (facts/graph.md 4.1). Texts are for people.
struct OauthApp {
    std::string app_id;
    std::string name;  // empty: not told
    std::string how;  // "delegated scope SMTP.Send on Microsoft Graph"
    std::string consent;  // "administrator, for every user", "for one user"
    std::string principal;  // the user of a consent for one; empty: all
    std::optional<std::string> tenant{};  // in a report of several tenants, whose it is
};

// A mailbox that the usage report saw submit by SMTP (facts/graph.md 2): never how often, from
// where, or whether by Basic or OAuth.
struct MailboxSmtpUse {
    std::string user_principal_name;
    int days = 0;  // that the report covers
    std::optional<Day> refreshed;  // the last of them
    std::optional<Day> last_activity;  // of the mailbox, by any protocol
};

struct TenantFacts {
    std::optional<std::string> id;
    std::optional<std::string> name;
    std::vector<std::string> domains;  // verified; empty: not read

    Setting<bool> smtp_auth_disabled;  // Get-TransportConfig
    Setting<bool> allow_legacy_tls;  // AllowLegacyTLSClients
    // Get-OrganizationConfig; null: there is no default policy.
    Setting<std::string> default_authentication_policy;
    Setting<bool> reject_direct_send;
    Setting<bool> security_defaults;  // on: legacy authentication is refused
    // Absent: not read. Empty: read, there is none.
    std::optional<std::vector<AuthenticationPolicy>> authentication_policies;
    std::optional<std::vector<ConditionalAccessPolicy>> conditional_access;
    std::optional<std::vector<InboundConnector>> inbound_connectors;
    std::optional<std::vector<AcceptedDomain>> accepted_domains;
    std::optional<std::vector<NamedLocation>> named_locations;
    std::vector<GroupFacts> groups;
    std::vector<OauthApp> oauth_apps;
    std::vector<MailboxSmtpUse> smtp_used;
    std::vector<Announcement> announcements;
    // Set by a source that read the whole list: who is not in it has none. Absent or false: who is
    // not in it is unknown.
    std::optional<bool> roles_complete;  // active assignments, groups expanded
    std::optional<bool> eligible_roles_complete;  // PIM
    std::optional<bool> risk_complete;  // every risky user was listed
    std::string origin;
    std::uint64_t line = 0;  // of a file; 0: none
};

enum class TenantField : std::uint8_t {
    name,
    domains,
    smtp_auth_disabled,
    allow_legacy_tls,
    default_authentication_policy,
    reject_direct_send,
    security_defaults,
    authentication_policies,
    conditional_access,
    inbound_connectors,
    accepted_domains,
    named_locations,
    roles,
    risk,
};
constexpr std::size_t k_tenant_fields = 14;

// The facts of an origin and a line: "casmailbox.csv:17", "Microsoft Graph users".
std::string format_fact_origin(std::string_view origin, std::uint64_t line);

}  // namespace smtpaudit
