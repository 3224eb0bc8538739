#include "report/replies.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

using namespace smtpaudit;

namespace {

std::string_view id_of(std::string_view pasted) {
    const ServerReply* reply = find_reply(pasted);
    return reply == nullptr ? std::string_view("none") : std::string_view(reply->id);
}

}  // namespace

TEST_CASE("every reply of the table is told by its own sentence") {
    CHECK(server_replies().size() >= 18);
    for (const ServerReply& reply : server_replies()) {
        INFO(reply.id);
        CHECK(id_of(reply.reply) == reply.id);
        CHECK_FALSE(reply.means.empty());
        CHECK_FALSE(reply.advice.empty());
        CHECK_FALSE(reply.source.empty());
    }
}

TEST_CASE("the sentence decides and not the number") {
    CHECK(id_of("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for "
                "the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. "
                "[AM0PR01CA0001.eurprd01.prod.exchangelabs.com]") == "tenant_disabled");
    CHECK(id_of("535 5.7.139 Authentication unsuccessful, smtpclientauthentication is disabled for "
                "the mailbox.") == "mailbox_disabled");
    // One public test of a client has 535 in front of 5.7.30.
    CHECK(id_of("535 5.7.30 Basic authentication is not supported for Client Submission.") ==
          "basic_gone");
    CHECK(id_of("535 5.7.139 Authentication unsuccessful") == "none");
    CHECK(id_of("") == "none");
}

TEST_CASE("a reply that a log broke over lines is told") {
    CHECK(id_of("535-5.7.139 Authentication unsuccessful, user is locked by your\r\n   "
                "organization's security\tdefaults policy.") == "security_defaults");
}

TEST_CASE("each switch has the reply to expect") {
    for (const char* name : {"tenant_flag", "mailbox_flag", "authentication_policy",
                             "security_defaults", "conditional_access"})
        CHECK(reply_of_switch(name) != nullptr);
    CHECK(reply_of_switch("") == nullptr);
    CHECK(reply_of_switch("observed use") == nullptr);
}

TEST_CASE("a pasted line is explained with its switch") {
    test::TextSink out;
    REQUIRE(
        write_reply_meaning("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication "
                            "is disabled for the Tenant.",
                            {}, out));
    CHECK(out.text.find("Switch    the tenant's SMTP AUTH switch") != std::string::npos);
    CHECK(out.text.find("OAuth is refused too") != std::string::npos);
}

TEST_CASE("an unknown line is refused and the number alone is not guessed") {
    test::TextSink out;
    const auto number = write_reply_meaning("535 5.7.139 something new", {}, out);
    REQUIRE_FALSE(number);
    CHECK(number.error().code == Errc::usage);
    CHECK(number.error().message.find("the sentence decides") != std::string::npos);
    CHECK_FALSE(write_reply_meaning("hello", {}, out));
    CHECK(out.text.empty());
}
