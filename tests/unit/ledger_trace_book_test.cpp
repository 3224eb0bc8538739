#include "ledger/trace_book.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

TracedMessage message(std::string_view recipient, const char* from = "203.0.113.7") {
    return {"Scan@contoso.com", recipient, parse_iso_instant("2026-11-22T10:00:00Z")->at,
            parse_ip(from)};
}

const std::set<std::string, std::less<>> k_own = {"contoso.com"};

}  // namespace

TEST_CASE("internal recipients are those in the tenant's own domains") {
    TraceBook book;
    book.add(message("a@contoso.com"));
    book.add(message("b@CONTOSO.com"));
    book.add(message("c@fabrikam.com"));
    book.add(message("nonsense", ""));
    const TraceBook::Sender* sender = book.find("scan@contoso.com");
    REQUIRE(sender != nullptr);
    CHECK(sender->recipients == 4);
    CHECK(internal_recipients(*sender, k_own) == 2);
    CHECK(sender->addresses.size() == 1);
    CHECK(book.find("other@contoso.com") == nullptr);
}

TEST_CASE("a sender with too many domains keeps its totals") {
    TraceBook book;
    for (int i = 0; i < 100; ++i) book.add(message("a@d" + std::to_string(i) + ".example"));
    const TraceBook::Sender& sender = *book.find("scan@contoso.com");
    CHECK(sender.domains.size() == TraceBook::k_most);
    CHECK(sender.recipients == 100);
    CHECK(sender.elsewhere == 36);
}

TEST_CASE("the first name of a machine is kept") {
    MachineNames names;
    names.add({*parse_ip("203.0.113.7"), "MFP-3F", "a.eml"});
    names.add({*parse_ip("203.0.113.7"), "other", "b.eml"});
    CHECK(names.find(*parse_ip("203.0.113.7"))->name == "MFP-3F");
    CHECK(names.find(*parse_ip("203.0.113.8")) == nullptr);
}
