#include "analysis/oauth_senders.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <set>
#include <unordered_map>

namespace smtpaudit {

std::vector<OauthApp> oauth_senders(const Ledger& ledger, const AccountJoin& join) {
    std::vector<OauthApp> apps = ledger.tenant_facts().oauth_apps;
    for (OauthApp& app : apps) {
        if (app.principal.empty()) continue;
        const std::uint32_t group = join.facts.find(ledger.facts(), fold_case(app.principal));
        if (group == k_no_entry) continue;
        const AccountFacts facts = ledger.facts().read(join.facts.members(group));
        const std::string& address = facts.mail.empty() ? facts.user_principal_name : facts.mail;
        if (!address.empty()) app.principal = fold_case(address);
    }
    return apps;
}

std::string oauth_senders_note(const std::vector<OauthApp>& apps) {
    constexpr std::size_t k_most = 5;
    std::set<std::string> names;
    for (const OauthApp& app : apps) names.insert(app.name.empty() ? app.app_id : app.name);
    std::vector<std::string> shown;
    for (const std::string& name : names)
        if (shown.size() < k_most) shown.push_back(printable(name));
    std::string list = join(shown, ", ");
    if (names.size() > k_most) list += fmt::format(" and {} more", names.size() - k_most);
    return fmt::format(
        "{} may send by SMTP with OAuth ({}); how, and by whose consent, is in "
        "oauth_apps of --format json",
        names.size() == 1 ? "1 application" : fmt::format("{} applications", names.size()), list);
}

SmtpUseJoin::SmtpUseJoin(const Ledger& ledger, const AccountJoin& join) {
    const std::vector<MailboxSmtpUse>& uses = ledger.tenant_facts().smtp_used;
    if (uses.empty()) return;
    used_.assign(join.subjects.size(), nullptr);
    std::unordered_map<std::uint32_t, std::uint32_t> by_facts;
    std::unordered_map<std::string, std::uint32_t> by_name;
    for (std::uint32_t i = 0; i < join.subjects.size(); ++i)
        if (join.subjects[i].facts != k_no_entry) by_facts.emplace(join.subjects[i].facts, i);
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i)
        by_name.emplace(ledger.account_name(i), join.subject_of_account[i]);
    for (const MailboxSmtpUse& use : uses) {
        const std::string name = fold_case(use.user_principal_name);
        const auto named = by_name.find(name);
        const std::uint32_t group = join.facts.find(ledger.facts(), name);
        const auto known = by_facts.find(group);
        if (named != by_name.end())
            used_[named->second] = &use;
        else if (group != k_no_entry && known != by_facts.end())
            used_[known->second] = &use;
        else
            ++without_subject_;
    }
}

const MailboxSmtpUse* SmtpUseJoin::of_subject(std::uint32_t subject) const {
    return subject < used_.size() ? used_[subject] : nullptr;
}

std::string smtp_use_note(const MailboxSmtpUse& use) {
    return fmt::format("used SMTP in the {} days to {} by the usage report", use.days,
                       use.refreshed ? format_day(*use.refreshed) : "an untold day");
}

}  // namespace smtpaudit
