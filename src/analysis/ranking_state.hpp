// One run of the ranking: what both row lists share. Internal to ranking.cpp and ranking_rows.cpp.
#pragma once

#include "analysis/actions.hpp"
#include "analysis/links.hpp"
#include "analysis/oauth_senders.hpp"
#include "analysis/ranking.hpp"
#include "analysis/subject_view.hpp"
#include "analysis/whereabouts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// What ordering and counting need; the whole row is made again from the ledger when asked for.
struct Ranked {
    std::uint32_t subject = 0;
    std::uint8_t impact = 0, exposure = 0, priority = 0, priority_low = 0, priority_high = 0;
    Band band = Band::info;
    Status status = Status::unknown;
    float exposure_low = 0, exposure_middle = 0, exposure_high = 0;
    std::uint64_t basic_messages = 0;
};

// All of one run. Both row lists share it.
class Ranking {
public:
    Ranking(std::shared_ptr<const Ledger> ledger, const std::vector<Coverage>& coverage,
            RankingOptions options);

    const std::vector<Ranked>& accounts() const { return accounts_; }
    const std::vector<Ranked>& devices() const { return devices_; }
    std::vector<std::string> names_of(std::uint32_t subject) const;
    Row account_row(std::size_t index) const;
    Row device_row(std::size_t index) const;
    // Once: the actions are handed over.
    const std::string& account_id_at(std::size_t index) const {
        return join_.subjects[accounts_[index].subject].id;
    }
    std::string device_id_at(std::size_t index) const { return device_id(devices_[index].subject); }
    void fill(Report& report);

private:
    SubjectView account_view(std::uint32_t subject) const;
    bool is_listed(const SubjectView& view, bool is_mailbox_only) const;
    SubjectView device_view(std::uint32_t client) const;
    void set_class(SubjectView& view, std::string_view name) const;
    SubjectClass device_class(const SubjectView& view) const;
    void rank_accounts();
    void rank_devices();
    // The account that this device exposes most, by its place in accounts_by_subject_; and how many.
    struct WorstAccount {
        Range exposure;
        std::string id;
        std::size_t accounts = 0;
    };
    WorstAccount worst_account(const SubjectView& device) const;
    std::vector<std::uint32_t> subjects_of(const SubjectView& device) const;
    Recipients recipients_of(const SubjectView& device) const;
    void sort(std::vector<Ranked>& rows, bool devices) const;
    Row common_row(const SubjectView& view, const Assessment& assessment) const;
    Switches switches_of(const SubjectView& view, std::uint32_t subject) const;
    void add_signs(SubjectView& view, std::uint32_t subject) const;
    void plan_actions(std::vector<ActionSubject> subjects);
    void count_mailbox(const SubjectView& view, bool is_listed);
    std::string device_id(std::uint32_t client) const {
        return format_device_key(ledger_->clients()[client].key);
    }

    std::shared_ptr<const Ledger> ledger_;
    RankingOptions options_;
    EvidenceSpan span_;
    AccountJoin join_;
    Groups keys_of_subject_, keys_of_client_, accounts_of_subject_;
    const ClassPatterns& patterns_ = ClassPatterns::built_in();
    std::vector<Business> business_of_subject_;
    ProfileMaker profiles_;
    SwitchBoard board_;
    Whereabouts whereabouts_;
    Spray spray_;
    std::optional<MailboxCounts> mailboxes_;
    SmtpUseJoin smtp_use_;
    std::vector<Action> actions_;
    bool directory_read_;
    bool table_is_used_ = false;  // some row has counts that only the table knows
    std::vector<Ranked> accounts_, devices_;
    std::vector<std::uint32_t> account_rank_of_subject_;
    std::vector<bool> many_machines_;  // by client: nat_suspected
};

}  // namespace smtpaudit
