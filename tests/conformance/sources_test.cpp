// What every kind of evidence file keeps to, for each line of the table of kinds. A new kind adds
// its rows to k_samples; a kind without a sample fails.
#include "sources/all_sources.hpp"
#include "support/catch.hpp"
#include "support/evidence.hpp"

#include <algorithm>
#include <span>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

struct Sample {
    std::string_view title;  // of the kind
    std::string_view begin;  // what stands in front of the rows: one line
    std::string_view row;
    std::string_view between;  // two rows: a line end
    std::string_view end;
    // The same with one field more; where the kind names such a field in a note, its name.
    std::string_view unknown_field_begin, unknown_field_row, named;
    std::string_view bad_row;  // a needed value of the wrong type
};

constexpr std::string_view k_graph =
    "{\"@odata.context\":\"https://graph.microsoft.com/beta/$metadata#auditLogs/"
    "signIns\",\"value\":[\n";

constexpr std::string_view k_security_defaults =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
    "$metadata#policies/identitySecurityDefaultsEnforcementPolicy\",\"value\":[\n";
constexpr std::string_view k_access =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
    "$metadata#identity/conditionalAccess/policies\",\"value\":[\n";
constexpr std::string_view k_registration =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
    "$metadata#reports/authenticationMethods/userRegistrationDetails\",\"value\":[\n";
constexpr std::string_view k_roles =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
    "$metadata#roleManagement/directory/roleAssignments(principal())\",\"value\":[\n";
constexpr std::string_view k_groups =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/"
    "$metadata#groups(id,displayName,transitiveMembers())\",\"value\":[\n";

