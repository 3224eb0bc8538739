#include "analysis/attack.hpp"
#include "analysis/exposure_words.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <numeric>

using namespace smtpaudit;

namespace {

struct SignIns {
    Ledger ledger;

    SignIns() {
        InputPlan plan;
        plan.name = "sign-ins.json";
        ledger.begin(plan);
    }
    void add(const std::string& account, const std::string& day, const std::string& ip, bool ok,
             const std::string& country = "") {
        Observation o;
        o.account = account;
        o.at = parse_iso_instant(day + "T10:00:00Z")->at;
        o.protocol = Protocol::basic;
        o.outcome = ok ? Outcome::success : Outcome::failure;
        o.error_code = ok ? 0 : 50126;
        o.client = parse_ip(ip);
        o.country = country;
        o.sign_ins = 1;
        o.line = 1;
        ledger.observe(o);
    }
    EvidenceSpan span() const {
        EvidenceSpan made;
        made.from = *parse_iso_day("2026-08-25");
        made.to = *parse_iso_day("2026-11-22");
        return made;
    }
    // All counters, as of one account.
    AttackSigns signs() const {
        std::vector<std::uint32_t> keys(ledger.key_count());
        std::iota(keys.begin(), keys.end(), 0U);
        return attack_signs(ledger, keys, span());
    }
};

}  // namespace

TEST_CASE("failures are counted with their addresses") {
    SignIns log;
    log.add("a@contoso.com", "2026-11-20", "192.0.2.1", false);
    log.add("a@contoso.com", "2026-11-20", "192.0.2.1", false);
    log.add("a@contoso.com", "2026-11-21", "192.0.2.2", false);
    log.add("a@contoso.com", "2026-05-01", "192.0.2.3", false);  // before the window
    const AttackSigns signs = log.signs();
    CHECK(signs.failures == 3);
    CHECK(signs.sources == 2);
    CHECK_FALSE(signs.success);
}

TEST_CASE("a success at an address that had failed is new after failures") {
    SignIns log;
    log.add("a@contoso.com", "2026-10-01", "203.0.113.7", true);
    log.add("a@contoso.com", "2026-11-18", "192.0.2.1", false);
    log.add("a@contoso.com", "2026-11-20", "192.0.2.1", true);
    const auto success = log.signs().success;
    REQUIRE(success);
    CHECK(success->day == *parse_iso_day("2026-11-20"));
    CHECK(format_device_key(log.ledger.clients()[success->client].key) == "192.0.2.1");
    CHECK_FALSE(success->new_country);
}

TEST_CASE("what is told of an attack names the sign that counts most") {
    SubjectView view;
    view.risk.attack = Attack::hit;
    view.attack.success = SuccessAfterFailures{0, *parse_iso_day("2026-11-20"), true};
    view.attack_place = "192.0.2.1";
    CHECK(
        exposure_words(ExposureFactor::attack, view) ==
        "success from a new country (192.0.2.1) on 20 Nov 2026 after failures: check whose it is");
    view.attack.success->new_country = false;
    CHECK(exposure_words(ExposureFactor::attack, view) ==
          "success from 192.0.2.1 on 20 Nov 2026 after failures: check whose it is");
    view.risk_state = RiskState::confirmed_compromised;
    CHECK(exposure_words(ExposureFactor::attack, view) ==
          "Entra ID Protection: the user is confirmed compromised");
    view.risk_state = RiskState::at_risk;
    CHECK(exposure_words(ExposureFactor::attack, view) ==
          "Entra ID Protection: the user is at risk");
}

TEST_CASE("a first machine that was set up with a wrong password is no attack") {
    SignIns log;
    log.add("a@contoso.com", "2026-11-18", "203.0.113.7", false);
    log.add("a@contoso.com", "2026-11-20", "203.0.113.7", true);
    CHECK_FALSE(log.signs().success);
}

TEST_CASE("a success long after the failures is no sign") {
    SignIns log;
    log.add("a@contoso.com", "2026-09-01", "203.0.113.7", true);
    log.add("a@contoso.com", "2026-10-01", "192.0.2.1", false);
    log.add("a@contoso.com", "2026-10-09", "192.0.2.1", true);
    CHECK_FALSE(log.signs().success);
}

TEST_CASE("a success from a new country after failures anywhere is a sign") {
    SignIns log;
    log.add("a@contoso.com", "2026-10-01", "203.0.113.7", true, "DE");
    log.add("a@contoso.com", "2026-11-18", "192.0.2.1", false, "BR");
    log.add("a@contoso.com", "2026-11-20", "198.51.100.9", true, "BR");
    const auto success = log.signs().success;
    REQUIRE(success);
    CHECK(success->new_country);
    // The same country, another address that never failed: a person on the road.
    SignIns quiet;
    quiet.add("a@contoso.com", "2026-10-01", "203.0.113.7", true, "DE");
    quiet.add("a@contoso.com", "2026-11-18", "192.0.2.1", false, "BR");
    quiet.add("a@contoso.com", "2026-11-20", "198.51.100.9", true, "DE");
    CHECK_FALSE(quiet.signs().success);
}

TEST_CASE("one address that fails at ten accounts is a spray") {
    for (const int accounts : {9, 10}) {
        SignIns log;
        for (int i = 0; i < accounts; ++i)
            log.add(fmt::format("user{}@contoso.com", i), "2026-11-20", "192.0.2.66", false);
        log.add("user1@contoso.com", "2026-11-21", "203.0.113.7", true);
        const Spray spray = find_spray(log.ledger, join_accounts(log.ledger), log.span());
        CHECK(spray.clients.size() == (accounts == 10 ? 1U : 0U));
        CHECK(spray.subjects.size() == (accounts == 10 ? 10U : 0U));
    }
}

TEST_CASE("a relay whose password expired is no spray") {
    SignIns log;
    for (int i = 0; i < 12; ++i) {
        log.add(fmt::format("user{}@contoso.com", i), "2026-10-20", "203.0.113.7", true);
        log.add(fmt::format("user{}@contoso.com", i), "2026-11-20", "203.0.113.7", false);
    }
    CHECK(find_spray(log.ledger, join_accounts(log.ledger), log.span()).clients.empty());
}

TEST_CASE("a policy that refuses a right password is told from a guess") {
    CHECK(is_policy_refusal(53003));
    CHECK(is_policy_refusal(530035));
    CHECK_FALSE(is_policy_refusal(50126));
    CHECK_FALSE(is_policy_refusal(0));
}
