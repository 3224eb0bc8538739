#include "sources/values.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

std::string date(DateReader& reader, std::string_view cell) {
    const auto read = reader.read(cell);
    return read ? format_utc(read->at) + (read->has_time ? "" : " day") : read.error().what;
}

std::string date(std::string_view cell, DateFormat format = DateFormat::automatic) {
    DateReader reader(format);
    return date(reader, cell);
}

}  // namespace

TEST_CASE("counts are plain or grouped by threes with one kind of mark") {
    for (const char* text :
         {"1234567", "1,234,567", "1.234.567", "1 234 567", "1\u00A0234\u00A0567",
          "1\u202F234\u202F567", "1'234'567", "1’234’567", " 1234567\u00A0"})
        CHECK(read_count(text).value() == 1'234'567);
    CHECK(read_count("0").value() == 0);
    CHECK(read_count("1,234").value() == 1234);
    CHECK(read_count("1.234").value() == 1234);
    CHECK(read_count("12,345").value() == 12'345);
}

TEST_CASE("a count that is no well formed whole number is refused") {
    for (const char* text : {"",
                             " ",
                             "12.5",
                             "12,5",
                             "1,23",
                             "1,2345",
                             "1234,567",
                             "1,234.567",
                             "1,234,56",
                             ",123",
                             "1,",
                             "0,123",
                             "-5",
                             "+5",
                             "5%",
                             "1e3",
                             "0x10",
                             "five",
                             "1,,234",
                             "１２",
                             "1234567890123",
                             "99999999999999999999999"})
        CHECK_FALSE(read_count(text));
    CHECK(read_count("12.5").error().what == "\"12.5\" is not a whole number");
    CHECK(read_count("").error().what == "a number is missing");
}

TEST_CASE("shares have a comma or a point as the decimal mark") {
    for (const char* text :
         {"12.5", "12,5", "12.5%", "12,5 %", "12.5\u00A0%", "12,5\u202F%", "12.50"})
        CHECK(read_share(text).value().parts == 125'000);
    CHECK(read_share("100%").value().parts == k_whole);
    CHECK(read_share("100,0").value().parts == k_whole);
    CHECK(read_share("0").value().parts == 0);
    CHECK(read_share("0,1234999").value().parts == 1234);
    CHECK(read_share("1,234").value().parts == 12'340);
    CHECK(read_share("12").value().is_whole_number);
    CHECK_FALSE(read_share("12.0").value().is_whole_number);
}

TEST_CASE("a share that is no per cent is refused") {
    for (const char* text : {"", "%", "100.1", "101", "-1", "12.", ".5", "1.2.3", "12 5", "1,234.5",
                             "12.5%%", "1234", "n/a"})
        CHECK_FALSE(read_share(text));
}

TEST_CASE("dates with the year first are read in every format") {
    for (const DateFormat format :
         {DateFormat::automatic, DateFormat::iso, DateFormat::dmy, DateFormat::mdy}) {
        CHECK(date("2026-11-22T10:00:00Z", format) == "2026-11-22T10:00:00Z");
        CHECK(date("2026-11-22 10:00:00.1234567+02:00", format) == "2026-11-22T08:00:00Z");
        CHECK(date("2026-11-22", format) == "2026-11-22T00:00:00Z day");
        CHECK(date("2026/11/22", format) == "2026-11-22T00:00:00Z day");
        CHECK(date("2026/1/2 9:05", format) == "2026-01-02T09:05:00Z");
    }
}

TEST_CASE("dates with dots have the day first") {
    CHECK(date("5.4.2026") == "2026-04-05T00:00:00Z day");
    CHECK(date("22.11.2026 21:05") == "2026-11-22T21:05:00Z");
    CHECK(date("11.22.2026") == "\"11.22.2026\" has no day first, as dates with dots are read");
    CHECK(date("11.22.2026", DateFormat::mdy) == "2026-11-22T00:00:00Z day");
}

TEST_CASE("times of day have 12 or 24 hours") {
    CHECK(date("11/22/2026, 9:05:10 PM") == "2026-11-22T21:05:10Z");
    CHECK(date("11/22/2026 9:05:10\u202FPM") == "2026-11-22T21:05:10Z");
    CHECK(date("11/22/2026 12:00 AM") == "2026-11-22T00:00:00Z");
    CHECK(date("11/22/2026 12:30 pm") == "2026-11-22T12:30:00Z");
    CHECK(date("22/11/2026 9:05 p. m.") == "2026-11-22T21:05:00Z");
    CHECK(date("22/11/2026T09:05:00") == "2026-11-22T09:05:00Z");
    for (const char* text :
         {"11/22/2026 13:00 PM", "11/22/2026 24:00", "11/22/2026 0:10 AM", "11/22/2026 9:60",
          "11/22/2026 9", "11/22/2026 9:05 XM", "11/22/20269:05"})
        CHECK(date(text).find("is not a date") != std::string::npos);
}

TEST_CASE("the first date that proves the order decides for the file") {
    DateReader mdy(DateFormat::automatic);
    CHECK(date(mdy, "5/5/2026") == "2026-05-05T00:00:00Z day");
    CHECK(date(mdy, "11/22/2026") == "2026-11-22T00:00:00Z day");
    CHECK(date(mdy, "04/05/2026") == "2026-04-05T00:00:00Z day");
    CHECK(date(mdy, "2026-11-22") == "2026-11-22T00:00:00Z day");
    CHECK(date(mdy, "22.11.2026") == "2026-11-22T00:00:00Z day");
    CHECK(date(mdy, "22/11/2026") ==
          "\"22/11/2026\" is day-first, and dates before it are month-first");
    DateReader dmy(DateFormat::automatic);
    CHECK(date(dmy, "22-11-2026") == "2026-11-22T00:00:00Z day");
    CHECK(date(dmy, "04/05/2026") == "2026-05-04T00:00:00Z day");
    CHECK(date(dmy, "11/22/2026") ==
          "\"11/22/2026\" is month-first, and dates before it are day-first");
}

TEST_CASE("an ambiguous date asks for the date format") {
    DateReader reader(DateFormat::automatic);
    const auto read = reader.read("04/05/2026");
    REQUIRE(!read);
    CHECK(read.error().what == "\"04/05/2026\" may be day-first or month-first");
    CHECK(read.error().advice == "say which with --date-format dmy or --date-format mdy");
    CHECK(date("4-5-2026").find("may be day-first") != std::string::npos);
}

TEST_CASE("an explicit date format is kept to") {
    CHECK(date("04/05/2026", DateFormat::dmy) == "2026-05-04T00:00:00Z day");
    CHECK(date("04/05/2026", DateFormat::mdy) == "2026-04-05T00:00:00Z day");
    CHECK(date("04-05-2026", DateFormat::mdy) == "2026-04-05T00:00:00Z day");
    CHECK(date("22/11/2026", DateFormat::mdy).find("--date-format mdy") != std::string::npos);
    CHECK(date("11/22/2026", DateFormat::dmy).find("--date-format dmy") != std::string::npos);
    CHECK(date("22/11/2026", DateFormat::iso).find("--date-format iso") != std::string::npos);
}

TEST_CASE("what is no date is refused") {
    for (const char* text : {"2026-13-01", "2026-02-29", "31/4/2026", "30.2.2026", "0/0/2026",
                             "22/11/2026/1", "22/11-2026", "22//2026", "Nov 22 2026", "45983",
                             "22 11 2026", "2026/13/01", "2026/11/222", "22/11/12026"})
        CHECK(date(text).find("is not a date") != std::string::npos);
    CHECK(date("22/11/26").find("has a year of two digits") != std::string::npos);
    CHECK(date("0001-01-01T00:00:00Z").find("is not in the years") != std::string::npos);
    CHECK(date("2100-01-01").find("is not in the years") != std::string::npos);
    CHECK(date("").find("a date is missing") != std::string::npos);
}

TEST_CASE("times without a zone are counted and a day alone is not") {
    DateReader reader(DateFormat::automatic);
    for (const char* text :
         {"2026-11-22", "2026-11-22T10:00:00Z", "2026-11-22T10:00:01Z", "22.11.2026 10:00",
          "2026-11-22T10:00:00", "2026-11-22T10:00:00+01:00"})
        REQUIRE(reader.read(text));
    CHECK(reader.without_zone() == 2);
}

TEST_CASE("the day of the row before is not taken for another time form") {
    DateReader reader(DateFormat::automatic);
    CHECK(date(reader, "2026-11-22T23:00:00-02:00") == "2026-11-23T01:00:00Z");
    CHECK(date(reader, "2026-11-22T10:00:00Z") == "2026-11-22T10:00:00Z");
    CHECK(date(reader, "2026-11-22T24:00:00Z").find("is not a date") != std::string::npos);
    CHECK(date(reader, "2026-11-22T10:00:6xZ").find("is not a date") != std::string::npos);
    CHECK(date(reader, "2026-11-22T23:59:60Z") == "2026-11-22T23:59:59Z");
}

TEST_CASE("methods are known in several spellings and languages") {
    for (const char* text :
         {"Basic", "BASIC", "BasicAuth", "Basic Authentication", "Autenticazione di base",
          "Authentification de base", "Standardauthentifizierung", "Basisauthentifizierung",
          "Autenticación básica", "Base", "basic_auth"})
        CHECK(protocol_of(text) == Protocol::basic);
    for (const char* text : {"OAuth", "oauth2", "XOAUTH2", "Modern Authentication", "Modern",
                             "Autenticazione moderna", "Moderne Authentifizierung"})
        CHECK(protocol_of(text) == Protocol::oauth);
}

TEST_CASE("any other method is unknown and never OAuth") {
    for (const char* text : {"", "Unknown", "Kerberos?", "LOGIN", "PLAIN", "database", "auth",
                             "Basic or Modern", "OAuth, Basic", "none"})
        CHECK(protocol_of(text) == Protocol::unknown);
    CHECK(protocol_of(std::string(300, ' ') + "OAuth") == Protocol::unknown);
}

TEST_CASE("TLS versions are known in several spellings") {
    for (const char* text : {"TLS1.2", "Tls12", "TLS 1.2", "SP_PROT_TLS1_2_SERVER", "TLSv1.2",
                             "1.2", "tls_1_2", "SP_PROT_TLS1_2_CLIENT"})
        CHECK(tls_version_of(text) == TlsVersion::tls12);
    for (const char* text :
         {"TLS1.0", "TLSv1", "TLS1", "SP_PROT_TLS1_SERVER", "SP_PROT_TLS1_0_SERVER"})
        CHECK(tls_version_of(text) == TlsVersion::tls10);
    CHECK(tls_version_of("TLS1.1") == TlsVersion::tls11);
    CHECK(tls_version_of("Tls13") == TlsVersion::tls13);
    for (const char* text : {"", "TLS", "SSL3", "TLS1.4", "TLS 2", "None", "112"})
        CHECK(tls_version_of(text) == TlsVersion::unknown);
}

TEST_CASE("spellings are counted and listed once and cut off at four") {
    Memo<Protocol> memo(protocol_of);
    CHECK(memo.read("Basic") == Protocol::basic);
    for (int i = 0; i < 3; ++i) CHECK(memo.read("Kerberos?") == Protocol::unknown);
    memo.read("");
    CHECK(memo.unknown().count() == 4);
    CHECK(memo.unknown().list() == "\"Kerberos?\", (empty)");
    for (int i = 0; i < 100; ++i) memo.read("x" + std::to_string(i));
    CHECK(memo.unknown().count() == 104);
    CHECK(memo.unknown().list() == "\"Kerberos?\", (empty), \"x0\", \"x1\" and others");
    CHECK(memo.read("Basic") == Protocol::basic);
}

TEST_CASE("a sender is name and domain or an address that stands alone") {
    std::string room;
    CHECK(sender_of(" scan ", "contoso.com", room) == "scan@contoso.com");
    CHECK(sender_of("scan@contoso.com", "fabrikam.com", room) == "scan@contoso.com");
    CHECK(sender_of("scan", "", room) == "scan");
    CHECK(sender_of("", "contoso.com", room).empty());
}
