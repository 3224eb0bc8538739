// What the tests of the sign-in sources share: a sink that keeps, and rows to read.
#pragma once

#include "model/facts.hpp"
#include "model/observation.hpp"
#include "support/catch.hpp"
#include "support/fake_http.hpp"
#include "support/fakes.hpp"

#include <fmt/format.h>
#include <string>
#include <vector>

namespace smtpaudit::test {

// Everything pushed, with texts of its own.
class KeepingSink final : public EvidenceSink {
public:
    struct Seen {
        Observation fields;  // its texts are gone: use those below
        std::string account, user_id, user_agent, app, country, record_id;
    };
    void observe(const Observation& o) override {
        seen.push_back({o, std::string(o.account), std::string(o.user_id),
                        std::string(o.user_agent), std::string(o.app), std::string(o.country),
                        std::string(o.record_id)});
    }
    void account(const AccountFacts& facts) override { accounts.push_back(facts); }
    void tenant(const TenantFacts& facts) override { tenants.push_back(facts); }

    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (const Seen& one : seen) all.push_back(one.record_id);
        return all;
    }

    std::vector<Seen> seen;
    std::vector<AccountFacts> accounts;
    std::vector<TenantFacts> tenants;
};

// One Graph row of facts/graph.md 1.5, cut to what is read.
inline std::string graph_row(const std::string& id, const std::string& created, int error_code = 0,
                             const std::string& client_app = "Authenticated SMTP") {
    return fmt::format(
        R"({{"id":"{}","createdDateTime":"{}","userPrincipalName":"scan3@contoso.com",)"
        R"("userId":"11111111-1111-4111-8111-111111111111","appDisplayName":"Office 365 Exchange Online",)"
        R"("ipAddress":"198.51.100.7","clientAppUsed":"{}","userAgent":"BAV2ROPC",)"
        R"("status":{{"errorCode":{},"failureReason":null}},)"
        R"("location":{{"city":"Utrecht","countryOrRegion":"NL","geoCoordinates":{{}}}}}})",
        id, created, client_app, error_code);
}

// A Graph answer; an empty link: the last page.
inline std::string graph_answer(const std::vector<std::string>& rows,
                                const std::string& next = {}) {
    std::string body =
        R"({"@odata.context":"https://graph.microsoft.com/beta/$metadata#auditLogs/signIns",)";
    if (!next.empty()) body += fmt::format(R"("@odata.nextLink":"{}",)", next);
    return body + fmt::format(R"("value":[{}]}})", fmt::join(rows, ","));
}

inline bool any_contains(const std::vector<std::string>& texts, std::string_view part) {
    for (const std::string& text : texts)
        if (text.find(part) != std::string::npos) return true;
    return false;
}

}  // namespace smtpaudit::test
