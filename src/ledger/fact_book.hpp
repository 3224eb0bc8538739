// What is known of every account and of the tenant, merged from the records of several sources in
// any order. A hundred thousand mailboxes stay small: about 150 bytes each beside their texts.
#pragma once

#include "ledger/interner.hpp"
#include "model/facts.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

constexpr std::uint32_t k_no_text = 0xFFFFFFFF;
constexpr std::uint32_t k_no_entry = 0xFFFFFFFF;

// One record of a mailbox too many: the same source listed the name before.
struct RepeatedMailbox {
    std::uint32_t name = k_no_text;  // text number
    std::uint32_t source = 0;  // text number
    std::uint64_t first_line = 0, line = 0;
};

// Names are kept folded. The records of one object id, or of one name where a record has no id,
// are merged at once; FactJoin finds which entries are one account. Where two records tell one
// field, the first that was read wins.
class FactBook {
public:
    void add(const AccountFacts& facts);
    void add(const TenantFacts& facts);

    std::size_t size() const { return entries_.size(); }  // entries, not accounts
    // Those of one account, merged. Origins are not filled: origin() tells them.
    AccountFacts read(std::span<const std::uint32_t> entries) const;
    // "casmailbox.csv:17"; empty: no entry tells the field.
    std::string origin(std::span<const std::uint32_t> entries, AccountField field) const;
    // How many entries tell the field; 0: nobody read it.
    std::uint64_t told(AccountField field) const { return told_[static_cast<std::size_t>(field)]; }
    // Some record lists the addresses of an account, so a name that is nobody's can be told.
    bool tells_addresses() const { return tells_addresses_; }
    const TenantFacts& tenant() const { return tenant_; }
    const std::string& origin(TenantField field) const {
        return tenant_origins_[static_cast<std::size_t>(field)];
    }

    // What joining needs. Text numbers; k_no_text: not told.
    struct Names {
        std::uint32_t user_id = k_no_text, upn = k_no_text, mail = k_no_text;
        std::uint32_t source = k_no_text;  // of its first record
        std::uint64_t line = 0;
        bool is_mailbox = false;
    };
    Names names(std::uint32_t entry) const;
    // Calls `take(text number)` for every SMTP address of the entry but UPN and mail.
    template <typename Take>
    void each_address(std::uint32_t entry, Take take) const {
        for (std::uint32_t at = entries_[entry].addresses; at != k_no_text; at = nodes_[at].next)
            take(nodes_[at].text);
    }
    std::size_t text_count() const { return texts_.size(); }
    std::string_view text(std::uint32_t number) const { return texts_.text(number); }
    std::optional<std::uint32_t> find_text(std::string_view folded) const {
        return texts_.find(folded);
    }
    const std::vector<RepeatedMailbox>& repeated() const { return repeated_; }

private:
    struct Origin {
        std::uint32_t source = k_no_text, line = 0;
    };
    struct Node {  // of a list of texts
        std::uint32_t text = 0, next = k_no_text;
    };
    struct RoleNode {
        std::uint32_t template_id = 0, name = 0, next = k_no_text;
        bool by_group = false, eligible = false;
    };
    enum class Tri : std::uint8_t { not_read, no, yes };
    enum class Four : std::uint8_t { not_read, null, no, yes };
    struct Entry {
        std::uint32_t user_id = k_no_text, upn = k_no_text, mail = k_no_text;
        std::uint32_t addresses = k_no_text;  // nodes_
        std::uint32_t roles = k_no_text;  // roles_
        std::uint32_t user_type = k_no_text, mailbox_type = k_no_text;
        std::uint32_t policy = k_no_text;
        std::int64_t password_changed = 0;  // seconds; where password_told
        bool is_mailbox = false, password_told = false, policy_read = false;
        Tri enabled = Tri::not_read, mfa = Tri::not_read;
        Four smtp_auth_disabled = Four::not_read;
        std::optional<RiskState> risk;
        Origin first;
        std::array<Origin, k_account_fields> origins;
    };

    std::uint32_t entry_of(const AccountFacts& facts, Origin origin);
    std::uint32_t intern_folded(std::string_view name);
    std::uint32_t intern_or_none(std::string_view text);
    void add_names(Entry& entry, const AccountFacts& facts);
    void add_fields(Entry& entry, const AccountFacts& facts, Origin origin);
    void add_roles(Entry& entry, const std::vector<DirectoryRole>& roles);
    static void read_fields(const Entry& entry, AccountFacts& facts);
    void read_into(const Entry& entry, AccountFacts& facts) const;

    Interner texts_;
    std::string folded_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> entry_of_text_;  // the entry that a text is the key of
    std::vector<Node> nodes_;
    std::vector<RoleNode> roles_;
    std::vector<RepeatedMailbox> repeated_;
    std::array<std::uint64_t, k_account_fields> told_{};
    bool tells_addresses_ = false;
    TenantFacts tenant_;
    std::array<std::string, k_tenant_fields> tenant_origins_;
};

// Two accounts that claim one address.
struct AddressConflict {
    std::uint32_t address = k_no_text;
    std::uint32_t first = 0, second = 0;  // entries
};

// Which entries are one account: those of one object id, then UPN, mail, other addresses. Two
// object ids are never one account: they conflict, and the first keeps the name.
class FactJoin {
public:
    explicit FactJoin(const FactBook& book);
    std::size_t groups() const { return members_.size(); }
    const std::vector<std::uint32_t>& members(std::uint32_t group) const { return members_[group]; }
    // By a folded name (an address, a UPN or an object id); k_no_entry: nobody's.
    std::uint32_t find(const FactBook& book, std::string_view folded) const;
    const std::vector<AddressConflict>& conflicts() const { return conflicts_; }

private:
    std::uint32_t root(std::uint32_t entry);
    void claim(std::uint32_t text, std::uint32_t entry);
    bool differ(std::uint32_t a, std::uint32_t b) const;

    std::vector<std::uint32_t> parent_;
    std::vector<FactBook::Names> names_;  // of each root, with what its members add
    std::vector<std::uint32_t> owner_;  // of a text: an entry, then its group
    std::vector<std::vector<std::uint32_t>> members_;
    std::vector<AddressConflict> conflicts_;
};

// Two mailboxes of settings files with one address, in one line that names both; nullopt: none.
// Accounts that a directory mixes up are conflicts(), not this: a live pull goes on.
std::optional<std::string> mailboxes_with_one_address(const FactBook& book, const FactJoin& join);

}  // namespace smtpaudit
