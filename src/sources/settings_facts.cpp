// Rows of a cmdlet become facts: what each property means (facts/exchange.md 4).
#include "base/text.hpp"
#include "sources/csv.hpp"
#include "sources/settings_row.hpp"
#include "sources/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace smtpaudit {
namespace {

using Property = SettingsProperty;
using State = SettingsRow::State;

// The values of one row; the first that cannot be read is kept.
class Reader {
public:
    explicit Reader(const SettingsRow& row) : row_(row) {}

    // A cell that is there and empty is null: what the service says where it has three states.
    Setting<std::string> text(Property property) const {
        const SettingsRow::Value& value = row_.value(property);
        if (value.state == State::absent) return {};
        // One text in a list of its own is how some serialisers write a value.
        const std::string& written =
            value.is_list && value.list.size() == 1 ? value.list.front() : value.text;
        const std::string_view trimmed = trim(written);
        if (value.state == State::null || trimmed.empty()) return Setting<std::string>::null();
        return Setting<std::string>::of(std::string(trimmed));
    }
    std::string plain_text(Property property) const { return text(property).value.value_or(""); }

    // PowerShell writes True and False in every language.
    Setting<bool> flag(Property property) {
        const Setting<std::string> written = text(property);
        if (!written.is_read) return {};
        if (!written.value) return Setting<bool>::null();
        if (equals_ignoring_case(*written.value, "true")) return Setting<bool>::of(true);
        if (equals_ignoring_case(*written.value, "false")) return Setting<bool>::of(false);
        if (!problem_)
            problem_ =
                SettingsProblem{property, in_quotes(*written.value) + " is neither True nor False"};
        return {};
    }

    tl::expected<void, SettingsProblem> outcome() const {
        if (problem_) return tl::unexpected(*problem_);
        return {};
    }

private:
    const SettingsRow& row_;
    std::optional<SettingsProblem> problem_;
};

bool ends_with_mailbox(std::string_view type) {
    constexpr std::string_view k_end = "Mailbox";
    return type.size() >= k_end.size() &&
           equals_ignoring_case(type.substr(type.size() - k_end.size()), k_end);
}

// "SMTP:" marks the primary address, "smtp:" the others; the rest (X500, SIP …) is no mail address.
void take_addresses(const std::vector<std::string>& written, AccountFacts& facts) {
    constexpr std::size_t k_prefix = 5;
    for (const std::string& address : written) {
        if (address.size() <= k_prefix ||
            !equals_ignoring_case(std::string_view(address).substr(0, k_prefix), "smtp:"))
            continue;
        facts.addresses.push_back(address.substr(k_prefix));
        if (facts.mail.empty() && address.starts_with("SMTP:"))
            facts.mail = address.substr(k_prefix);
    }
}

}  // namespace

std::vector<std::string> SettingsTally::notes() const {
    std::vector<std::string> notes;
    if (nameless > 0)
        notes.push_back(fmt::format("{} without an address, a UPN or an object id: left out",
                                    row_count(nameless)));
    if (type_names > 0)
        notes.push_back(fmt::format(
            "{} hold the name of a list's type instead of the list, which is taken as not read; "
            "export again with scripts/Export-SmtpAuthSettings.ps1 or ConvertTo-Json",
            row_count(type_names)));
    return notes;
}

std::optional<std::vector<std::string>> SettingsReader::list(const SettingsRow& row,
                                                             SettingsProperty property) {
    const SettingsRow::Value& value = row.value(property);
    if (value.state != State::present) return std::nullopt;
    if (value.is_type_name) {
        ++tally_.type_names;
        return std::nullopt;
    }
    if (value.is_list) return value.list;
    return std::vector<std::string>{value.text};
}

SettingsReader::Outcome SettingsReader::take(const SettingsRow& row, std::uint64_t line) {
    ++tally_.rows;
    switch (kind_) {
        case SettingsKind::cas_mailboxes:
        case SettingsKind::mailboxes:
        case SettingsKind::exchange_users: return take_account(row, line);
        default: return take_tenant(row, line);
    }
}

