#include "base/ip.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("one machine has one spelling of its address") {
    for (const char* text :
         {"203.0.113.7", "::ffff:203.0.113.7", "203.0.113.7:1025", "[::ffff:203.0.113.7]:25"}) {
        INFO(text);
        const auto ip = parse_ip(text);
        REQUIRE(ip);
        CHECK(format_ip(*ip) == "203.0.113.7");
        CHECK(ip->is_v4());
    }
    CHECK(format_ip(*parse_ip("2001:DB8:0:0::1")) == "2001:db8::1");
    CHECK(format_ip(*parse_ip("fe80::1%eth0")) == "fe80::1");
}

TEST_CASE("what is no address is refused") {
    for (const char* text :
         {"", "-", "203.0.113", "203.0.113.256", "203.0.113.7.1", "1234", "203.0.113.7:99999",
          "2001:db8:::1", "printer", "[2001:db8::1", "203.0.113.0007", "[2001:db8::1]x"}) {
        INFO(text);
        CHECK_FALSE(parse_ip(text));
    }
}

TEST_CASE("a device is an IPv4 address or an IPv6 network of 64 bits") {
    const auto a = parse_ip("2001:db8:1:2:3:4:5:6")->device_key();
    const auto b = parse_ip("2001:db8:1:2::99")->device_key();
    CHECK(a == b);
    CHECK(format_device(a) == "2001:db8:1:2::/64");
    CHECK(format_device(parse_ip("203.0.113.7")->device_key()) == "203.0.113.7");
}

TEST_CASE("private addresses are told from public ones") {
    for (const char* text : {"10.1.2.3", "172.31.255.1", "192.168.0.1", "100.64.0.1", "127.0.0.1",
                             "169.254.1.1", "fd00::1", "fe80::1", "::1"})
        CHECK(parse_ip(text)->is_private());
    for (const char* text : {"203.0.113.7", "172.32.0.1", "100.128.0.1", "2001:db8::1"})
        CHECK_FALSE(parse_ip(text)->is_private());
}

TEST_CASE("a range holds its addresses and no others") {
    const auto range = parse_ip_range("203.0.113.0/25");
    REQUIRE(range);
    CHECK(range->contains(*parse_ip("203.0.113.127")));
    CHECK_FALSE(range->contains(*parse_ip("203.0.113.128")));
    CHECK(parse_ip_range("2001:db8::/47")->contains(*parse_ip("2001:db8:1::1")));
    CHECK_FALSE(parse_ip_range("2001:db8::/48")->contains(*parse_ip("2001:db8:1::1")));
    CHECK_FALSE(parse_ip_range("203.0.113.0/33"));
    CHECK_FALSE(parse_ip_range("203.0.113.0/"));
}
