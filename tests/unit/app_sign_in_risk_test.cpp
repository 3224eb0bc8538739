// What Entra ID Protection says of sign-ins: told beside the points, which it does not change.
#include "support/catch.hpp"
#include "support/world.hpp"

#include <fmt/format.h>

using namespace smtpaudit;

namespace {

std::string sign_in(int number, const std::string& risk) {
    return fmt::format(
        R"({{"id":"s-{}","createdDateTime":"2026-11-2{}T10:00:00Z","userId":"u-1",)"
        R"("userPrincipalName":"scan@contoso.com","clientAppUsed":"Authenticated SMTP",)"
        R"("ipAddress":"203.0.113.7","status":{{"errorCode":0}}{}}})",
        number, number, risk);
}

std::string explain(const std::vector<std::string>& risks) {
    test::FakeWorld world;
    std::string& text = world.files.contents["sign-ins.json"];
    for (std::size_t i = 0; i < risks.size(); ++i)
        text += sign_in(static_cast<int>(i), risks[i]) + "\n";
    REQUIRE(world.run({"explain", "scan@contoso.com", "sign-ins.json"}) == 0);
    // As one line: the text is broken at the width of the screen.
    std::string one;
    for (const char c : world.out.text)
        if (c != '\n' && !(c == ' ' && one.ends_with(' ')))
            one += c;
        else if (!one.ends_with(' '))
            one += ' ';
    return one;
}

const std::string k_hidden =
    R"(,"riskState":"none","riskLevelAggregated":"hidden","riskLevelDuringSignIn":"hidden")";
const std::string k_none =
    R"(,"riskState":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"none")";
const std::string k_high =
    R"(,"riskState":"atRisk","riskLevelAggregated":"high","riskLevelDuringSignIn":"medium")";

std::string attack_line(const std::string& text) {
    const auto begin = text.find("attack ");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find("spread ") - begin);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a sign-in at risk is evidence and a note and gives no points") {
    const std::string calm = explain({k_none, k_none});
    const std::string risky = explain({k_none, k_high});
    CHECK(has(attack_line(calm), "no failed Basic sign-in; no sign-in at risk"));
    CHECK_FALSE(has(calm, "Entra ID Protection"));
    CHECK(has(attack_line(risky), "Entra ID Protection: 1 sign-in at risk"));
    CHECK(has(risky,
              "Entra ID Protection: 1 of 2 sign-ins at risk, the last on 21 Nov 2026, the worst "
              "high"));
    const auto exposure = [](const std::string& text) {
        return text.substr(text.find("EXPOSURE "), 12);
    };
    CHECK(exposure(risky) == exposure(calm));
}

TEST_CASE("hidden risk is unknown and said") {
    for (const std::string& risk : {k_hidden, std::string()})
        CHECK(has(attack_line(explain({risk})),
                  "whether a sign-in was at risk is not told (hidden without Entra ID P2)"));
}
