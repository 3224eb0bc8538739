#include "sources/column_captions.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

std::string column(const CaptionTable& table, std::string_view caption) {
    return std::string(table.column(caption).value_or("-"));
}

}  // namespace

TEST_CASE("captions are found in five languages") {
    const CaptionTable table = CaptionTable::built_in();
    for (const char* caption :
         {"Sender address", "Indirizzo del mittente", "Adresse de l'expéditeur", "Absenderadresse",
          "Dirección del remitente"})
        CHECK(column(table, caption) == "sender_address");
    for (const char* caption : {"Messages sent", "Messaggi inviati", "Messages envoyés",
                                "Gesendete Nachrichten", "Mensajes enviados"})
        CHECK(column(table, caption) == "messages");
    for (const char* caption :
         {"TLS 1.0 (percentage)", "TLS 1.0 (percentuale)", "TLS 1.0 (pourcentage)",
          "TLS 1.0 (Prozentsatz)", "TLS 1.0 (porcentaje)"})
        CHECK(column(table, caption) == "tls10_percent");
    CHECK(column(table, "Tls10Count") == "tls10_count");
    CHECK(column(table, "TLS 1.3 (percentage)") == "tls13_percent");
}

TEST_CASE("the download's columns have the names of the field") {
    const CaptionTable table = CaptionTable::built_in();
    CHECK(column(table, "date") == "date");
    CHECK(column(table, "senderName") == "sender_name");
    CHECK(column(table, "senderDomain") == "sender_domain");
    CHECK(column(table, "authMethod") == "auth_method");
    CHECK(column(table, "original_client_ip") == "client_ip");
    CHECK(column(table, "tls_version") == "tls_version");
    CHECK(column(table, "tls_cipher") == "tls_cipher");
    CHECK(column(table, "message_count") == "message_count");
    CHECK(column(table, "message_id") == "message_id");
}

TEST_CASE("case and blanks and underscores and apostrophes do not matter") {
    const CaptionTable table = CaptionTable::built_in();
    for (const char* caption : {"SENDER ADDRESS", "sender_address", "SenderAddress",
                                " Sender\u00A0address ", "Sender\u202Faddress"})
        CHECK(column(table, caption) == "sender_address");
    CHECK(column(table, "ADRESSE DE L’EXPÉDITEUR") == "sender_address");
    CHECK(column(table, "something else") == "-");
    CHECK(column(table, "") == "-");
}

TEST_CASE("a TLS caption that does not say per cent or count is not guessed") {
    CHECK(column(CaptionTable::built_in(), "TLS 1.0") == "-");
}

TEST_CASE("a user adds captions") {
    CaptionTable table = CaptionTable::built_in();
    REQUIRE(table.add("column;caption\r\nmessages;Aantal berichten\r\n", "nl.csv"));
    CHECK(column(table, "aantal BERICHTEN") == "messages");
    REQUIRE(table.add("source,language,caption,column\nme,nl,Afzender,sender_address\n", "nl.csv"));
    CHECK(column(table, "Afzender") == "sender_address");
    REQUIRE(table.add("column,caption\nmessages,Messages sent\n", "same.csv"));
}

TEST_CASE("a caption file that is wrong names the line and adds nothing") {
    CaptionTable table = CaptionTable::built_in();
    const auto error = [&](std::string_view csv) {
        const auto added = table.add(csv, "nl.csv");
        REQUIRE(!added);
        CHECK(added.error().code == Errc::input);
        return added.error().message;
    };
    CHECK(error("column,caption\nmessages,Aantal\nmesages,Berichten\n")
              .rfind("nl.csv:3:1: \"mesages\" is not a column that is read", 0) == 0);
    CHECK(column(table, "Aantal") == "-");
    CHECK(error("column,caption\nmessages,Sender address\n")
              .rfind("nl.csv:2:10: \"Sender address\" already means sender_address", 0) == 0);
    CHECK(error("column,caption\nmessages, \n").rfind("nl.csv:2:10: the caption is empty", 0) == 0);
    CHECK(error("columns,captions\n").rfind("nl.csv:1:1: the header must name", 0) == 0);
    CHECK(error("column,caption\nmessages\n").rfind("nl.csv:2:1: 1 field where", 0) == 0);
    CHECK(error("").find("is empty") != std::string::npos);
}
