#include "base/text.hpp"
#include "ledger/fact_book.hpp"

#include <fmt/format.h>

namespace smtpaudit {

std::uint32_t FactJoin::root(std::uint32_t entry) {
    while (parent_[entry] != entry) {
        parent_[entry] = parent_[parent_[entry]];
        entry = parent_[entry];
    }
    return entry;
}

// Both are roots. What the surest name that both have says; a list of mailboxes names each of
// them once, so two of one list are two.
bool FactJoin::differ(std::uint32_t a, std::uint32_t b) const {
    const FactBook::Names& x = names_[a];
    const FactBook::Names& y = names_[b];
    if (x.user_id != k_no_text && y.user_id != k_no_text) return x.user_id != y.user_id;
    if (x.upn != k_no_text && y.upn != k_no_text) return x.upn != y.upn;
    return x.source == y.source && x.line > 0 && x.line != y.line;
}

void FactJoin::claim(std::uint32_t text, std::uint32_t entry) {
    if (text == k_no_text) return;
    std::uint32_t& owner = owner_[text];
    if (owner == k_no_entry) {
        owner = entry;
        return;
    }
    const std::uint32_t a = root(owner);
    const std::uint32_t b = root(entry);
    if (a == b) return;
    if (differ(a, b)) {
        conflicts_.push_back({text, owner, entry});
        return;
    }
    const std::uint32_t kept = std::min(a, b);
    const std::uint32_t gone = std::max(a, b);
    parent_[gone] = kept;
    FactBook::Names& names = names_[kept];
    if (names.user_id == k_no_text) names.user_id = names_[gone].user_id;
    if (names.upn == k_no_text) names.upn = names_[gone].upn;
    if (names.mail == k_no_text) names.mail = names_[gone].mail;
    names.is_mailbox |= names_[gone].is_mailbox;
}

FactJoin::FactJoin(const FactBook& book) : owner_(book.text_count(), k_no_entry) {
    const auto count = static_cast<std::uint32_t>(book.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        parent_.push_back(i);
        names_.push_back(book.names(i));
    }
    // The surer names first, so that they win: every object id before any UPN, and so on.
    for (std::uint32_t i = 0; i < count; ++i) claim(book.names(i).user_id, i);
    for (std::uint32_t i = 0; i < count; ++i) claim(book.names(i).upn, i);
    for (std::uint32_t i = 0; i < count; ++i) claim(book.names(i).mail, i);
    for (std::uint32_t i = 0; i < count; ++i)
        book.each_address(i, [&](std::uint32_t text) { claim(text, i); });
    std::vector<std::uint32_t> group_of(count, k_no_entry);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t& group = group_of[root(i)];
        if (group == k_no_entry) {
            group = static_cast<std::uint32_t>(members_.size());
            members_.emplace_back();
        }
        members_[group].push_back(i);
    }
    for (std::uint32_t& owner : owner_)
        if (owner != k_no_entry) owner = group_of[root(owner)];
}

std::uint32_t FactJoin::find(const FactBook& book, std::string_view folded) const {
    const auto text = book.find_text(folded);
    return text ? owner_[*text] : k_no_entry;
}

std::optional<std::string> mailboxes_with_one_address(const FactBook& book, const FactJoin& join) {
    if (!book.repeated().empty()) {
        const RepeatedMailbox& twice = book.repeated().front();
        const std::string_view source = book.text(twice.source);
        return fmt::format(
            "{} and {}: two mailboxes are named {}; export again with ExternalDirectoryObjectId, "
            "or remove one",
            format_fact_origin(source, twice.line), format_fact_origin(source, twice.first_line),
            printable(book.text(twice.name)));
    }
    for (const AddressConflict& conflict : join.conflicts()) {
        const FactBook::Names a = book.names(conflict.first);
        const FactBook::Names b = book.names(conflict.second);
        if (!a.is_mailbox || !b.is_mailbox || a.line == 0 || b.line == 0) continue;
        const auto name = [&](const FactBook::Names& names) -> std::string {
            const std::uint32_t best = names.mail != k_no_text  ? names.mail
                                       : names.upn != k_no_text ? names.upn
                                                                : names.user_id;
            return best == k_no_text ? "a mailbox without a name" : printable(book.text(best));
        };
        return fmt::format(
            "{} and {}: two mailboxes, {} and {}, have the address {}; remove the address from one "
            "of them, or export again",
            format_fact_origin(book.text(b.source), b.line),
            format_fact_origin(book.text(a.source), a.line), name(b), name(a),
            printable(book.text(conflict.address)));
    }
    return std::nullopt;
}

}  // namespace smtpaudit