constexpr Sample k_samples[] = {
    {"SmtpCSReport download", "date,senderName,senderDomain,authMethod,message_count,message_id\n",
     "2026-11-20T10:00:00Z,scan,contoso.com,Basic,5,<1@c>", "\n", "",
     "date,senderName,senderDomain,authMethod,message_count,message_id,novelty\n",
     "2026-11-20T10:00:00Z,scan,contoso.com,Basic,5,<1@c>,x", "\"novelty\"",
     "yesterday,scan,contoso.com,Basic,five,<1@c>"},
    {"SMTP AUTH clients table", "Sender address,Domain,Authentication Protocol,Messages sent\n",
     "scan@contoso.com,contoso.com,Basic Authentication,5", "\n", "",
     "Sender address,Domain,Authentication Protocol,Messages sent,Novelty\n",
     "scan@contoso.com,contoso.com,Basic Authentication,5,x", "\"Novelty\"",
     "scan@contoso.com,contoso.com,Basic Authentication,five"},
    {"Entra sign-in export (JSON)", k_graph,
     R"({"id":"1","createdDateTime":"2026-11-20T10:00:00Z","userPrincipalName":"scan@contoso.com","clientAppUsed":"SMTP","status":{"errorCode":0}})",
     ",\n", "\n]}", k_graph,
     R"({"id":"1","createdDateTime":"2026-11-20T10:00:00Z","userPrincipalName":"scan@contoso.com","clientAppUsed":"SMTP","status":{"errorCode":0},"novelty":{"x":[1]}})",
     "",
     R"({"id":"1","createdDateTime":"yesterday","userPrincipalName":"scan@contoso.com","clientAppUsed":"SMTP","status":{"errorCode":0}})"},
    {"Entra sign-in export (CSV)",
     "Date (UTC),Request ID,Username,Client app,Status,Sign-in error code\n",
     "2026-11-20T10:00:00Z,1,scan@contoso.com,Authenticated SMTP,Success,0", "\n", "",
     "Date (UTC),Request ID,Username,Client app,Status,Sign-in error code,Novelty\n",
     "2026-11-20T10:00:00Z,1,scan@contoso.com,Authenticated SMTP,Success,0,x", "",
     "yesterday,1,scan@contoso.com,Authenticated SMTP,Success,0"},
    {"Get-TransportConfig export", "SmtpClientAuthenticationDisabled,AllowLegacyTLSClients\n",
     "False,", "\n", "", "SmtpClientAuthenticationDisabled,AllowLegacyTLSClients,Novelty\n",
     "False,,x", "", "no,"},
    {"Get-CASMailbox export", "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n",
     "scan@contoso.com,True", "\n", "",
     "PrimarySmtpAddress,SmtpClientAuthenticationDisabled,Novelty\n", "scan@contoso.com,True,x", "",
     "scan@contoso.com,perhaps"},
    {"Get-Mailbox export", "PrimarySmtpAddress,RecipientTypeDetails,AccountDisabled\n",
     "scan@contoso.com,UserMailbox,False", "\n", "",
     "PrimarySmtpAddress,RecipientTypeDetails,AccountDisabled,Novelty\n",
     "scan@contoso.com,UserMailbox,False,x", "", "scan@contoso.com,UserMailbox,perhaps"},
    {"Get-User export", "UserPrincipalName,AuthenticationPolicy,AccountDisabled\n",
     "scan@contoso.com,Block Basic,False", "\n", "",
     "UserPrincipalName,AuthenticationPolicy,AccountDisabled,Novelty\n",
     "scan@contoso.com,Block Basic,False,x", "", "scan@contoso.com,Block Basic,perhaps"},
    {"Get-AuthenticationPolicy export", "Name,AllowBasicAuthSmtp\n", "Block Basic,False", "\n", "",
     "Name,AllowBasicAuthSmtp,Novelty\n", "Block Basic,False,x", "", "Block Basic,perhaps"},
    {"Get-OrganizationConfig export", "DefaultAuthenticationPolicy,RejectDirectSend\n",
     "Block Basic,False", "\n", "", "DefaultAuthenticationPolicy,RejectDirectSend,Novelty\n",
     "Block Basic,False,x", "", "Block Basic,perhaps"},
    {"Get-InboundConnector export", "Name,Enabled,ConnectorType,SenderIPAddresses\n",
     "Relay,True,OnPremises,203.0.113.9", "\n", "",
     "Name,Enabled,ConnectorType,SenderIPAddresses,Novelty\n",
     "Relay,True,OnPremises,203.0.113.9,x", "", "Relay,perhaps,OnPremises,203.0.113.9"},
    {"Get-AcceptedDomain export", "DomainName,DomainType,Default\n",
     "contoso.com,Authoritative,True", "\n", "", "DomainName,DomainType,Default,Novelty\n",
     "contoso.com,Authoritative,True,x", "", "contoso.com,Authoritative,perhaps"},
    {"security defaults (Graph JSON)", k_security_defaults,
     R"({"id":"00000000-0000-0000-0000-000000000005","displayName":"Security Defaults","isEnabled":true})",
     ",\n", "\n]}", k_security_defaults,
     R"({"id":"00000000-0000-0000-0000-000000000005","@novelty":"x","isEnabled":true})", "",
     R"({"isEnabled":"perhaps"})"},
    {"Conditional Access policies (Graph JSON)", k_access,
     R"({"id":"p1","displayName":"Block legacy","state":"enabled","conditions":{"clientAppTypes":["other"],"users":{"includeUsers":["All"]}},"grantControls":{"builtInControls":["block"]}})",
     ",\n", "\n]}", k_access,
     R"({"id":"p1","displayName":"Block legacy","state":"enabled","conditions":{"clientAppTypes":["other"],"users":{"includeUsers":["All"]}},"grantControls":{"builtInControls":["block"]},"novelty":[1]})",
     "", R"({"id":"p1","state":"enabled","conditions":{"clientAppTypes":"other"}})"},
    {"MFA registration (Graph JSON)", k_registration,
     R"({"id":"u-1","userPrincipalName":"scan@contoso.com","isMfaRegistered":false})", ",\n",
     "\n]}", k_registration,
     R"({"id":"u-1","userPrincipalName":"scan@contoso.com","isMfaRegistered":false,"novelty":{}})",
     "", R"({"id":"u-1","userPrincipalName":"scan@contoso.com","isMfaRegistered":"perhaps"})"},
    {"directory roles (Graph JSON)", k_roles,
     R"({"id":"1","principalId":"u-1","roleDefinitionId":"r-1","principal":{"@odata.type":"#microsoft.graph.user","userPrincipalName":"scan@contoso.com"},"roleDefinition":{"displayName":"Reader"}})",
     ",\n", "\n]}", k_roles,
     R"({"id":"1","principalId":"u-1","roleDefinitionId":"r-1","principal":{"@odata.type":"#microsoft.graph.user","userPrincipalName":"scan@contoso.com"},"roleDefinition":{"displayName":"Reader"},"novelty":1})",
     "", R"({"id":"1","principalId":7,"roleDefinitionId":"r-1"})"},
    {"members of groups (Graph JSON)", k_groups,
     R"({"id":"g-1","displayName":"Printers","transitiveMembers":[{"@odata.type":"#microsoft.graph.user","id":"u-1"}]})",
     ",\n", "\n]}", k_groups,
     R"({"id":"g-1","displayName":"Printers","transitiveMembers":[{"@odata.type":"#microsoft.graph.user","id":"u-1","novelty":1}]})",
     "", R"({"id":"g-1","transitiveMembers":"u-1"})"},
};

const Sample* sample_of(const KindEntry& entry) {
    const auto at = std::find_if(std::begin(k_samples), std::end(k_samples),
                                 [&](const Sample& s) { return s.title == entry.kind.title; });
    return at == std::end(k_samples) ? nullptr : at;
}

std::string file_of(const Sample& sample, std::size_t rows) {
    std::string text(sample.begin);
    for (std::size_t i = 0; i < rows; ++i) {
        if (i > 0) text += sample.between;
        text += sample.row;
    }
    return text + std::string(sample.end);
}

