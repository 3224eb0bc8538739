// Evidence kept for later, with texts of its own: what a source pushed while another had its turn.
#pragma once

#include "app/packed_accounts.hpp"
#include "model/facts.hpp"
#include "model/observation.hpp"

#include <deque>
#include <string>
#include <vector>

namespace smtpaudit {

class StoredEvidence final : public EvidenceSink {
public:
    void observe(const Observation& observation) override;
    void account(const AccountFacts& facts) override { accounts_.add(facts); }
    void tenant(const TenantFacts& facts) override { tenants_.push_back(facts); }

    // In the order in which they came, tenants before accounts before observations.
    void push_into(EvidenceSink& sink) const;

private:
    struct Row {
        Observation observation;  // its texts are those below
        std::string account, user_id, tls_cipher, user_agent, app, country, record_id;
    };
    std::deque<Row> rows_;
    PackedAccounts accounts_;
    std::vector<TenantFacts> tenants_;
};

}  // namespace smtpaudit
