#include "sources/settings_file.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

#include <fmt/format.h>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

std::vector<std::string> seen(const std::string& text, std::string_view kind) {
    const Evidence got = read_evidence(text);
    INFO(got.error);
    CHECK(got.error.empty());
    CHECK(got.kind == kind);
    CHECK(got.coverage.state == CoverageState::complete);
    return got.seen;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Get-CASMailbox keeps its three states apart in CSV") {
    // As Windows PowerShell writes it.
    const std::string text =
        "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"
        "\"PrimarySmtpAddress\",\"ExternalDirectoryObjectId\","
        "\"SmtpClientAuthenticationDisabled\"\r\n"
        "\"scan@contoso.com\",\"ID-1\",\"\"\r\n"
        "\"erp@contoso.com\",\"ID-2\",\"False\"\r\n"
        "\"ups@contoso.com\",\"ID-3\",\"True\"\r\n";
    const Lines expected = {"3 mailbox id=ID-1 mail=scan@contoso.com disabled=null",
                            "4 mailbox id=ID-2 mail=erp@contoso.com disabled=no",
                            "5 mailbox id=ID-3 mail=ups@contoso.com disabled=yes"};
    CHECK(seen(text, "cas_mailboxes") == expected);
    CHECK(read_evidence("\xFF\xFE" + to_utf16(text, false)).seen == expected);
}

TEST_CASE("Get-CASMailbox keeps null and absent apart in JSON") {
    const std::string text = R"([
        {"PrimarySmtpAddress":"a@contoso.com","SmtpClientAuthenticationDisabled":null},
        {"PrimarySmtpAddress":"b@contoso.com"},
        {"PrimarySmtpAddress":"c@contoso.com","SmtpClientAuthenticationDisabled":false}])";
    CHECK(seen(text, "cas_mailboxes") == Lines{"2 mailbox mail=a@contoso.com disabled=null",
                                               "3 mailbox mail=b@contoso.com",
                                               "4 mailbox mail=c@contoso.com disabled=no"});
}

TEST_CASE("a column that is not there is not read even where others are") {
    CHECK(seen("PrimarySmtpAddress,RecipientTypeDetails\na@contoso.com,SharedMailbox\n",
               "mailboxes") == Lines{"2 mailbox mail=a@contoso.com type=SharedMailbox"});
}

TEST_CASE("Get-Mailbox tells addresses and sign-in") {
    CHECK(seen("PrimarySmtpAddress,UserPrincipalName,RecipientTypeDetails,AccountDisabled,"
               "EmailAddresses\n"
               "a@contoso.com,a@contoso.onmicrosoft.com,UserMailbox,True,"
               "\"SMTP:a@contoso.com;smtp:sales@contoso.com;SIP:a@contoso.com;"
               "X500:/o=Ex/cn=smtp a\"\n",
               "mailboxes") ==
          Lines{"2 mailbox upn=a@contoso.onmicrosoft.com mail=a@contoso.com "
                "address=a@contoso.com address=sales@contoso.com enabled=no type=UserMailbox"});
}

TEST_CASE("a list that Export-Csv wrote as its type is not read and said") {
    const Evidence got = read_evidence(
        "PrimarySmtpAddress,RecipientTypeDetails,EmailAddresses\n"
        "a@contoso.com,UserMailbox,System.Collections.ArrayList\n");
    CHECK(got.seen == Lines{"2 mailbox mail=a@contoso.com type=UserMailbox"});
    CHECK(got.noted("1 row hold the name of a list's type"));
}

TEST_CASE("JSON of ConvertTo-Json is read in all its shapes") {
    const char* record =
        R"({"WhenCreated":"\/Date(1764000000000)\/","SmtpClientAuthenticationDisabled":true,)"
        R"("AllowLegacyTLSClients":{"value":null},"InternalSMTPServers":{"value":[],"Count":0},)"
        R"("Guid@data.type":"System.Guid","Guid":"x"})";
    for (const std::string& text : {std::string(record), fmt::format("[{}]", record),
                                    fmt::format("{{\"value\":[{}],\"Count\":1}}", record)})
        CHECK(seen(text, "transport_config") == Lines{"1 tenant disabled=yes legacy=null"});
}

TEST_CASE("wrapped values and lists of objects are unwrapped") {
    CHECK(seen(R"({"UserPrincipalName":{"value":"a@contoso.com"},"AccountDisabled":{"value":false},
                   "AuthenticationPolicy":{"Rdn":{"x":1},"Name":"Block Basic","Depth":3}})",
               "exchange_users") == Lines{"1 account upn=a@contoso.com enabled=yes "
                                          "policy=Block Basic"});
    CHECK(seen(R"([{"PrimarySmtpAddress":"a@contoso.com","RecipientTypeDetails":"UserMailbox",
                   "EmailAddresses":[{"ProxyAddressString":"SMTP:a@contoso.com","Prefix":{}},
                                     {"value":"smtp:b@contoso.com"}]}])",
               "mailboxes") == Lines{"1 mailbox mail=a@contoso.com address=a@contoso.com "
                                     "address=b@contoso.com type=UserMailbox"});
    CHECK(seen(R"([{"PrimarySmtpAddress":"a@contoso.com","RecipientTypeDetails":"UserMailbox",
                   "EmailAddresses":{"value":["smtp:b@contoso.com"],"Count":1}}])",
               "mailboxes") ==
          Lines{"1 mailbox mail=a@contoso.com address=b@contoso.com type=UserMailbox"});
}

