// A sink that keeps what it was given as one readable line each.
#pragma once

#include "model/facts.hpp"
#include "model/observation.hpp"

#include <fmt/format.h>
#include <string>
#include <vector>

namespace smtpaudit::test {

class RecordingSink final : public EvidenceSink {
public:
    // "2 scan@contoso.com 2026-11-22T10:00:00Z basic 5 203.0.113.7 1.2=5 CIPHER <id>": the line,
    // account, instant, protocol, messages, client, TLS counts above 0, cipher and record id; "-"
    // where there is none.
    std::vector<std::string> seen;
    std::uint64_t messages = 0;

    void observe(const Observation& o) override {
        const auto or_dash = [](std::string_view text) {
            return std::string(text.empty() ? "-" : text);
        };
        std::string tls;
        for (std::size_t i = 0; i < k_tls_versions; ++i)
            if (o.tls[i] > 0)
                tls += fmt::format("{}{}={}", tls.empty() ? "" : " ",
                                   to_string(static_cast<TlsVersion>(i)), o.tls[i]);
        seen.push_back(fmt::format("{} {} {} {} {} {} {} {} {}", o.line, o.account,
                                   o.at ? format_utc(*o.at) : "-", to_string(o.protocol),
                                   o.messages, o.client ? format_ip(*o.client) : "-", or_dash(tls),
                                   or_dash(o.tls_cipher), or_dash(o.record_id)));
        messages += o.messages;
    }
    // "2 mailbox a@contoso.com id-1 …" and "2 tenant …": the line, and each field that is told.
    void account(const AccountFacts& f) override {
        std::string text = fmt::format("{} {}", f.line, f.is_mailbox ? "mailbox" : "account");
        const auto add = [&](const char* name, std::string_view value) {
            text += fmt::format(" {}={}", name, value);
        };
        if (!f.user_id.empty()) add("id", f.user_id);
        if (!f.user_principal_name.empty()) add("upn", f.user_principal_name);
        if (!f.mail.empty()) add("mail", f.mail);
        for (const std::string& address : f.addresses) add("address", address);
        if (f.enabled) add("enabled", *f.enabled ? "yes" : "no");
        if (f.mailbox_type) add("type", *f.mailbox_type);
        if (f.smtp_auth_disabled.is_read) add("disabled", words(f.smtp_auth_disabled));
        if (f.authentication_policy.is_read)
            add("policy", f.authentication_policy.value.value_or("null"));
        if (f.mfa_registered) add("mfa", *f.mfa_registered ? "yes" : "no");
        for (const DirectoryRole& role : f.roles)
            add(role.by_group ? "role-by-group" : "role",
                role.name.empty() ? role.template_id : role.name);
        seen.push_back(text);
        accounts.push_back(f);
    }
    void tenant(const TenantFacts& f) override {
        std::string text = fmt::format("{} tenant", f.line);
        const std::size_t empty = text.size();
        const auto add = [&](const char* name, std::string_view value) {
            text += fmt::format(" {}={}", name, value);
        };
        if (f.smtp_auth_disabled.is_read) add("disabled", words(f.smtp_auth_disabled));
        if (f.allow_legacy_tls.is_read) add("legacy", words(f.allow_legacy_tls));
        if (f.default_authentication_policy.is_read)
            add("default", f.default_authentication_policy.value.value_or("null"));
        if (f.reject_direct_send.is_read) add("reject", words(f.reject_direct_send));
        if (f.authentication_policies)
            for (const AuthenticationPolicy& p : *f.authentication_policies)
                add(p.name.c_str(), words(p.allow_basic_smtp));
        if (f.inbound_connectors)
            for (const InboundConnector& c : *f.inbound_connectors) add("connector", c.name);
        if (f.accepted_domains)
            for (const AcceptedDomain& d : *f.accepted_domains) add("domain", d.name);
        if (f.security_defaults.is_read) add("security-defaults", words(f.security_defaults));
        if (f.conditional_access)
            for (const ConditionalAccessPolicy& p : *f.conditional_access) add("access", p.name);
        for (const GroupFacts& group : f.groups)
            add(group.is_complete ? "group" : "part-of-group",
                fmt::format("{}:{}", group.id, group.members.size()));
        if (text.size() > empty) seen.push_back(text);
        tenants.push_back(f);
    }
    std::vector<AccountFacts> accounts;
    std::vector<TenantFacts> tenants;

private:
    static std::string_view words(const Setting<bool>& setting) {
        if (!setting.is_read) return "not read";
        return setting.is_null() ? "null" : *setting.value ? "yes" : "no";
    }
};

}  // namespace smtpaudit::test
