#include "sources/sign_in_error.hpp"
#include "sources/sign_in_json.hpp"
#include "sources/sign_in_record.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

struct OneRead {
    SignInTally tally;
    SignInRow row;
    std::optional<JsonProblem> json;
    tl::expected<std::optional<Observation>, std::string> observation;
    std::string country;

    explicit OneRead(std::string_view text) {
        json = parse_sign_in(text, row);
        SignInReader reader(tally);
        if (!json) observation = reader.read(row);
        if (!json && observation && *observation) {
            country = (*observation)->country;
            (*observation)->country = country;
        }
    }
    OneRead(const OneRead&) = delete;
    OneRead& operator=(const OneRead&) = delete;
    const Observation& seen() const {
        REQUIRE_FALSE(json);
        REQUIRE(observation);
        REQUIRE(*observation);
        return **observation;
    }
    std::string problem() const {
        REQUIRE_FALSE(json);
        return observation ? "" : observation.error();
    }
};

UtcTime at(std::string_view text) { return parse_iso_instant(text).value().at; }

// A row with one member changed: `member` is all of it, `"userId":null`.
std::string row_with(const std::string& key, const std::string& member) {
    const std::vector<std::pair<std::string, std::string>> members = {
        {"id", R"("id":"a-1")"},
        {"createdDateTime", R"("createdDateTime":"2026-11-20T05:12:44Z")"},
        {"userPrincipalName", R"("userPrincipalName":"scan3@contoso.com")"},
        {"userId", R"("userId":"11111111-1111-4111-8111-111111111111")"},
        {"ipAddress", R"("ipAddress":"198.51.100.7")"},
        {"clientAppUsed", R"("clientAppUsed":"Authenticated SMTP")"},
        {"userAgent", R"("userAgent":"BAV2ROPC")"},
        {"status", R"("status":{"errorCode":0})"},
        {"location", R"("location":{"countryOrRegion":"NL"})"},
    };
    std::vector<std::string> parts;
    for (const auto& [name, text] : members)
        if (name != key) parts.push_back(text);
    if (!member.empty()) parts.push_back(member);
    return fmt::format("{{{}}}", fmt::join(parts, ","));
}

}  // namespace

TEST_CASE("a Graph row becomes one Basic sign-in and no message") {
    const OneRead read(graph_row("0f1e", "2026-11-20T05:12:44Z"));
    const Observation& seen = read.seen();
    CHECK(seen.account == "scan3@contoso.com");
    CHECK(seen.user_id == "11111111-1111-4111-8111-111111111111");
    CHECK(seen.at == at("2026-11-20T05:12:44Z"));
    CHECK(seen.protocol == Protocol::basic);
    CHECK(seen.outcome == Outcome::success);
    CHECK(seen.client == parse_ip("198.51.100.7"));
    CHECK(seen.user_agent == "BAV2ROPC");
    CHECK(seen.app == "Office 365 Exchange Online");
    CHECK(seen.country == "NL");
    CHECK(seen.record_id == "0f1e");
    CHECK(seen.sign_ins == 1);
    CHECK(seen.messages == 0);
    CHECK_FALSE(seen.possible_smtp);
    CHECK(read.tally.notes().empty());
}

TEST_CASE("a refused sign-in keeps its code and is no success") {
    const OneRead read(graph_row("x", "2026-11-20T05:12:44Z", 50126));
    CHECK(read.seen().outcome == Outcome::failure);
    CHECK(read.seen().error_code == 50126);
}

TEST_CASE("only the two client apps of SMTP count and their case does not matter") {
    for (const char* app : {"Authenticated SMTP", "authenticated smtp", "SMTP", "smtp"})
        CHECK(OneRead(graph_row("x", "2026-11-20T05:12:44Z", 0, app)).seen().sign_ins == 1);
    for (const char* app : {"IMAP4", "Browser", "", "SMTP AUTH", "Authenticated SMTP 2"}) {
        const OneRead read(graph_row("x", "2026-11-20T05:12:44Z", 0, app));
        REQUIRE(read.observation);
        CHECK_FALSE(*read.observation);
        CHECK(read.tally.other_rows == 1);
    }
    const OneRead null_app(row_with("clientAppUsed", R"("clientAppUsed":null)"));
    REQUIRE(null_app.observation);
    CHECK_FALSE(*null_app.observation);
}

TEST_CASE("a diagnostic-settings row is read from its properties") {
    const OneRead read(
        R"({"time":"2026-11-20T06:00:00.1234567Z","category":"SignInLogs","resultType":"50126",)"
        R"("callerIpAddress":"192.0.2.1","location":"DE","properties":{"id":"p-1",)"
        R"("createdDateTime":"2026-11-20T05:12:44.9999999+00:00","userPrincipalName":"a@contoso.com",)"
        R"("userId":"22222222-2222-4222-8222-222222222222","ipAddress":"203.0.113.9",)"
        R"("clientAppUsed":"SMTP","status":{"errorCode":50053},"location":{"countryOrRegion":"nl"}}})");
    CHECK(read.seen().record_id == "p-1");
    CHECK(read.seen().at == at("2026-11-20T05:12:44Z"));
    CHECK(read.seen().client == parse_ip("203.0.113.9"));
    CHECK(read.seen().error_code == 50053);
    CHECK(read.seen().country == "NL");
}

