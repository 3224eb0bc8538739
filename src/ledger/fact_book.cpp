#include "ledger/fact_book.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace smtpaudit {
namespace {

std::size_t index(AccountField field) { return static_cast<std::size_t>(field); }

template <typename T>
void append(std::optional<std::vector<T>>& all, const std::optional<std::vector<T>>& more) {
    if (!more) return;
    if (!all) all.emplace();
    all->insert(all->end(), more->begin(), more->end());
}

}  // namespace

std::uint32_t FactBook::intern_folded(std::string_view name) {
    fold_case(trim(name), folded_);
    return texts_.intern(folded_);
}

std::uint32_t FactBook::intern_or_none(std::string_view text) {
    return text.empty() ? k_no_text : texts_.intern(text);
}

std::uint32_t FactBook::entry_of(const AccountFacts& facts, Origin origin) {
    std::string_view key = facts.user_id;
    if (key.empty()) key = facts.user_principal_name;
    if (key.empty()) key = facts.mail;
    if (key.empty() && !facts.addresses.empty()) key = facts.addresses.front();
    const std::uint32_t text = intern_folded(key);
    if (entry_of_text_.size() <= text) entry_of_text_.resize(text + 1, k_no_entry);
    std::uint32_t& entry = entry_of_text_[text];
    if (entry == k_no_entry) {
        entry = static_cast<std::uint32_t>(entries_.size());
        entries_.emplace_back();
        entries_.back().first = origin;
    } else if (facts.is_mailbox && facts.user_id.empty() && facts.line > 0 &&
               entries_[entry].is_mailbox && entries_[entry].first.source == origin.source) {
        // A list of mailboxes names each of them once; without object ids nobody can tell two.
        repeated_.push_back({text, origin.source, entries_[entry].first.line, facts.line});
    }
    return entry;
}