TEST_CASE("Get-User tells the policy and null is the default") {
    CHECK(seen("UserPrincipalName;ExternalDirectoryObjectId;AuthenticationPolicy\n"
               "a@contoso.com;id-1;\n"
               "b@contoso.com;id-2;CN=Block Basic,CN=Auth Policies,DC=contoso\n",
               "exchange_users") ==
          Lines{"2 account id=id-1 upn=a@contoso.com policy=null",
                "3 account id=id-2 upn=b@contoso.com policy=CN=Block Basic,CN=Auth "
                "Policies,DC=contoso"});
}

TEST_CASE("the tenant's settings are read from their exports") {
    CHECK(seen("SmtpClientAuthenticationDisabled\nTrue\n", "transport_config") ==
          Lines{"2 tenant disabled=yes"});
    CHECK(seen("Name,DefaultAuthenticationPolicy,RejectDirectSend\ncontoso,,True\n",
               "organization_config") == Lines{"2 tenant default=null reject=yes"});
    CHECK(seen("Name,AllowBasicAuthSmtp\nBlock Basic,False\nPrinters,True\n",
               "authentication_policies") ==
          Lines{"2 tenant Block Basic=no", "3 tenant Printers=yes"});
    CHECK(
        seen("DomainName,DomainType,Default,InitialDomain\nContoso.com,Authoritative,True,False\n",
             "accepted_domains") == Lines{"2 tenant domain=contoso.com"});
}

TEST_CASE("a connector is read with its addresses and its certificate") {
    RecordingSink sink;
    auto file = EvidenceFile::open(
        std::make_unique<TextSource>(
            "Name,Enabled,ConnectorType,RequireTls,SenderIPAddresses,SenderDomains,"
            "TlsSenderCertificateName\n"
            "Relay,True,OnPremises,True,\"203.0.113.9;198.51.100.0/28\",smtp:*;1,*.contoso.com\n"),
        "c.csv", {});
    REQUIRE(file);
    REQUIRE(file->read(sink));
    REQUIRE(sink.tenants.size() == 1);
    const InboundConnector& connector = sink.tenants[0].inbound_connectors->at(0);
    CHECK(connector.enabled == true);
    CHECK(connector.type == "OnPremises");
    CHECK(connector.sender_addresses == Lines{"203.0.113.9", "198.51.100.0/28"});
    CHECK(connector.certificate_name == "*.contoso.com");
}

TEST_CASE("an export without rows tells that there is none") {
    RecordingSink sink;
    auto file = EvidenceFile::open(
        std::make_unique<TextSource>("Name,Enabled,ConnectorType,SenderIPAddresses\n"), "c.csv",
        {});
    REQUIRE(file);
    REQUIRE(file->read(sink));
    REQUIRE(sink.tenants.size() == 1);
    REQUIRE(sink.tenants[0].inbound_connectors);
    CHECK(sink.tenants[0].inbound_connectors->empty());
    CHECK_FALSE(sink.tenants[0].accepted_domains);
}

TEST_CASE("a flag that is neither true nor false is refused with its place") {
    CHECK(read_evidence("PrimarySmtpAddress,SmtpClientAuthenticationDisabled\na@contoso.com,ja\n")
              .error ==
          "f.csv:2:15: \"ja\" is neither True nor False (column "
          "\"SmtpClientAuthenticationDisabled\"); export Get-CASMailbox again "
          "(scripts/Export-SmtpAuthSettings.ps1)");
    CHECK(read_evidence("[\n{\"PrimarySmtpAddress\":\"a@contoso.com\",\n"
                        "\"SmtpClientAuthenticationDisabled\":7}]")
              .error.rfind("f.csv:2:1: \"7\" is neither True nor False (property "
                           "\"SmtpClientAuthenticationDisabled\"",
                           0) == 0);
}

TEST_CASE("a mailbox export without any address is refused") {
    CHECK(
        read_evidence("\"Identity\",\"SmtpClientAuthenticationDisabled\"\nScan,True\n").error ==
        "f.csv:1:1: looks like an export of Get-CASMailbox without PrimarySmtpAddress: nobody can "
        "tell whose settings these are; export Get-CASMailbox again "
        "(scripts/Export-SmtpAuthSettings.ps1)");
}

TEST_CASE("a row without an address is left out and counted") {
    const Evidence got = read_evidence(
        "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n,True\nb@contoso.com,True\n");
    CHECK(got.seen == Lines{"3 mailbox mail=b@contoso.com disabled=yes"});
    CHECK(got.noted("1 row without an address"));
}

TEST_CASE("broken JSON of settings is refused with its place") {
    CHECK(read_evidence("[{\"PrimarySmtpAddress\":\"a\",\"RecipientTypeDetails\":\"x\"},\n{\"a\":")
              .error.rfind("f.csv:2:1: ", 0) == 0);
    CHECK(read_evidence(
              "[{\"PrimarySmtpAddress\":\"a\",\"RecipientTypeDetails\":\"x\"},\n{\"a\":tru}]")
              .error.rfind("f.csv:2:6: not valid JSON", 0) == 0);
}
