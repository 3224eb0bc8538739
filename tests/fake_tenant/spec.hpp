// One tenant as data: who may sign in, what was granted, who sends mail.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit::fake {

struct AppSecret {
    std::string value;
    bool expired = false;
};

// An app registration.
struct App {
    std::string client_id;
    std::string name;
    std::vector<AppSecret> secrets;
    std::vector<std::string> certificates;  // PEM
    std::vector<std::string> permissions;  // application permissions with admin consent
    std::vector<std::string> delegated;  // delegated permissions with consent
    std::vector<std::string> redirects{"http://localhost/"};  // the port is not compared
    bool disabled = false;
    // Exchange commands that its roles in Exchange hold: "Get-CASMailbox", "Get-*".
    std::vector<std::string> cmdlets;
};

// Who signs in with the browser or the device code.
struct Person {
    std::string id = "0a0a0a0a-1111-4222-8333-444444444444";
    std::string upn = "auditor@contoso.com";
    std::string name = "Auditor";
    std::vector<std::string> roles{"Global Reader"};  // directory roles by name
};

struct Failures {
    int code = 50126;
    double per_day = 0;
    std::vector<std::string> addresses;  // empty: the account's own
    std::string country;  // empty: the account's own
};

// An account and how it signs in. All rates are rows a day and may be fractions.
struct SignInAccount {
    std::string upn;
    std::string user_id;  // empty: made from the upn
    std::string name;
    std::string kind = "scanner";  // scanner, erp, ups, relay, person: sets the defaults below
    std::string client_app = "Authenticated SMTP";
    std::vector<std::string> addresses;
    std::string user_agent;
    std::string tls = "TLS1.2", cipher;  // in the SmtpCSReport
    unsigned from_hour = 0, to_hour = 24;  // UTC; rows fall between them
    bool working_days = false;  // Monday to Friday alone
    std::string country = "NL";
    std::string city = "Utrecht";
    double per_day = 0;  // SMTP, interactive log
    double non_interactive_per_day = 0;  // SMTP, non-interactive log: beta only
    double other_per_day = 0;  // other protocols: must never be asked for
    std::vector<Failures> failures;
    bool is_user = true;  // false: the directory has no such user
    std::string user_json;  // properties that replace those made for the user; "" or an object
};

struct SignInSpec {
    std::uint64_t seed = 1;
    int days = 7;
    std::optional<UtcTime> end;  // rows are older than this; absent: when the tenant starts
    std::vector<SignInAccount> accounts;
    std::vector<std::string> rows;  // whole rows as Graph gives them, JSON
};

// A consent to SMTP.Send.
struct ScopeGrant {
    std::string on = "exchange";  // or "graph": the resource
    std::string user;  // object id; empty: an administrator's, for everyone
};

// An application that may send by SMTP.
struct OauthSender {
    std::string app_id;
    std::string name;
    bool send_as_app = false;  // the application role
    std::vector<ScopeGrant> send;  // the delegated scope
    bool is_gone = false;  // its grants outlived its service principal
};

struct UsageRow {
    std::string upn;
    std::string smtp_app;  // the cell: empty, "ProPlus", "Undetermined"
};
struct UsageSpec {
    std::vector<UsageRow> rows;
    bool concealed = false;  // names shown as 32 hex digits
};

// Exchange Online. Objects are JSON as the commands show them, without the "@data.type" beside them.
struct ExchangeSpec {
    std::string transport_config, organization_config;  // properties that replace the usual ones
    std::vector<std::string> authentication_policies, inbound_connectors;
    std::vector<std::string> accepted_domains;  // empty: made from the tenant's domains
    // Each user that signs in has one; these replace properties by UserPrincipalName, or are more.
    std::vector<std::string> mailboxes;
    unsigned extra_mailboxes = 0;
    std::optional<std::size_t> page_size;  // at most 1,000; absent: what the client prefers
    std::string host_below;  // "eur01": links to next pages go to eur01.outlook.office365.com
    std::vector<std::string> warnings;  // of every list
    bool has_smtp_report = true;  // false: SmtpCSReport is no type that it knows
    unsigned job_polls = 2;  // a job is over when it was asked about this often
    std::string job_error;  // not empty: jobs fail with it
};

// What Graph tells of policies and roles. Objects are JSON as Graph gives them.
struct PolicySpec {
    bool security_defaults = false;
    std::vector<std::string> conditional_access;
    std::vector<std::string> named_locations;
    std::vector<std::string> role_assignments;  // with their principal
    std::vector<std::string> groups;  // {"id","displayName","members":[objects with an id]}
    std::vector<std::string> registrations;  // userRegistrationDetails that replace those made
};

// Where KQL is answered.
struct KustoSpec {
    std::string workspace = "d0d0d0d0-1111-4222-8333-666666666666";  // of Log Analytics
    std::vector<std::string> tables{"SigninLogs", "AADNonInteractiveUserSignInLogs",
                                    "AADServicePrincipalSignInLogs", "EntraIdSignInEvents",
                                    "EntraIdSpnSignInEvents"};
    std::optional<std::size_t> row_cap;  // of an answer; absent: what the services document
};

// What is true of an account or a device, for tests to compare with. Nothing is served of it.
struct KnownSubject {
    std::string id;
    std::string kind;  // the class
    std::vector<std::string> marks;
    std::vector<std::string> linked;  // of an account its devices, of a device its accounts
    std::string confidence;  // of all its links; empty: differs
};
struct FleetSpec {
    std::vector<KnownSubject> accounts, devices;
};

enum class Licence : std::uint8_t { free, p1, p2 };

struct TenantSpec {
    std::string id = "c0c0c0c0-aaaa-4bbb-8ccc-dddddddddddd";
    std::string name = "Contoso";
    std::vector<std::string> domains{"contoso.onmicrosoft.com", "contoso.com"};  // first: initial
    Licence licence = Licence::p1;
    std::vector<App> apps;
    Person person;
    std::vector<std::string> users;  // more directory users, JSON objects as Graph gives them
    unsigned extra_users = 0;  // made-up people without sign-ins, for paging
    SignInSpec sign_ins;
    std::vector<OauthSender> oauth_senders;
    UsageSpec usage;
    std::vector<std::string> messages;  // of the message center, JSON objects as Graph gives them
    std::vector<std::string> missing;  // calls that this cloud lacks, by a part of the path
    ExchangeSpec exchange;
    PolicySpec policies;
    KustoSpec kusto;
    FleetSpec fleet;

    App* app(std::string_view client_id);
};

// Reads a tenant description (README.md lists the fields). An unknown field is an error, so that
// a misspelt one does not silently change a test. `name` is for messages.
Result<TenantSpec> parse_tenant(std::string_view json, const std::string& name);

// The permissions that the tenant knows: name to application role id and delegated scope id
// (facts/graph.md 4.4).
struct PermissionIds {
    std::string_view name;
    std::string_view application;
    std::string_view delegated;
};
const std::vector<PermissionIds>& permission_ids();

std::string user_id_of(const SignInAccount& account);

}  // namespace smtpaudit::fake