void FactBook::add_names(Entry& entry, const AccountFacts& facts) {
    const auto fill = [&](std::uint32_t& place, const std::string& name) {
        if (place == k_no_text && !name.empty()) place = intern_folded(name);
    };
    fill(entry.user_id, facts.user_id);
    fill(entry.upn, facts.user_principal_name);
    fill(entry.mail, facts.mail);
    for (const std::string& address : facts.addresses) {
        const std::uint32_t text = intern_folded(address);
        bool is_known = text == entry.upn || text == entry.mail;
        for (std::uint32_t at = entry.addresses; at != k_no_text && !is_known; at = nodes_[at].next)
            is_known = nodes_[at].text == text;
        if (is_known) continue;
        nodes_.push_back({text, entry.addresses});
        entry.addresses = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
}

void FactBook::add_roles(Entry& entry, const std::vector<DirectoryRole>& roles) {
    for (const DirectoryRole& role : roles) {
        RoleNode node{intern_folded(role.template_id), texts_.intern(role.name), entry.roles,
                      role.by_group, role.eligible};
        bool is_known = false;
        for (std::uint32_t at = entry.roles; at != k_no_text && !is_known; at = roles_[at].next)
            is_known = roles_[at].template_id == node.template_id &&
                       roles_[at].by_group == node.by_group && roles_[at].eligible == node.eligible;
        if (is_known) continue;
        roles_.push_back(node);
        entry.roles = static_cast<std::uint32_t>(roles_.size() - 1);
    }
}

void FactBook::add_fields(Entry& entry, const AccountFacts& facts, Origin origin) {
    // True where this record is the first to tell the field.
    const auto takes = [&](AccountField field, bool is_told) {
        Origin& kept = entry.origins[index(field)];
        if (!is_told || kept.source != k_no_text) return false;
        kept = origin;
        ++told_[index(field)];
        return true;
    };
    if (takes(AccountField::enabled, facts.enabled.has_value()))
        entry.enabled = *facts.enabled ? Tri::yes : Tri::no;
    if (takes(AccountField::user_type, facts.user_type.has_value()))
        entry.user_type = texts_.intern(*facts.user_type);
    if (takes(AccountField::password_changed, facts.password_changed.has_value())) {
        entry.password_changed = facts.password_changed->time_since_epoch().count();
        entry.password_told = true;
    }
    if (takes(AccountField::mailbox_type, facts.mailbox_type.has_value()))
        entry.mailbox_type = texts_.intern(*facts.mailbox_type);
    if (takes(AccountField::smtp_auth_disabled, facts.smtp_auth_disabled.is_read)) {
        const auto& value = facts.smtp_auth_disabled.value;
        entry.smtp_auth_disabled = !value ? Four::null : *value ? Four::yes : Four::no;
    }
    if (takes(AccountField::authentication_policy, facts.authentication_policy.is_read)) {
        entry.policy_read = true;
        if (const auto& name = facts.authentication_policy.value)
            entry.policy = texts_.intern(*name);
    }
    if (takes(AccountField::mfa_registered, facts.mfa_registered.has_value()))
        entry.mfa = *facts.mfa_registered ? Tri::yes : Tri::no;
    if (!facts.roles.empty()) {
        takes(AccountField::roles, true);
        add_roles(entry, facts.roles);
    }
    if (takes(AccountField::risk, facts.risk.has_value())) entry.risk = facts.risk;
}

void FactBook::add(const AccountFacts& facts) {
    if (facts.user_id.empty() && facts.user_principal_name.empty() && facts.mail.empty() &&
        facts.addresses.empty())
        return;  // nobody's
    const Origin origin{texts_.intern(facts.origin), static_cast<std::uint32_t>(facts.line)};
    Entry& entry = entries_[entry_of(facts, origin)];
    entry.is_mailbox |= facts.is_mailbox;
    tells_addresses_ |= !facts.addresses.empty();
    add_names(entry, facts);
    add_fields(entry, facts, origin);
}

void FactBook::add(const TenantFacts& facts) {
    const std::string origin = format_fact_origin(facts.origin, facts.line);
    // True where this record is the first to tell the field.
    const auto takes = [&](TenantField field, bool is_told) {
        std::string& kept = tenant_origins_[static_cast<std::size_t>(field)];
        if (!is_told || !kept.empty()) return false;
        kept = origin;
        return true;
    };
    const auto setting = [&](TenantField field, auto& kept, const auto& told) {
        if (takes(field, told.is_read)) kept = told;
    };
    if (facts.id && !tenant_.id) tenant_.id = facts.id;
    if (takes(TenantField::name, facts.name.has_value())) tenant_.name = facts.name;
    takes(TenantField::domains, !facts.domains.empty());
    tenant_.domains.insert(tenant_.domains.end(), facts.domains.begin(), facts.domains.end());
    setting(TenantField::smtp_auth_disabled, tenant_.smtp_auth_disabled, facts.smtp_auth_disabled);
    setting(TenantField::allow_legacy_tls, tenant_.allow_legacy_tls, facts.allow_legacy_tls);
    setting(TenantField::default_authentication_policy, tenant_.default_authentication_policy,
            facts.default_authentication_policy);
    setting(TenantField::reject_direct_send, tenant_.reject_direct_send, facts.reject_direct_send);
    setting(TenantField::security_defaults, tenant_.security_defaults, facts.security_defaults);
    // Lists come whole or in pieces (one record for each row of a file).
    takes(TenantField::authentication_policies, facts.authentication_policies.has_value());
    append(tenant_.authentication_policies, facts.authentication_policies);
    takes(TenantField::conditional_access, facts.conditional_access.has_value());
    append(tenant_.conditional_access, facts.conditional_access);
    takes(TenantField::inbound_connectors, facts.inbound_connectors.has_value());
    append(tenant_.inbound_connectors, facts.inbound_connectors);
    takes(TenantField::accepted_domains, facts.accepted_domains.has_value());
    append(tenant_.accepted_domains, facts.accepted_domains);
    takes(TenantField::named_locations, facts.named_locations.has_value());
    append(tenant_.named_locations, facts.named_locations);
    tenant_.groups.insert(tenant_.groups.end(), facts.groups.begin(), facts.groups.end());
    const auto add_all = [](auto& kept, const auto& more) {
        kept.insert(kept.end(), more.begin(), more.end());
    };
    add_all(tenant_.oauth_apps, facts.oauth_apps);
    add_all(tenant_.smtp_used, facts.smtp_used);
    add_all(tenant_.announcements, facts.announcements);
    // A page that names another one was not the whole list, whatever a later page says of itself.
    takes(TenantField::roles, facts.roles_complete.has_value());
    if (facts.roles_complete)
        tenant_.roles_complete = tenant_.roles_complete.value_or(true) && *facts.roles_complete;
    if (facts.eligible_roles_complete && !tenant_.eligible_roles_complete)
        tenant_.eligible_roles_complete = facts.eligible_roles_complete;
    if (takes(TenantField::risk, facts.risk_complete.has_value()))
        tenant_.risk_complete = facts.risk_complete;
    tenant_.origin = facts.origin;
}

void FactBook::read_fields(const Entry& entry, AccountFacts& facts) {
    if (!facts.enabled && entry.enabled != Tri::not_read) facts.enabled = entry.enabled == Tri::yes;
    if (!facts.password_changed && entry.password_told)
        facts.password_changed = UtcTime(std::chrono::seconds(entry.password_changed));
    if (!facts.smtp_auth_disabled.is_read && entry.smtp_auth_disabled != Four::not_read)
        facts.smtp_auth_disabled = entry.smtp_auth_disabled == Four::null
                                       ? Setting<bool>::null()
                                       : Setting<bool>::of(entry.smtp_auth_disabled == Four::yes);
    if (!facts.mfa_registered && entry.mfa != Tri::not_read)
        facts.mfa_registered = entry.mfa == Tri::yes;
    if (!facts.risk) facts.risk = entry.risk;
    facts.is_mailbox |= entry.is_mailbox;
}

void FactBook::read_into(const Entry& entry, AccountFacts& facts) const {
    const auto fill = [this](std::string& place, std::uint32_t number) {
        if (place.empty() && number != k_no_text) place = texts_.text(number);
    };
    fill(facts.user_id, entry.user_id);
    fill(facts.user_principal_name, entry.upn);
    fill(facts.mail, entry.mail);
    for (std::uint32_t at = entry.addresses; at != k_no_text; at = nodes_[at].next)
        facts.addresses.emplace_back(texts_.text(nodes_[at].text));
    if (!facts.user_type && entry.user_type != k_no_text)
        facts.user_type = texts_.text(entry.user_type);
    if (!facts.mailbox_type && entry.mailbox_type != k_no_text)
        facts.mailbox_type = texts_.text(entry.mailbox_type);
    if (!facts.authentication_policy.is_read && entry.policy_read) {
        facts.authentication_policy = Setting<std::string>::null();
        if (entry.policy != k_no_text)
            facts.authentication_policy.value = texts_.text(entry.policy);
    }
    for (std::uint32_t at = entry.roles; at != k_no_text; at = roles_[at].next) {
        const RoleNode& role = roles_[at];
        facts.roles.push_back({std::string(texts_.text(role.template_id)),
                               std::string(texts_.text(role.name)), role.by_group, role.eligible});
    }
    read_fields(entry, facts);
}

AccountFacts FactBook::read(std::span<const std::uint32_t> entries) const {
    AccountFacts facts;
    for (const std::uint32_t entry : entries) read_into(entries_[entry], facts);
    // Lists are kept newest first; sorted, they do not depend on the order of reading.
    std::sort(facts.addresses.begin(), facts.addresses.end());
    facts.addresses.erase(std::unique(facts.addresses.begin(), facts.addresses.end()),
                          facts.addresses.end());
    std::sort(facts.roles.begin(), facts.roles.end(),
              [](const DirectoryRole& a, const DirectoryRole& b) {
                  return std::tie(a.template_id, a.eligible, a.by_group, a.name) <
                         std::tie(b.template_id, b.eligible, b.by_group, b.name);
              });
    facts.roles.erase(std::unique(facts.roles.begin(), facts.roles.end()), facts.roles.end());
    return facts;
}

std::string FactBook::origin(std::span<const std::uint32_t> entries, AccountField field) const {
    for (const std::uint32_t entry : entries) {
        const Origin& origin = entries_[entry].origins[index(field)];
        if (origin.source != k_no_text)
            return format_fact_origin(texts_.text(origin.source), origin.line);
    }
    return {};
}

FactBook::Names FactBook::names(std::uint32_t entry) const {
    const Entry& e = entries_[entry];
    return {e.user_id, e.upn, e.mail, e.first.source, e.first.line, e.is_mailbox};
}

}  // namespace smtpaudit
