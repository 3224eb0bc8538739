#include "analysis/inventory.hpp"
#include "analysis/machine_address.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("private addresses and the service's own ranges name no machine") {
    const auto names = [](const char* text) { return names_a_machine(*parse_ip(text)); };
    CHECK(names("203.0.113.7"));
    CHECK(names("2001:db8::7"));
    CHECK(names("52.104.0.1"));  // just behind 52.100.0.0/14
    CHECK_FALSE(names("10.1.2.3"));
    CHECK_FALSE(names("fd00::1"));
    CHECK_FALSE(names("127.0.0.1"));
    CHECK_FALSE(names("52.103.255.255"));
    CHECK_FALSE(names("40.92.17.4"));
    CHECK_FALSE(names("2a01:111:f403:c200::5"));
}

TEST_CASE("an inventory entry makes a device of a private address") {
    Inventory inventory;
    CHECK_FALSE(inventory.device_key(*parse_ip("10.1.2.3")));
    inventory.add({"10.1.2.3", "printer", std::nullopt, "", "", 2});
    REQUIRE(inventory.device_key(*parse_ip("10.1.2.3")));
    CHECK(format_device_key(*inventory.device_key(*parse_ip("10.1.2.3"))) == "10.1.2.3");
    CHECK_FALSE(inventory.device_key(*parse_ip("10.1.2.4")));
}
