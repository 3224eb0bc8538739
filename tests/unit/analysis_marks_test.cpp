#include "analysis/marks.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

// Basic on so many days.
LinkedUse link(int days, std::uint16_t stacks = 0) {
    LinkedUse use;
    use.basic_messages = static_cast<std::uint64_t>(days);
    use.messages = use.basic_messages;
    use.basic_days = days;
    use.stacks = stacks;
    return use;
}

UseProfile profile(std::vector<LinkedUse> links, int active, int crowded, int moves = 60) {
    UseProfile made;
    made.linked = std::move(links);
    MeasureUse& basic = made.measures[0];
    basic.window = 100;
    basic.active_days = active;
    basic.crowded_days = crowded;
    basic.moves = moves;
    return made;
}

std::string mark(const UseProfile& profile, bool is_device = false,
                 Business business = Business::unknown) {
    const auto marks = link_marks(profile, is_device, business);
    REQUIRE(marks.size() <= 1);
    return marks.empty() ? "none" : marks[0];
}

}  // namespace

TEST_CASE("one password in many devices is used at many addresses on one day") {
    std::vector<LinkedUse> links(5, link(60));
    CHECK(mark(profile(links, 62, 60)) == "shared_password");
    CHECK(mark(profile({links.begin(), links.begin() + 2}, 62, 60)) == "none");
    // A week of evidence: two days at each are much.
    CHECK(mark(profile(std::vector<LinkedUse>(5, link(3)), 6, 5)) == "shared_password");
    // Each of them seldom: the name of a device decides.
    const UseProfile seldom = profile(std::vector<LinkedUse>(5, link(8)), 40, 20);
    CHECK(mark(seldom, false, Business::scanner) == "shared_password");
    CHECK(mark(seldom, false, Business::person) == "roaming_suspected");
}

TEST_CASE("addresses that follow one another are one machine's") {
    std::vector<LinkedUse> links;
    for (int i = 0; i < 12; ++i) links.push_back(link(6));
    CHECK(mark(profile(links, 72, 0, 11)) == "changing_address");
    CHECK(mark(profile(links, 72, 20, 11), false, Business::scanner) == "none");
    CHECK(mark(profile(links, 72, 0, 50), false, Business::scanner) == "none");
}

TEST_CASE("many addresses with few days each that come back are a person's") {
    std::vector<LinkedUse> links{link(30), link(12)};
    for (int i = 0; i < 9; ++i) links.push_back(link(2));
    CHECK(mark(profile(links, 60, 6)) == "roaming_suspected");
    CHECK(mark(profile(links, 60, 40)) == "roaming_suspected");
    CHECK(mark(profile(links, 60, 6), false, Business::scanner) == "none");
}

TEST_CASE("accounts with TLS that excludes each other are several machines") {
    CHECK(mark(profile({link(60, 1), link(60, 2)}, 80, 60), true) == "nat_suspected");
    CHECK(mark(profile({link(60, 1), link(60, 1)}, 80, 60), true) == "none");
    // One of them spoke both ciphers: an update of the one machine explains it.
    const UseProfile updated = profile({link(60, 1), link(60, 3), link(60, 2)}, 80, 60);
    CHECK(tls_stacks(updated) == 1);
    CHECK(mark(updated, true) == "none");
    CHECK(tls_stacks(profile({link(60)}, 80, 60)) == 0);
}

TEST_CASE("ten senders with one TLS stack are a relay") {
    CHECK(mark(profile(std::vector<LinkedUse>(10, link(60, 4)), 80, 80), true) ==
          "relay_suspected");
    CHECK(mark(profile(std::vector<LinkedUse>(9, link(60, 4)), 80, 80), true) == "none");
    std::vector<LinkedUse> fleet(9, link(60, 4));
    fleet.push_back(link(60, 8));
    CHECK(mark(profile(fleet, 80, 80), true) == "nat_suspected");
}
