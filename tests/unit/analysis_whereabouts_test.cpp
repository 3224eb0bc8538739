#include "analysis/whereabouts.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

TracedMessage traced(std::string_view recipient) {
    return {"scan@contoso.com", recipient, parse_iso_instant("2026-11-22T10:00:00Z")->at,
            parse_ip("203.0.113.7")};
}

DeviceKey device(const char* ip) { return default_device_key(*parse_ip(ip)); }

}  // namespace

TEST_CASE("the narrowest named location names the site of a device") {
    Ledger ledger;
    TenantFacts tenant;
    tenant.named_locations = std::vector<NamedLocation>{{"Everywhere", {"203.0.113.0/24"}},
                                                        {"Utrecht", {"203.0.113.0/28"}},
                                                        {"Wrong", {"nonsense"}}};
    ledger.tenant(tenant);
    const Whereabouts where(ledger);
    CHECK(*where.site_of(device("203.0.113.7")) == "Utrecht");
    CHECK(*where.site_of(device("203.0.113.77")) == "Everywhere");
    CHECK(where.site_of(device("192.0.2.1")) == nullptr);
}

TEST_CASE("the internal share needs a trace and the tenant's domains") {
    Ledger ledger;
    ledger.traced(traced("a@contoso.com"));
    ledger.traced(traced("b@contoso.com"));
    ledger.traced(traced("c@fabrikam.com"));
    const std::vector<std::string> senders{"scan@contoso.com"};
    CHECK(Whereabouts(ledger).recipients(senders).all == 3);
    CHECK_FALSE(Whereabouts(ledger).recipients(senders).internal_share());
    TenantFacts tenant;
    tenant.accepted_domains = std::vector<AcceptedDomain>{{"Contoso.com", "Authoritative"}};
    ledger.tenant(tenant);
    const Whereabouts where(ledger);
    CHECK(*where.recipients(senders).internal_share() == Approx(2.0 / 3));
    CHECK_FALSE(where.recipients(senders).are_all_internal());
    CHECK(where.recipients(senders).days == 1);
    CHECK(where.trace_note(senders) ==
          "message trace of the last 10 days: 3 recipients, 67 % of them internal; from "
          "203.0.113.7 (a trace does not say whether a message came by SMTP AUTH)");
    CHECK_FALSE(where.recipients(std::vector<std::string>{"erp@contoso.com"}).internal_share());
    CHECK(where.trace_note(std::vector<std::string>{"erp@contoso.com"}).empty());
}

TEST_CASE("a machine inside a device's range gives it its name") {
    Ledger ledger;
    ledger.machine({*parse_ip("2001:db8::5"), "nas.local", "a.eml"});
    const Whereabouts where(ledger);
    REQUIRE(where.name_of(device("2001:db8::77")) != nullptr);
    CHECK(where.name_of(device("2001:db8::77"))->name == "nas.local");
    CHECK(where.name_of(device("203.0.113.7")) == nullptr);
}