template <typename Check>
void for_each_sample(Check check) {
    for (const KindEntry* entry : all_file_kinds()) {
        if (!entry->kind.is_evidence) continue;
        const Sample* sample = sample_of(*entry);
        INFO(entry->kind.title);
        REQUIRE(sample != nullptr);
        check(*entry, *sample);
    }
}

}  // namespace

TEST_CASE("every kind of file is whole and has an id and a title of its own") {
    std::vector<std::string_view> titles;
    for (const KindEntry* entry : all_file_kinds()) {
        INFO(entry->kind.id);
        CHECK_FALSE(entry->kind.id.empty());
        CHECK(std::find(titles.begin(), titles.end(), entry->kind.title) == titles.end());
        titles.push_back(entry->kind.title);
        CHECK((entry->is_json != nullptr || entry->is_table != nullptr));
        CHECK((entry->is_table != nullptr) == (entry->read_table != nullptr));
        if (entry->kind.is_evidence)
            CHECK((entry->is_json != nullptr) == (entry->read_json != nullptr));
    }
}

TEST_CASE("every kind of file reads none and one and many rows") {
    for_each_sample([](const KindEntry& entry, const Sample& sample) {
        for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{5000}})
            for (const std::size_t step : {std::size_t{7}, std::size_t{65536}}) {
                const Evidence got = read_evidence(file_of(sample, rows), {}, step);
                CHECK(got.error.empty());
                CHECK(got.kind == entry.kind.id);
                CHECK(got.coverage.source == entry.kind.id);
                CHECK(got.coverage.state == CoverageState::complete);
                CHECK(got.coverage.rows == rows);
                CHECK(got.coverage.files == 1);
                CHECK(got.seen.size() == rows);
                CHECK(got.coverage.from.has_value() == (entry.kind.has_dates && rows > 0));
                CHECK(got.has_record_ids == entry.kind.has_record_ids);
            }
    });
}

TEST_CASE("every kind of file reads UTF-16 as it reads UTF-8") {
    for_each_sample([](const KindEntry&, const Sample& sample) {
        const std::string text = file_of(sample, 3);
        const auto plain = read_evidence(text).seen;
        CHECK(read_evidence("\xEF\xBB\xBF" + text).seen == plain);
        CHECK(read_evidence("\xFF\xFE" + to_utf16(text, false)).seen == plain);
        CHECK(read_evidence("\xFE\xFF" + to_utf16(text, true)).seen == plain);
    });
}

TEST_CASE("every kind of file reads past unknown fields") {
    for_each_sample([](const KindEntry&, const Sample& sample) {
        const std::string text = std::string(sample.unknown_field_begin) +
                                 std::string(sample.unknown_field_row) + std::string(sample.end);
        const Evidence got = read_evidence(text);
        CHECK(got.error.empty());
        CHECK(got.seen == read_evidence(file_of(sample, 1)).seen);
        if (!sample.named.empty())
            CHECK(got.noted("column not used: " + std::string(sample.named)));
    });
}

TEST_CASE("every kind of file refuses a needed value of the wrong type with its place") {
    for_each_sample([](const KindEntry&, const Sample& sample) {
        const std::string text = file_of(sample, 1) + std::string(sample.between) +
                                 std::string(sample.bad_row) + std::string(sample.end);
        const Evidence got = read_evidence(text);
        CHECK(got.code == Errc::input);
        CHECK(got.error.rfind("f.csv:3:", 0) == 0);
        CHECK(got.error.find('\n') == std::string::npos);
    });
}

TEST_CASE("every kind of file refuses bytes that are no text") {
    for_each_sample([](const KindEntry&, const Sample& sample) {
        for (const char bad : {'\0', '\xFF'}) {
            const std::string text = file_of(sample, 2) + bad;
            CHECK(read_evidence(text).code == Errc::input);
            CHECK(read_evidence(text).error.rfind(sample.end.empty() ? "f.csv:3:" : "f.csv:4:",
                                                  0) == 0);
        }
    });
}

TEST_CASE("no two kinds of file fit one header") {
    for_each_sample([](const KindEntry&, const Sample& sample) {
        const std::string text = file_of(sample, 1);
        std::size_t fitting = 0;
        if (const auto opening = json_opening(text)) {
            for (const KindEntry* entry : all_file_kinds())
                fitting += entry->is_json != nullptr && entry->is_json(*opening);
        } else {
            auto csv = CsvReader::open(std::make_unique<TextSource>(text), "f.csv", {});
            REQUIRE(csv);
            const TableHeader header(csv->header(), CaptionTable::built_in());
            for (const KindEntry* entry : all_file_kinds())
                fitting += entry->is_table != nullptr && entry->is_table(header);
        }
        CHECK(fitting == 1);
    });
}
