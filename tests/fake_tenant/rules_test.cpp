// The fake tenant's pure parts.
#include "fake_tenant/codec.hpp"
#include "fake_tenant/faults.hpp"
#include "fake_tenant/odata.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "fake_tenant/throttle.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit::fake {
namespace {

using std::chrono::seconds;

constexpr FilterRule k_rules[] = {{"createdDateTime", "ge le lt gt eq"},
                                  {"clientAppUsed", "eq"},
                                  {"userPrincipalName", "eq startsWith"},
                                  {"signInEventTypes", "any"}};

Value row_of(std::string_view name) {
    if (name == "createdDateTime") return *parse_ticks("2026-11-20T05:59:59.5Z");
    if (name == "clientAppUsed") return std::string("Authenticated SMTP");
    if (name == "userPrincipalName") return std::string("o'neil@contoso.com");
    if (name == "signInEventTypes") return std::vector<std::string>{"interactiveUser"};
    return {};
}
bool matches(std::string_view text) {
    const auto filter = parse_filter(text, k_rules);
    REQUIRE(filter);
    return passes(*filter, row_of);
}

TEST_CASE("a filter compares dates to the tick and joins with and before or") {
    CHECK(matches(""));
    CHECK(matches("createdDateTime le 2026-11-20T05:59:59.9999999Z"));
    CHECK(matches("createdDateTime ge 2026-11-20T05:59:59.5Z"));
    CHECK_FALSE(matches("createdDateTime ge 2026-11-20T05:59:59.5000001Z"));
    CHECK_FALSE(matches("createdDateTime lt 2026-11-20T05:59:59Z"));
    CHECK(matches("clientAppUsed eq 'authenticated smtp'"));
    CHECK(
        matches("clientAppUsed eq 'SMTP' and clientAppUsed eq 'X' or "
                "userPrincipalName eq 'o''neil@contoso.com'"));
    CHECK_FALSE(
        matches("clientAppUsed eq 'SMTP' and (clientAppUsed eq 'X' or "
                "userPrincipalName eq 'o''neil@contoso.com')"));
    CHECK(matches("startsWith(userPrincipalName,'o''n')"));
    CHECK(matches("signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')"));
    CHECK_FALSE(matches("signInEventTypes/any(t:t eq 'servicePrincipal')"));
}

TEST_CASE("a filter the service does not know is refused") {
    for (const std::string_view text :
         {"createdDateTime ge '2026-11-20T05:00:00Z'", "createdDateTime ge 2026-11-20",
          "clientAppUsed ne 'SMTP'", "unknown eq 1", "clientAppUsed eq 'SMTP", "clientAppUsed",
          "clientAppUsed eq 'a' clientAppUsed eq 'b'", "(clientAppUsed eq 'a'", "and"}) {
        INFO(text);
        CHECK_FALSE(parse_filter(text, k_rules));
    }
}

TEST_CASE(
    "the limit lets five through and a client that waits as told gets one page in four seconds") {
    Throttle throttle({});
    milliseconds now{0};
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.take("app", now));
    CHECK_FALSE(throttle.take("other app", now));
    int served = 0;
    while (now < seconds(200)) {
        const auto wait = throttle.take("app", now);
        if (wait)
            now += *wait;
        else
            ++served;
    }
    // The floor is 100 pages; refused requests that count halve it.
    CHECK(served > 45);
    CHECK(served < 60);
}

TEST_CASE("a paced client is never refused and an early retry makes the pause longer") {
    Throttle paced({});
    for (int i = 0; i < 100; ++i) CHECK_FALSE(paced.take("app", milliseconds(i * 2020)));

    Throttle throttle({});
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.take("app", milliseconds(0)));
    const auto first = throttle.take("app", milliseconds(0));
    REQUIRE(first == seconds(4));
    const auto early = throttle.take("app", milliseconds(2000));
    REQUIRE(early);
    CHECK(milliseconds(2000) + *early > *first);
}

TenantSpec small_tenant() {
    auto spec = parse_tenant(R"({"sign_ins":{"seed":3,"days":4,"end":"2026-11-22T00:00:00Z",
        "accounts":[{"upn":"Scan@contoso.com","ips":["203.0.113.1","203.0.113.2"],"per_day":2.5,
                     "non_interactive_per_day":1,"other_per_day":3,
                     "failures":[{"code":50126,"per_day":2,"ips":["192.0.2.1"],"country":"BR"}]}],
        "rows":[{"id":"given","createdDateTime":"2026-11-23T00:00:00.1234567Z","userId":"u",
                 "clientAppUsed":"SMTP","status":{"errorCode":0},"authenticationProtocol":"ropc"}]
        }})",
                             "test");
    REQUIRE(spec);
    return *spec;
}

