#include "analysis/links.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

LinkedUse used(std::uint64_t messages, std::uint64_t ok, std::uint64_t failed, int days) {
    LinkedUse use;
    use.basic_messages = use.messages = messages;
    use.sign_ins_ok = ok;
    use.sign_ins_failed = failed;
    use.basic_days = use.days = days;
    return use;
}

Confidence confidence(const LinkedUse& use, bool many_machines = false) {
    return make_link(use, "203.0.113.7", many_machines).confidence;
}

}  // namespace

TEST_CASE("a link is as sure as the evidence for it") {
    CHECK(confidence(used(12, 3, 0, 1)) == Confidence::high);
    CHECK(confidence(used(12, 0, 0, 5)) == Confidence::high);
    CHECK(confidence(used(0, 12, 0, 5)) == Confidence::high);
    CHECK(confidence(used(12, 0, 0, 4)) == Confidence::medium);
    CHECK(confidence(used(0, 0, 900, 0)) == Confidence::low);
    CHECK(confidence(used(0, 0, 0, 9)) == Confidence::low);  // perhaps SMTP, perhaps not
}

TEST_CASE("behind a router a link names the address and not the machine") {
    CHECK(confidence(used(1200, 40, 0, 60), true) == Confidence::medium);
    CHECK(confidence(used(0, 0, 900, 0), true) == Confidence::low);
}

TEST_CASE("a link keeps the counts that it rests on") {
    LinkedUse use = used(1200, 40, 3, 60);
    use.messages = 1250;
    const Link link = make_link(use, "203.0.113.7", false);
    CHECK(link.id == "203.0.113.7");
    CHECK(link.basic_messages == 1200);
    CHECK(link.messages == 1250);
    CHECK(link.sign_ins_ok == 40);
    CHECK(link.sign_ins_failed == 3);
    CHECK(link.days == 60);
    CHECK(link.because == "report and sign-ins agree");
}

TEST_CASE("two names of one account at one address are one link") {
    LinkedUse all = used(10, 0, 0, 3);
    join_use(all, used(5, 2, 1, 7));
    CHECK(all.basic_messages == 15);
    CHECK(all.messages == 15);
    CHECK(all.sign_ins_ok == 2);
    CHECK(all.sign_ins_failed == 1);
    CHECK(all.days == 7);
}