// The three cmdlets of accounts are read alike: an export that joined their columns tells all.
SettingsReader::Outcome SettingsReader::take_account(const SettingsRow& row, std::uint64_t line) {
    Reader read(row);
    AccountFacts facts;
    facts.origin = origin_;
    facts.line = line;
    facts.user_id = read.plain_text(Property::external_directory_object_id);
    facts.user_principal_name = read.plain_text(Property::user_principal_name);
    facts.mail = read.plain_text(Property::primary_smtp_address);
    if (const auto addresses = list(row, Property::email_addresses))
        take_addresses(*addresses, facts);
    if (facts.mail.empty()) facts.mail = read.plain_text(Property::windows_email_address);
    facts.mailbox_type = read.text(Property::recipient_type_details).value;
    facts.is_mailbox = facts.mailbox_type ? ends_with_mailbox(*facts.mailbox_type)
                                          : kind_ != SettingsKind::exchange_users;
    if (const auto disabled = read.flag(Property::account_disabled).value)
        facts.enabled = !*disabled;
    facts.smtp_auth_disabled = read.flag(Property::smtp_client_authentication_disabled);
    facts.authentication_policy = read.text(Property::authentication_policy);
    if (auto outcome = read.outcome(); !outcome) return outcome;
    const bool has_name = !facts.user_id.empty() || !facts.user_principal_name.empty() ||
                          !facts.mail.empty() || !facts.addresses.empty();
    if (has_name)
        sink_.account(facts);
    else
        ++tally_.nameless;
    return {};
}

SettingsReader::Outcome SettingsReader::take_policy(const SettingsRow& row, TenantFacts& facts) {
    Reader read(row);
    AuthenticationPolicy policy;
    policy.name = read.plain_text(Property::name);
    policy.identity = read.plain_text(Property::identity);
    policy.distinguished_name = read.plain_text(Property::distinguished_name);
    if (policy.name.empty()) policy.name = policy.identity;
    policy.allow_basic_smtp = read.flag(Property::allow_basic_auth_smtp);
    facts.authentication_policies.emplace();
    facts.authentication_policies->push_back(std::move(policy));
    return read.outcome();
}

SettingsReader::Outcome SettingsReader::take_connector(const SettingsRow& row, TenantFacts& facts) {
    Reader read(row);
    InboundConnector connector;
    connector.name = read.plain_text(Property::name);
    if (connector.name.empty()) connector.name = read.plain_text(Property::identity);
    connector.enabled = read.flag(Property::enabled).value;
    connector.type = read.plain_text(Property::connector_type);
    connector.require_tls = read.flag(Property::require_tls).value;
    connector.sender_domains =
        list(row, Property::sender_domains).value_or(std::vector<std::string>{});
    connector.sender_addresses =
        list(row, Property::sender_ip_addresses).value_or(std::vector<std::string>{});
    connector.certificate_name = read.plain_text(Property::tls_sender_certificate_name);
    facts.inbound_connectors.emplace();
    facts.inbound_connectors->push_back(std::move(connector));
    return read.outcome();
}

SettingsReader::Outcome SettingsReader::take_domain(const SettingsRow& row, TenantFacts& facts) {
    Reader read(row);
    AcceptedDomain domain;
    domain.name = fold_case(read.plain_text(Property::domain_name));
    domain.type = read.plain_text(Property::domain_type);
    domain.is_default = read.flag(Property::is_default).value.value_or(false);
    domain.is_initial = read.flag(Property::initial_domain).value.value_or(false);
    facts.accepted_domains.emplace();
    facts.accepted_domains->push_back(std::move(domain));
    return read.outcome();
}

SettingsReader::Outcome SettingsReader::take_tenant(const SettingsRow& row, std::uint64_t line) {
    Reader read(row);
    TenantFacts facts;
    facts.origin = origin_;
    facts.line = line;
    Outcome outcome;
    switch (kind_) {
        case SettingsKind::transport_config:
            facts.smtp_auth_disabled = read.flag(Property::smtp_client_authentication_disabled);
            facts.allow_legacy_tls = read.flag(Property::allow_legacy_tls_clients);
            break;
        case SettingsKind::organization_config:
            facts.default_authentication_policy =
                read.text(Property::default_authentication_policy);
            facts.reject_direct_send = read.flag(Property::reject_direct_send);
            break;
        case SettingsKind::authentication_policies: outcome = take_policy(row, facts); break;
        case SettingsKind::inbound_connectors: outcome = take_connector(row, facts); break;
        case SettingsKind::accepted_domains: outcome = take_domain(row, facts); break;
        default: break;
    }
    if (outcome) outcome = read.outcome();
    if (outcome) sink_.tenant(facts);
    return outcome;
}

void SettingsReader::finish() {
    if (tally_.rows > 0) return;
    TenantFacts facts;
    facts.origin = origin_;
    if (kind_ == SettingsKind::authentication_policies)
        facts.authentication_policies.emplace();
    else if (kind_ == SettingsKind::inbound_connectors)
        facts.inbound_connectors.emplace();
    else if (kind_ == SettingsKind::accepted_domains)
        facts.accepted_domains.emplace();
    else
        return;
    sink_.tenant(facts);
}

}  // namespace smtpaudit
