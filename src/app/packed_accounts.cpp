#include "app/packed_accounts.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace smtpaudit {
namespace {

class Writer {
public:
    explicit Writer(std::string& bytes) : bytes_(bytes) {}

    // Seven bits in a byte, the eighth says that more follow.
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>((value & 0x7FU) | 0x80U);
        bytes_ += static_cast<char>(value);
    }
    void text(std::string_view text) {
        number(text.size());
        bytes_ += text;
    }
    void flag(const std::optional<bool>& value) { number(!value ? 0U : *value ? 2U : 1U); }
    void optional_text(const std::optional<std::string>& value) {
        number(value ? 1 : 0);
        if (value) text(*value);
    }

private:
    std::string& bytes_;
};

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool is_over() const { return bytes_.empty(); }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) == 0) return value;
        }
    }
    std::string text() {
        const auto size = static_cast<std::size_t>(number());
        std::string text(bytes_.substr(0, size));
        bytes_.remove_prefix(size);
        return text;
    }
    std::optional<bool> flag() {
        const std::uint64_t value = number();
        if (value == 0) return std::nullopt;
        return value == 2;
    }
    std::optional<std::string> optional_text() {
        if (number() == 0) return std::nullopt;
        return text();
    }

private:
    std::string_view bytes_;
};

}  // namespace

void PackedAccounts::add(const AccountFacts& facts) {
    Writer out(bytes_);
    out.text(facts.user_id);
    out.text(facts.user_principal_name);
    out.text(facts.mail);
    out.number(facts.addresses.size());
    for (const std::string& address : facts.addresses) out.text(address);
    out.flag(facts.is_mailbox);
    out.flag(facts.enabled);
    out.optional_text(facts.user_type);
    out.number(facts.password_changed ? 1 : 0);
    if (facts.password_changed)
        out.number(static_cast<std::uint64_t>(facts.password_changed->time_since_epoch().count()));
    out.optional_text(facts.mailbox_type);
    out.flag(facts.smtp_auth_disabled.is_read);
    out.flag(facts.smtp_auth_disabled.value);
    out.flag(facts.authentication_policy.is_read);
    out.optional_text(facts.authentication_policy.value);
    out.flag(facts.mfa_registered);
    out.number(facts.roles.size());
    for (const DirectoryRole& role : facts.roles) {
        out.text(role.template_id);
        out.text(role.name);
        out.flag(role.by_group);
        out.flag(role.eligible);
    }
    out.number(facts.risk ? 1 + static_cast<std::uint64_t>(*facts.risk) : 0);
    auto origin = std::find(origins_.begin(), origins_.end(), facts.origin);
    if (origin == origins_.end()) origin = origins_.insert(origin, facts.origin);
    out.number(static_cast<std::uint64_t>(origin - origins_.begin()));
    out.number(facts.line);
    ++size_;
}

void PackedAccounts::each(const std::function<void(const AccountFacts&)>& take) const {
    for (Reader in(bytes_); !in.is_over();) {
        AccountFacts facts;
        facts.user_id = in.text();
        facts.user_principal_name = in.text();
        facts.mail = in.text();
        for (std::uint64_t left = in.number(); left > 0; --left)
            facts.addresses.push_back(in.text());
        facts.is_mailbox = in.flag().value_or(false);
        facts.enabled = in.flag();
        facts.user_type = in.optional_text();
        if (in.number() > 0)
            facts.password_changed =
                UtcTime(std::chrono::seconds(static_cast<std::int64_t>(in.number())));
        facts.mailbox_type = in.optional_text();
        facts.smtp_auth_disabled.is_read = in.flag().value_or(false);
        facts.smtp_auth_disabled.value = in.flag();
        facts.authentication_policy.is_read = in.flag().value_or(false);
        facts.authentication_policy.value = in.optional_text();
        facts.mfa_registered = in.flag();
        for (std::uint64_t left = in.number(); left > 0; --left) {
            DirectoryRole role;
            role.template_id = in.text();
            role.name = in.text();
            role.by_group = in.flag().value_or(false);
            role.eligible = in.flag().value_or(false);
            facts.roles.push_back(std::move(role));
        }
        if (const std::uint64_t risk = in.number(); risk > 0)
            facts.risk = static_cast<RiskState>(risk - 1);
        facts.origin = origins_.at(static_cast<std::size_t>(in.number()));
        facts.line = in.number();
        take(facts);
    }
}

}  // namespace smtpaudit
