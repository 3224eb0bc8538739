#include "app/stored_evidence.hpp"

namespace smtpaudit {

void StoredEvidence::observe(const Observation& o) {
    rows_.push_back({o, std::string(o.account), std::string(o.user_id), std::string(o.tls_cipher),
                     std::string(o.user_agent), std::string(o.app), std::string(o.country),
                     std::string(o.record_id)});
}

void StoredEvidence::push_into(EvidenceSink& sink) const {
    for (const TenantFacts& facts : tenants_) sink.tenant(facts);
    accounts_.each([&](const AccountFacts& facts) { sink.account(facts); });
    for (const Row& row : rows_) {
        Observation o = row.observation;
        o.account = row.account;
        o.user_id = row.user_id;
        o.tls_cipher = row.tls_cipher;
        o.user_agent = row.user_agent;
        o.app = row.app;
        o.country = row.country;
        o.record_id = row.record_id;
        sink.observe(o);
    }
}

}  // namespace smtpaudit