TEST_CASE("keys in lower case and resultType as text or number are understood") {
    for (const char* result : {R"("50126")", "50126"}) {
        const OneRead read(fmt::format(
            R"({{"time":"2026-11-20 06:00:00","resulttype":{},"calleripaddress":"192.0.2.1",)"
            R"("PROPERTIES":{{"ID":"p-1","userprincipalname":"a@contoso.com","clientappused":"SMTP"}}}})",
            result));
        CHECK(read.seen().error_code == 50126);
        CHECK(read.seen().at == at("2026-11-20T06:00:00Z"));
        CHECK(read.seen().client == parse_ip("192.0.2.1"));
        CHECK(read.seen().record_id == "p-1");
    }
    const OneRead success(
        R"({"time":"2026-11-20T06:00:00Z","resultType":0,"properties":{"userId":"u","clientAppUsed":"SMTP"}})");
    CHECK(success.seen().outcome == Outcome::success);
}

TEST_CASE("every shape of a time is one instant") {
    for (const char* time :
         {"2026-11-20T05:12:44Z", "2026-11-20T05:12:44.1Z", "2026-11-20T05:12:44.123456789Z",
          "2026-11-20 05:12:44", "2026-11-20T05:12:44", "2026-11-20T06:12:44+01:00",
          "2026-11-20 05:12:44.5 Z"}) {
        INFO(time);
        CHECK(OneRead(graph_row("x", time)).seen().at == at("2026-11-20T05:12:44Z"));
    }
}

TEST_CASE("a needed field that is missing or null or of the wrong type is an error that names it") {
    CHECK(OneRead(row_with("createdDateTime", "")).problem() == "createdDateTime is missing");
    CHECK(OneRead(row_with("createdDateTime", R"("createdDateTime":null)")).problem() ==
          "createdDateTime is null");
    CHECK(OneRead(row_with("createdDateTime", R"("createdDateTime":17)")).problem() ==
          "createdDateTime has the wrong type");
    CHECK(OneRead(row_with("createdDateTime", R"("createdDateTime":"soon")")).problem() ==
          "createdDateTime cannot be read");
    CHECK(OneRead(row_with("createdDateTime", R"("createdDateTime":"2026-11-20")")).problem() ==
          "createdDateTime cannot be read");
    CHECK(OneRead(row_with("status", R"("status":null)")).problem() == "status.errorCode is null");
    CHECK(OneRead(row_with("status", "")).problem() == "status.errorCode is missing");
    CHECK(OneRead(row_with("status", R"("status":{"errorCode":null})")).problem() ==
          "status.errorCode is null");
    CHECK(OneRead(row_with("status", R"("status":{"errorCode":true})")).problem() ==
          "status.errorCode has the wrong type");
    CHECK(OneRead(row_with("status", R"("status":{"errorCode":"none"})")).problem() ==
          "status.errorCode cannot be read");
    CHECK(OneRead(row_with("clientAppUsed", R"("clientAppUsed":["SMTP"])")).problem() ==
          "clientAppUsed has the wrong type");
}

TEST_CASE("one of user id and user name is enough but not none") {
    CHECK(OneRead(row_with("userId", R"("userId":null)")).seen().user_id.empty());
    CHECK(OneRead(row_with("userPrincipalName", "")).seen().account.empty());
    const OneRead neither(
        R"({"createdDateTime":"2026-11-20T05:12:44Z","clientAppUsed":"SMTP","userId":null,"status":{"errorCode":0}})");
    CHECK(neither.problem() == "userId is null, and there is no userPrincipalName");
}

TEST_CASE("the all-zero user id of an unknown name joins nobody") {
    const std::string zero = R"("userId":"00000000-0000-0000-0000-000000000000")";
    const OneRead named(row_with("userId", zero));
    CHECK(named.seen().user_id.empty());
    CHECK(named.seen().account == "scan3@contoso.com");
    const OneRead nameless(
        R"({"createdDateTime":"2026-11-20T05:12:44Z","clientAppUsed":"SMTP","status":{"errorCode":50034},)" +
        zero + "}");
    REQUIRE(nameless.observation);
    CHECK_FALSE(*nameless.observation);
    CHECK(nameless.tally.nameless_rows == 1);
    CHECK(any_contains(nameless.tally.notes(), "1 SMTP row names no account"));
}