TEST_CASE("sign-ins of the same description are the same and counted exactly and newest first") {
    const TenantSpec spec = small_tenant();
    SignInFileOptions options;
    options.smtp_only = false;
    const std::string text = signins_as_json(spec, options);
    CHECK(text == signins_as_json(spec, options));
    const auto rows = nlohmann::json::parse(text);
    REQUIRE(rows.size() == 10 + 4 + 12 + 8 + 1);
    std::set<std::string> ids;
    std::string newer = "9";
    int failed = 0;
    for (const auto& row : rows) {
        ids.insert(row["id"].get<std::string>());
        CHECK(row["createdDateTime"].get<std::string>() <= newer);
        newer = row["createdDateTime"].get<std::string>();
        if (row["status"]["errorCode"] == 50126) {
            ++failed;
            CHECK(row["ipAddress"] == "192.0.2.1");
            CHECK(row["location"]["countryOrRegion"] == "BR");
        }
    }
    CHECK(failed == 8);
    CHECK(ids.size() == rows.size());
    CHECK(rows[0]["id"] == "given");
    CHECK(rows[1]["userPrincipalName"] == "scan@contoso.com");
    CHECK(rows.back()["createdDateTime"].get<std::string>() >= "2026-11-18T00:00:00Z");
    CHECK(rows[1]["createdDateTime"].get<std::string>() < "2026-11-22T00:00:00Z");
}

TEST_CASE("the evidence files hold what a scan of that version would see") {
    const TenantSpec spec = small_tenant();
    const auto beta = nlohmann::json::parse(signins_as_json(spec, {}));
    CHECK(beta.size() == 10 + 4 + 8 + 1);
    SignInFileOptions options;
    options.version = GraphVersion::v1_0;
    options.shape = SignInFile::graph_page;
    const auto page = nlohmann::json::parse(signins_as_json(spec, options));
    CHECK(page["value"].size() == 10 + 8 + 1);  // no non-interactive rows
    for (const auto& row : page["value"])
        for (const auto& [key, value] : row.items()) CHECK_FALSE(is_beta_only(key));
    options.shape = SignInFile::json_lines;
    const std::string lines = signins_as_json(spec, options);
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 19);
}

TEST_CASE("a tenant description with a misspelt field is refused by name") {
    const auto spec = parse_tenant(R"({"sign_ins":{"acounts":[]}})", "tenant.json");
    REQUIRE_FALSE(spec);
    CHECK(spec.error().message == "tenant.json: sign_ins has an unknown field \"acounts\"");
    CHECK_FALSE(parse_tenant(R"({"extra_users":"many"})", "tenant.json"));
}

Record request_for(std::string path) {
    Record request;
    request.method = "GET";
    request.host = "graph.microsoft.com";
    request.path = std::move(path);
    return request;
}

TEST_CASE("a fault plan fires on the nth and each kth and by chance and at most so often") {
    auto plan = parse_faults(R"([{"path":"/a","nth":[2,3],"action":"status","status":429},
        {"path":"/b","every":2,"action":"reset","times":2},
        {"path":"/c","probability":0.5,"action":"html","max_in_a_row":1}])");
    REQUIRE(plan);
    FaultBook book;
    book.set(*plan);
    const auto pattern = [&](const std::string& path, int count) {
        std::string text;
        for (int i = 0; i < count; ++i) text += book.decide(request_for(path)).fault ? 'x' : '.';
        return text;
    };
    CHECK(pattern("/a", 5) == ".xx..");
    CHECK(pattern("/b", 7) == ".x.x...");
    const std::string chance = pattern("/c", 400);
    CHECK(chance.find("xx") == std::string::npos);
    CHECK(std::count(chance.begin(), chance.end(), 'x') > 100);
    CHECK(pattern("/d", 3) == "...");
    CHECK_FALSE(parse_faults(R"([{"action":"explode"}])"));
    CHECK_FALSE(parse_faults(R"({"action":"reset"})"));
}

TEST_CASE("encodings are those of the web") {
    CHECK(base64url("\xfb\xff") == "-_8");
    CHECK(from_base64url("-_8") == std::string("\xfb\xff"));
    CHECK(from_base64("dTpw") == "u:p");
    CHECK(parse_form("a=1+2&b=%2B%3d&a=3") ==
          std::map<std::string, std::string>{{"a", "1 2"}, {"b", "+="}});
    CHECK(http_date(UtcTime(seconds(784111777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace smtpaudit::fake
