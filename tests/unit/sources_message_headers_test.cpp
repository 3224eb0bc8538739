#include "sources/message_headers.hpp"

#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <string>

using namespace smtpaudit;

namespace {

class Machines final : public EvidenceSink {
public:
    std::string seen;
    void observe(const Observation&) override {}
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts&) override {}
    void machine(const MachineName& m) override {
        seen += format_ip(m.client) + " " + std::string(m.name) + " " + std::string(m.origin);
    }
};

std::string read(std::string text) {
    test::TextSource bytes(std::move(text), 64);
    Machines machines;
    const auto done = read_message_headers(bytes, "scan.eml", machines);
    return done ? machines.seen : done.error().message;
}

constexpr const char* k_inside =
    "Received: from AM0PR01MB1.eurprd01.prod.outlook.com (2603:10a6:10::1) by\r\n"
    " DB7PR01MB2.eurprd01.prod.outlook.com with HTTPS; Sun, 22 Nov 2026 10:00:02 +0000\r\n";

}  // namespace

TEST_CASE("the submission is the oldest hop into Exchange Online") {
    CHECK(read(std::string(k_inside) +
               "Received: from MFP-3F (203.0.113.40) by AM0PR01MB1.eurprd01.prod.outlook.com\r\n"
               "\t(2603:10a6:10::1) with Microsoft SMTP Server (version=TLS1_2,\r\n"
               " cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20; Sun, 22 Nov 2026\r\n"
               "Subject: scan\r\n\r\nReceived: from body (192.0.2.1) by x.outlook.com\r\n") ==
          "203.0.113.40 MFP-3F scan.eml");
}

TEST_CASE("the address is found in brackets and in a bare EHLO") {
    CHECK(
        read("received: FROM ups.local (ups.contoso.com [203.0.113.30]) BY x.prod.outlook.com\n") ==
        "203.0.113.30 ups.local scan.eml");
    CHECK(read("Received: from [203.0.113.31] by x.prod.outlook.com with SMTP\n\n") ==
          "203.0.113.31 [203.0.113.31] scan.eml");
}

TEST_CASE("a message that does not tell the submission is refused in one line") {
    CHECK(read("") == "scan.eml: the file is empty");
    CHECK(read("Subject: x\n\nReceived: from a (203.0.113.1) by x.outlook.com\n")
              .starts_with("scan.eml: no Received line; save"));
    CHECK(read(std::string(k_inside) + "\n").starts_with("scan.eml: no Received line tells how"));
    CHECK(read("Received: from a (203.0.113.1) by mail.fabrikam.com\n\n")
              .starts_with("scan.eml: no Received line tells how"));
}

TEST_CASE("letters that change their length when folded do not move the words behind them") {
    // U+023A is two bytes and folds to three, U+212A is three and folds to one.
    const std::string longer = "\xC8\xBA\xC8\xBA\xC8\xBA\xC8\xBA\xC8\xBA\xC8\xBA";
    CHECK(read("Received: from " + longer + " by x\n\n").starts_with("scan.eml: no Received line"));
    CHECK(read("Received: from " + longer + " (203.0.113.31) by x.prod.outlook.com\n\n") ==
          "203.0.113.31 " + longer + " scan.eml");
    CHECK(read("Received: from \xE2\x84\xAA (203.0.113.31) by x.prod.outlook.com\n\n") ==
          "203.0.113.31 \xE2\x84\xAA scan.eml");
}

TEST_CASE("the headers end at the first empty line however it is written") {
    CHECK(read("Subject: x\n\nReceived: from a (203.0.113.1) by x.outlook.com\r\n\r\n")
              .starts_with("scan.eml: no Received line; save"));
}