TEST_CASE("optional fields that cannot be read are absent and counted") {
    const OneRead address(row_with("ipAddress", R"("ipAddress":"[hidden]")"));
    CHECK_FALSE(address.seen().client);
    CHECK(address.tally.unreadable_addresses == 1);
    const OneRead no_address(row_with("ipAddress", R"("ipAddress":"")"));
    CHECK_FALSE(no_address.seen().client);
    CHECK(no_address.tally.unreadable_addresses == 0);
    const OneRead agent(row_with("userAgent", R"("userAgent":{"name":"x"})"));
    CHECK(agent.seen().user_agent.empty());
    CHECK(agent.tally.wrong_types == 1);
    const OneRead id(row_with("id", R"("id":null)"));
    CHECK(id.seen().record_id.empty());
    CHECK(id.tally.without_id == 1);
    CHECK(OneRead(row_with("location", R"("location":{"countryOrRegion":"Netherlands"})"))
              .seen()
              .country.empty());
}

TEST_CASE("of a key that comes twice the last one wins and a null hides nothing") {
    CHECK(OneRead(row_with("userAgent", R"("userAgent":"one","userAgent":"two")"))
              .seen()
              .user_agent == "two");
    CHECK(
        OneRead(row_with("userAgent", R"("userAgent":"one","userAgent":null)")).seen().user_agent ==
        "one");
}

TEST_CASE("a record that is no object or is nested without end is refused") {
    SignInRow row;
    REQUIRE(parse_sign_in("[]", row));
    CHECK(parse_sign_in("[]", row)->what == "a sign-in record must be a JSON object");
    CHECK(parse_sign_in("17", row)->what == "a sign-in record must be a JSON object");
    const std::string deep =
        R"({"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    CHECK(parse_sign_in(deep, row)->what == "nested more than 64 levels deep");
    CHECK_FALSE(parse_sign_in(deep, row)->syntax);
    const std::string well = R"({"x":)" + std::string(60, '[') + std::string(60, ']') + "}";
    CHECK_FALSE(parse_sign_in(well, row));
}

TEST_CASE("bad JSON and bad UTF-8 are told apart and never quoted") {
    SignInRow row;
    const auto cut = parse_sign_in(R"({"id":"SENTINEL)", row);
    REQUIRE(cut);
    CHECK(cut->what == "not valid JSON");
    CHECK(cut->syntax);
    const auto bytes = parse_sign_in("{\"id\":\"\xC3\x28\"}", row);
    REQUIRE(bytes);
    CHECK(bytes->what == "not valid UTF-8");
}

TEST_CASE("the error table knows what carries risk and guesses nothing") {
    using enum SignInErrorClass;
    CHECK(sign_in_error_meaning(0).error_class == none);
    CHECK(sign_in_error_meaning(50126).error_class == wrong_password);
    CHECK(sign_in_error_meaning(50034).error_class == no_such_account);
    CHECK(sign_in_error_meaning(50053).error_class == locked);
    CHECK(sign_in_error_meaning(53003).error_class == blocked_by_ca);
    CHECK(sign_in_error_meaning(530035).error_class == blocked_by_security_defaults);
    CHECK(sign_in_error_meaning(50076).error_class == mfa_required);
    CHECK(sign_in_error_meaning(50057).error_class == disabled);
    CHECK(sign_in_error_meaning(50055).error_class == expired_password);
    CHECK(sign_in_error_meaning(50135).error_class == risk);
    CHECK(sign_in_error_meaning(424242).error_class == other);
    CHECK(sign_in_error_meaning(424242).code == 424242);
    for (const auto& meaning : all_sign_in_errors()) {
        CHECK(sign_in_error_meaning(meaning.code).words == meaning.words);
        CHECK_FALSE(to_string(meaning.error_class).empty());
    }
}

TEST_CASE("risk is read from state and levels and hidden is unknown") {
    const auto risk = [](const char* state, const char* now, const char* then) {
        return OneRead(row_with("risk", fmt::format(R"("riskState":{},"riskLevelAggregated":{},)"
                                                    R"("riskLevelDuringSignIn":{})",
                                                    state, now, then)))
            .seen()
            .risk;
    };
    using enum SignInRisk;
    CHECK(risk("\"none\"", "\"hidden\"", "\"hidden\"") == unknown);
    CHECK(risk("null", "null", "null") == unknown);
    CHECK(risk("\"none\"", "\"none\"", "\"none\"") == none);
    CHECK(risk("\"atRisk\"", "\"hidden\"", "\"hidden\"") == at_risk);
    CHECK(risk("\"atRisk\"", "\"low\"", "\"High\"") == high);
    CHECK(risk("\"none\"", "\"none\"", "\"medium\"") == medium);
    CHECK(risk("\"confirmedCompromised\"", "\"none\"", "\"none\"") == compromised);
    for (const char* over : {"\"remediated\"", "\"dismissed\"", "\"confirmedSafe\""})
        CHECK(risk(over, "\"high\"", "\"high\"") == none);
    CHECK(risk("\"unknownFutureValue\"", "\"unknownFutureValue\"", "null") == unknown);
    const OneRead wrong(row_with("risk", R"("riskState":7)"));
    CHECK(wrong.seen().risk == unknown);
    CHECK(wrong.tally.wrong_types == 1);
    CHECK(OneRead(row_with("", "")).seen().risk == unknown);
}
