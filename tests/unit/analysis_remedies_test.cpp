#include "analysis/remedies.hpp"

#include "support/catch.hpp"

#include <memory>

using namespace smtpaudit;

namespace {

// One sender, its tenant, and the remedy for it.
class Sender {
public:
    explicit Sender(Business business) {
        view_.id = "scan@contoso.com";
        view_.risk.status = Status::active_basic;
        view_.class_.business = business;
    }
    Sender& recipients(std::uint64_t all, std::uint64_t internal, bool domains_known = true) {
        view_.recipients = {all, internal, domains_known, 10};
        return *this;
    }
    Sender& mark(const char* name) {
        view_.marks.emplace_back(name);
        return *this;
    }
    Sender& rejects_direct_send(bool rejects) {
        tenant_.reject_direct_send = Setting<bool>::of(rejects);
        return *this;
    }
    Sender& connector(InboundConnector connector) {
        tenant_.inbound_connectors = std::vector<InboundConnector>{std::move(connector)};
        return *this;
    }
    Sender& daily(std::uint64_t messages) {
        MeasureUse& use = view_.profile.measures[static_cast<std::size_t>(Measure::messages_basic)];
        use.window = messages * 20;
        use.active_days = 20;
        return *this;
    }
    Sender& named(const InventoryEntry& entry) {
        inventory_ = entry;
        view_.inventory = &inventory_;
        return *this;
    }
    Sender& guessed(std::string_view pattern) {
        view_.class_.guess.pattern = pattern;
        return *this;
    }
    Sender& unused() {
        view_.risk.status = Status::enabled_unused;
        return *this;
    }
    Sender& device() {
        view_.is_device = true;
        view_.id = "203.0.113.40";
        return *this;
    }
    Remedy remedy() {
        tenant_.origin = "settings.csv";
        book_.add(tenant_);
        board_ = std::make_unique<SwitchBoard>(book_);
        view_.board = board_.get();
        return first_remedy(view_).value();
    }

private:
    SubjectView view_;
    TenantFacts tenant_;
    FactBook book_;
    std::unique_ptr<SwitchBoard> board_;
    InventoryEntry inventory_;
};

std::string all_of(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += text + "\n";
    return all;
}

InboundConnector by_certificate() {
    return {"Exchange", true, "OnPremises", true, {}, {}, "mail.contoso.com"};
}

}  // namespace

TEST_CASE("without a trace the remedy names the recipients as the missing fact") {
    const Remedy remedy = Sender(Business::scanner).remedy();
    CHECK(remedy.class_name == "relay");
    REQUIRE(remedy.needs.size() == 2);
    CHECK(remedy.needs[0] == "are all its recipients internal? (message_trace of a scan tells)");
}

TEST_CASE("a trace without the tenant's domains names the domains as the missing fact") {
    const Remedy remedy = Sender(Business::scanner).recipients(40, 0, false).remedy();
    CHECK(remedy.class_name == "relay");
    CHECK(remedy.needs.at(0) ==
          "are all its recipients internal? (the trace names them; the accepted domains, "
          "Get-AcceptedDomain, were not read)");
}

TEST_CASE("a device with internal recipients alone gets Direct Send and the reason") {
    const Remedy remedy =
        Sender(Business::scanner).recipients(40, 40).rejects_direct_send(false).remedy();
    CHECK(remedy.class_name == "direct_send");
    CHECK(remedy.why.find("All 40 of its recipients in the message trace (10 days) are internal") ==
          0);
    REQUIRE(remedy.needs.size() == 1);
    CHECK(remedy.needs[0].find("port 25") != std::string::npos);
}

TEST_CASE("whether Direct Send is open is a missing fact where it was not read") {
    const Remedy remedy = Sender(Business::scanner).recipients(40, 40).remedy();
    CHECK(remedy.class_name == "direct_send");
    CHECK(all_of(remedy.needs).find("RejectDirectSend") != std::string::npos);
}

TEST_CASE("internal mail goes by High Volume Email where Direct Send is closed") {
    CHECK(Sender(Business::scanner)
              .recipients(40, 40)
              .rejects_direct_send(true)
              .remedy()
              .class_name == "hve");
    CHECK(
        Sender(Business::scanner).recipients(40, 40).mark("changing_address").remedy().class_name ==
        "hve");
    const Remedy bulk = Sender(Business::app).recipients(900000, 900000).remedy();
    CHECK(bulk.class_name == "hve");
    CHECK(bulk.why.find("90,000 messages or recipients") != std::string::npos);
}

