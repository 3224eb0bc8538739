#include "sources/smtp_auth_table.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

#include <numeric>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

using Lines = std::vector<std::string>;

const std::string k_header =
    "Sender address,Domain,Authentication Protocol,TLS 1.0 (percentage),TLS 1.1 (percentage),"
    "TLS 1.2 (percentage),Messages sent\r\n";

Share share(double percent, bool whole) {
    return {static_cast<std::uint64_t>(percent * 10'000 + 0.5), whole};
}

}  // namespace

TEST_CASE("a table gives one observation a row without date or client") {
    const Evidence got = read_evidence(
        k_header +
        "scan@contoso.com,contoso.com,Basic Authentication,0.0,10.0,90.0,\"1,000\"\r\n"
        "scan@contoso.com,contoso.com,OAuth,0,0,100,7\r\n");
    CHECK(got.error.empty());
    CHECK(got.kind == "smtp_auth_table");
    CHECK_FALSE(got.has_record_ids);
    CHECK(got.seen == Lines{"2 scan@contoso.com - basic 1000 - 1.1=100 1.2=900 - -",
                            "3 scan@contoso.com - oauth 7 - 1.2=7 - -"});
    CHECK(got.coverage.source == "smtp_auth_table");
    CHECK(got.coverage.state == CoverageState::complete);
    CHECK(got.coverage.rows == 2);
    CHECK_FALSE(got.coverage.from);
    CHECK(got.coverage.notes == Lines{"messages by TLS version are estimated from per cents"});
}

TEST_CASE("captions of five languages give the same rows") {
    const std::vector<std::string> headers = {
        "Sender address;Domain;Authentication Protocol;TLS 1.0 (percentage);Messages sent",
        "Indirizzo del mittente;Dominio;Protocollo di autenticazione;TLS 1.0 "
        "(percentuale);Messaggi "
        "inviati",
        "Adresse de l’expéditeur;Domaine;Protocole d’authentification;TLS 1.0 "
        "(pourcentage);Messages "
        "envoyés",
        "Absenderadresse;Domäne;Authentifizierungsprotokoll;TLS 1.0 (Prozentsatz);Gesendete "
        "Nachrichten",
        "Dirección del remitente;Dominio;Protocolo de autenticación;TLS 1.0 (porcentaje);Mensajes "
        "enviados"};
    for (const std::string& header : headers)
        for (const bool utf16 : {false, true}) {
            const std::string text =
                header + "\nscan@contoso.com;contoso.com;Basic;100,0 %;1.234\n";
            const Evidence got = read_evidence(utf16 ? "\xFF\xFE" + to_utf16(text, false) : text);
            CHECK(got.seen == Lines{"2 scan@contoso.com - basic 1234 - 1.0=1234 - -"});
            CHECK_FALSE(got.noted("not used"));
        }
}

TEST_CASE("captions of a user are taken") {
    EvidenceOptions options;
    REQUIRE(options.captions.add("column,caption\nsender_address,Afzender\nmessages,Berichten\n",
                                 "nl.csv"));
    CHECK(read_evidence("Afzender,Berichten\na@c.com,3\n", options).messages == 3);
    CHECK(read_evidence("Afzender,Berichten\na@c.com,3\n").error.find("\"Afzender\"") !=
          std::string::npos);
}

TEST_CASE("an old table without the protocol is unknown and said") {
    const Evidence got = read_evidence("Sender address,Domain,Messages sent\na@c.com,c.com,3\n");
    CHECK(got.seen == Lines{"2 a@c.com - unknown 3 - unknown=3 - -"});
    CHECK(got.noted("no column Authentication Protocol"));
    CHECK(got.noted("no TLS columns"));
    CHECK_FALSE(got.noted("estimated"));
}

TEST_CASE("an unrecognised protocol is unknown and shown") {
    const Evidence got = read_evidence(k_header + "a@c.com,c.com,Mixed?,0,0,100,3\n");
    CHECK(got.seen.at(0).find(" unknown 3 ") != std::string::npos);
    CHECK(got.noted("1 row of unknown protocol, never taken as OAuth; it is \"Mixed?\""));
}

TEST_CASE("TLS counts are taken as they are and TLS 1.3 too") {
    const Evidence got = read_evidence(
        "Sender address,Tls10Count,Tls11Count,Tls12Count,Tls13Count,Messages sent,TLS 1.0 "
        "(percentage)\na@c.com,1,2,3,4,12,99\n");
    CHECK(got.seen == Lines{"2 a@c.com - unknown 12 - 1.0=1 1.1=2 1.2=3 1.3=4 unknown=2 - -"});
    CHECK_FALSE(got.noted("estimated"));
    CHECK(got.noted("column not used: \"TLS 1.0 (percentage)\""));
    CHECK(read_evidence("Sender address,Tls10Count,Messages sent\na@c.com,9,8\n")
              .error.rfind("f.csv:2:11: 8 messages, but 9 by TLS version", 0) == 0);
}

TEST_CASE("TLS 1.3 per cents are read") {
    const Evidence got = read_evidence(
        "Sender address,TLS 1.2 (percentage),TLS 1.3 (percentage),Messages "
        "sent\na@c.com,25,75,8\n");
    CHECK(got.seen == Lines{"2 a@c.com - unknown 8 - 1.2=2 1.3=6 - -"});
}

TEST_CASE("an empty TLS cell is unknown and never 0") {
    const Evidence got = read_evidence(k_header + "a@c.com,c.com,Basic,,,60,10\n");
    CHECK(got.seen == Lines{"2 a@c.com - basic 10 - 1.2=6 unknown=4 - -"});
    CHECK(got.noted("1 row with an empty TLS cell"));
}

TEST_CASE("per cents that cannot be or sum to over 100 are errors with line and column") {
    CHECK(read_evidence(k_header + "a@c.com,c.com,Basic,x,0,0,10\n").error ==
          "f.csv:2:21: \"x\" is not a per cent (column \"TLS 1.0 (percentage)\"); put it right, or "
          "export the file again");
    CHECK(read_evidence(k_header + "a@c.com,c.com,Basic,0,101,0,10\n")
              .error.rfind("f.csv:2:23: \"101\" is more than 100 %", 0) == 0);
    CHECK(read_evidence(k_header + "a@c.com,c.com,Basic,50.0,50.0,0.6,10\n")
              .error.rfind("f.csv:2:31: the per cents by TLS version sum to over 100", 0) == 0);
}

TEST_CASE("an unreadable or empty number of messages is an error with line and column") {
    CHECK(read_evidence(k_header + "a@c.com,c.com,Basic,0,0,100,12.5\n")
              .error.rfind("f.csv:2:29: \"12.5\" is not a whole number", 0) == 0);
    CHECK(read_evidence(k_header + "a@c.com,c.com,Basic,0,0,100,\n")
              .error.rfind("f.csv:2:29: a number is missing", 0) == 0);
}

TEST_CASE("a missing needed column of the table lists the headers seen") {
    CHECK(read_evidence("Sender address,Authentication Protocol\na@c.com,Basic\n")
              .error.rfind("f.csv:1:1: there is no column Messages sent; the header has \"Sender "
                           "address\", \"Authentication Protocol\"",
                           0) == 0);
    CHECK(read_evidence("Domain,TLS 1.2 (percentage),Messages sent\nc.com,100,1\n")
              .error.rfind("f.csv:1:1: there is no column Sender address", 0) == 0);
}

TEST_CASE("a sender without domain gets it from its column and one without name is noted") {
    const Evidence got =
        read_evidence("Sender address,Domain,Messages sent\nscan,contoso.com,3\n,contoso.com,4\n");
    CHECK(got.seen == Lines{"2 scan@contoso.com - unknown 3 - unknown=3 - -"});
    CHECK(got.noted("1 row without a sender (the first on line 3), 4 messages"));
}

TEST_CASE("a table that is a header alone is no rows and said") {
    const Evidence got = read_evidence(k_header);
    CHECK(got.error.empty());
    CHECK(got.noted("no rows: the file is a header only"));
}

TEST_CASE("estimates always sum to the messages") {
    for (const std::uint64_t messages : {0ULL, 1ULL, 2ULL, 3ULL, 7ULL, 1000ULL, 999'999'999'999ULL})
        for (const double a : {0.0, 0.1, 33.3, 50.0})
            for (const double b : {0.0, 0.1, 16.7, 49.9}) {
                const TlsShares shares = {share(a, false), share(b, false), std::nullopt,
                                          share(100 - a - b, false)};
                const auto counts = estimate_tls(messages, shares);
                REQUIRE(counts);
                CHECK(std::accumulate(counts->begin(), counts->end(), std::uint64_t{0}) ==
                      messages);
                CHECK(counts->at(4) == 0);
            }
}

TEST_CASE("the largest remainder wins and ties go to the older version") {
    const TlsShares thirds = {share(33.3, false), share(33.3, false), share(33.4, false), {}};
    CHECK(estimate_tls(1, thirds) == TlsCounts{0, 0, 1, 0, 0});
    CHECK(estimate_tls(2, thirds) == TlsCounts{1, 0, 1, 0, 0});
    const TlsShares halves = {share(50, true), {}, share(50, true), {}};
    CHECK(estimate_tls(3, halves) == TlsCounts{2, 0, 1, 0, 0});
}

TEST_CASE("what rounding explains is the whole and what it does not is unknown") {
    const TlsShares rounded_down = {share(33.3, false), share(33.3, false), share(33.3, false), {}};
    CHECK(estimate_tls(9000, rounded_down) == TlsCounts{3000, 3000, 3000, 0, 0});
    const TlsShares whole_numbers = {share(34, true), share(34, true), share(33, true), {}};
    CHECK(estimate_tls(101, whole_numbers) == TlsCounts{34, 34, 33, 0, 0});
    const TlsShares short_of_it = {share(60, false), {}, {}, {}};
    CHECK(estimate_tls(10, short_of_it) == TlsCounts{6, 0, 0, 0, 4});
    CHECK(estimate_tls(10, TlsShares{}) == TlsCounts{0, 0, 0, 0, 10});
    const TlsShares too_much = {share(60, false), share(40.6, false), {}, {}};
    CHECK_FALSE(estimate_tls(10, too_much));
    const TlsShares too_much_whole = {share(60, true), share(42, true), {}, {}};
    CHECK_FALSE(estimate_tls(10, too_much_whole));
}