TEST_CASE("one recipient outside closes Direct Send and High Volume Email") {
    const Remedy remedy = Sender(Business::scanner).recipients(1000, 999).remedy();
    CHECK(remedy.class_name == "relay");
    CHECK(remedy.why.find("1 of its 1,000 recipients in the message trace are outside") !=
          std::string::npos);
    CHECK(all_of(remedy.needs).find("internal?") == std::string::npos);
}

TEST_CASE("bulk mail to outside goes by Azure Communication Services") {
    CHECK(Sender(Business::app).recipients(60000, 100).remedy().class_name == "acs");
    CHECK(Sender(Business::scanner).recipients(60000, 100).remedy().class_name == "acs");
    CHECK(Sender(Business::finance).recipients(300, 100).daily(5000).remedy().class_name == "acs");
    CHECK(Sender(Business::finance).recipients(300, 100).daily(4999).remedy().class_name ==
          "oauth");
    // Not known where it goes: said, not decided.
    const Remedy open = Sender(Business::app).daily(5000).remedy();
    CHECK(open.class_name == "oauth");
    CHECK(all_of(open.needs).find("internal?") != std::string::npos);
}

TEST_CASE("a device on the move that mails outside needs a service with a login") {
    const Remedy remedy =
        Sender(Business::alert).recipients(30, 10).mark("changing_address").remedy();
    CHECK(remedy.class_name == "saas");
    CHECK(remedy.title == "a mail service; test");
    CHECK(remedy.why.find("test alert") != std::string::npos);
}

TEST_CASE("devices use the mail server that the tenant trusts by certificate") {
    CHECK(Sender(Business::scanner).connector(by_certificate()).remedy().class_name ==
          "own_server");
    CHECK(Sender(Business::backup).connector(by_certificate()).remedy().class_name == "own_server");
    InboundConnector off = by_certificate();
    off.enabled = false;
    CHECK(Sender(Business::scanner).connector(off).remedy().class_name == "relay");
    InboundConnector partner = by_certificate();
    partner.type = "Partner";
    CHECK(Sender(Business::scanner).connector(partner).remedy().class_name == "relay");
    CHECK(Sender(Business::app).connector(by_certificate()).remedy().class_name == "oauth");
}

TEST_CASE("a machine whose address a connector names already needs no login") {
    InboundConnector by_address = by_certificate();
    by_address.name = "Scanners";
    by_address.sender_addresses = {"203.0.113.32/28"};
    const Remedy remedy = Sender(Business::scanner).device().connector(by_address).remedy();
    CHECK(remedy.class_name == "relay");
    CHECK(remedy.title == "use your connector");
    CHECK(remedy.why.find("\"Scanners\"") != std::string::npos);
    // Of another range, switched off, or an account, which has no address.
    InboundConnector other = by_address;
    other.sender_addresses = {"203.0.113.0/28"};
    InboundConnector off = by_address;
    off.enabled = false;
    CHECK(Sender(Business::scanner).device().connector(other).remedy().title != remedy.title);
    CHECK(Sender(Business::scanner).device().connector(off).remedy().title != remedy.title);
    CHECK(Sender(Business::scanner).connector(by_address).remedy().title != remedy.title);
}

TEST_CASE("several machines behind one address get a server of the site") {
    CHECK(Sender(Business::scanner).device().mark("nat_suspected").remedy().class_name ==
          "own_server");
    CHECK(Sender(Business::person).device().mark("nat_suspected").remedy().class_name == "oauth");
}

TEST_CASE("code of one's own can use Graph") {
    InventoryEntry script;
    script.business = Business::app;
    script.is_script = true;
    const Remedy sure = Sender(Business::app).named(script).remedy();
    CHECK(sure.class_name == "graph_api");
    CHECK(sure.needs.empty());
    const Remedy guess = Sender(Business::app).guessed("script*").remedy();
    CHECK(guess.class_name == "graph_api");
    CHECK(guess.needs.size() == 1);
    InventoryEntry app;
    app.business = Business::app;
    CHECK(Sender(Business::app).named(app).guessed("script*").remedy().class_name == "oauth");
}

TEST_CASE("an unused mailbox of a quiet sender is asked about before it is blocked") {
    CHECK(Sender(Business::app).unused().remedy().title == "block Basic");
    CHECK(Sender(Business::alert).unused().remedy().title == "ask, then block");
    CHECK(Sender(Business::backup).unused().remedy().needs.size() == 1);
}

TEST_CASE("a sender of no known kind hears what its recipients leave open") {
    CHECK(Sender(Business::unknown).recipients(5, 5).remedy().why.find("are open to a device") !=
          std::string::npos);
    const Remedy outside = Sender(Business::unknown).recipients(5, 4).remedy();
    CHECK(outside.why.find("are closed to it") != std::string::npos);
    CHECK(outside.needs.size() == 1);
    CHECK(Sender(Business::unknown).remedy().needs.size() == 2);
}
