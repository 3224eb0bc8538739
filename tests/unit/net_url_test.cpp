#include "net/paging.hpp"
#include "net/url.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("a URL falls into its parts") {
    const auto url = parse_url("HTTPS://Graph.Microsoft.com:8443/v1.0/users?$top=5&x=a?b");
    REQUIRE(url);
    CHECK(url->scheme == "https");
    CHECK(url->host == "graph.microsoft.com");
    CHECK(url->port == 8443);
    CHECK(url->place() == "graph.microsoft.com:8443");
    CHECK(url->path == "/v1.0/users");
    CHECK(url->query == "$top=5&x=a?b");
    CHECK_FALSE(url->userinfo);

    const auto bare = parse_url("https://graph.microsoft.com");
    REQUIRE(bare);
    CHECK(bare->path == "/");
    CHECK_FALSE(bare->query);
    CHECK(bare->port_or_default() == 443);
    CHECK(bare->place() == "graph.microsoft.com");

    const auto user = parse_url("http://us:er@[2001:db8::1]:80?q");
    REQUIRE(user);
    CHECK(user->userinfo == "us:er");
    CHECK(user->host == "[2001:db8::1]");
    CHECK(user->port_or_default() == 80);
    CHECK(user->query == "q");
    CHECK(parse_url("http://169.254.169.254/metadata")->host == "169.254.169.254");
    CHECK(parse_url("https://0x7f.com/")->host == "0x7f.com");
    CHECK(parse_url("https://@contoso.com/")->userinfo == "");
    CHECK(parse_url("https://a@b@contoso.com/")->host == "contoso.com");
}

TEST_CASE("shapes that two parsers read in two ways are no URL") {
    const char* const bad[] = {"",
                               "contoso.com/a",
                               "//contoso.com/a",
                               "https:/contoso.com",
                               "https:///a",
                               "1https://contoso.com",
                               "https://contoso.com:/",
                               "https://contoso.com:0/",
                               "https://contoso.com:65536/",
                               "https://contoso.com:44a/",
                               "https://contoso.com:443:443/",
                               "https://contoso.com\\@evil.example/",
                               "https://contoso.com/a b",
                               "https://contoso.com/#f",
                               "https://contoso%2ecom/",
                               "https://c\xc3\xb6ntoso.com/",
                               "https://contoso.com/\r\nX: y",
                               "https://[::1/",
                               "https://[contoso]/",
                               "https://con[toso]:1/",
                               "https://contoso.com;x/",
                               "https://0x7f.1/",
                               "https://2852039166/",
                               "https://0251.0376.169.254/",
                               "https://169.254.43518/",
                               "https://169.254.169.256/",
                               "https://1.2.3.4./",
                               "https://contoso.0xa/"};
    for (const char* text : bad) {
        CAPTURE(text);
        CHECK_FALSE(parse_url(text));
        CHECK(redacted(text) == "(unreadable URL)");
    }
}

TEST_CASE("a redacted URL keeps scheme and host and path alone") {
    CHECK(redacted("https://u:p@graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=secret") ==
          "https://graph.microsoft.com/beta/auditLogs/signIns");
    CHECK(redacted("https://contoso.example:8443?x=1") == "https://contoso.example:8443/");
}

TEST_CASE("percent encoding leaves the unreserved alone") {
    CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(percent_encode("a b&c=d/\xc3\xa9'%") == "a%20b%26c%3Dd%2F%C3%A9%27%25");
    CHECK(form_encode({{"$filter", "x eq 'y'"}, {"$top", "1000"}, {"empty", ""}}) ==
          "$filter=x%20eq%20%27y%27&$top=1000&empty=");
    CHECK(form_encode({}).empty());
}

TEST_CASE("an opaque link is only repaired where it is illegal") {
    const std::string legal =
        "https://graph.microsoft.com/v1.0/users?$filter=a%20eq%2fb&$skiptoken=x:y/?@!$'()*+,;=[]~";
    CHECK(encode_illegal(legal) == legal);
    CHECK(encode_illegal("https://h/a b\"<>\\^`{|}\xc3\xa9\r\n") ==
          "https://h/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9%0D%0A");
    CHECK(encode_illegal("100%") == "100%25");
    CHECK(encode_illegal("%4") == "%254");
    CHECK(encode_illegal("%zz%41") == "%25zz%41");
    CHECK(encode_illegal("%41") == "%41");
}

namespace {
const std::string k_first = "https://graph.microsoft.com/beta/auditLogs/signIns?$top=1000";

std::string why_refused(const std::string& link) {
    const auto followed = follow_link(k_first, link);
    return followed ? "" : followed.error().message;
}
}  // namespace

TEST_CASE("a next link on the same endpoint is followed byte for byte") {
    const std::string link =
        "https://graph.microsoft.com/beta/auditLogs/signIns?$filter=x%20eq%201&$skiptoken=9f%3d";
    CHECK(follow_link(k_first, link).value() == link);
    CHECK(follow_link(k_first, "HTTPS://GRAPH.microsoft.com:443/beta/x").value() ==
          "HTTPS://GRAPH.microsoft.com:443/beta/x");
    CHECK(follow_link(k_first, "https://graph.microsoft.com/beta/a?$filter=b eq 'c'").value() ==
          "https://graph.microsoft.com/beta/a?$filter=b%20eq%20'c'");
}

TEST_CASE("a next link that leaves the endpoint is refused and says why") {
    const std::pair<const char*, const char*> cases[] = {
        {"https://evil.example/beta/x", "another host, evil.example"},
        {"https://graph.microsoft.com.evil.example/beta/x", "another host"},
        {"https://graph.microsoft.com./beta/x", "another host, graph.microsoft.com."},
        {"https://graph-microsoft.com/beta/x", "another host"},
        {"https://xgraph.microsoft.com/beta/x", "another host"},
        {"http://graph.microsoft.com/beta/x", "it is http, not https"},
        {"ftp://graph.microsoft.com/beta/x", "it is ftp, not https"},
        {"https://graph.microsoft.com@evil.example/beta/x", "user name before its host evil"},
        {"https://user@graph.microsoft.com/beta/x", "user name before its host"},
        {"https://@graph.microsoft.com/beta/x", "user name before its host"},
        {"https://graph.microsoft.com:8443/beta/x", "another port, 8443"},
        {"https://graph.microsoft.com/v1.0/x", "it leaves /beta for /v1.0"},
        {"https://graph.microsoft.com/Beta/x", "it leaves /beta for /Beta"},
        {"https://graph.microsoft.com//beta/x", "it leaves /beta for /"},
        {"https://graph.microsoft.com", "it leaves /beta for /"},
        {"https://graph.microsoft.com/beta/../v1.0/x", "dot segments"},
        {"https://graph.microsoft.com/beta/%2E%2e/v1.0/x", "dot segments"},
        {"https://graph.microsoft.com/beta/.%2e", "dot segments"},
        {"https://graph.microsoft.com\\.evil.example/beta/x", "not an absolute URL"},
        {"https://graph.microsoft.com\r\n/beta/x", "not an absolute URL"},
        {"https://gr\xd0\xb0ph.microsoft.com/beta/x", "not an absolute URL"},
        {"/beta/auditLogs/signIns?x", "not an absolute URL"},
        {"", "not an absolute URL"},
    };
    for (const auto& [link, why] : cases) {
        CAPTURE(link);
        const std::string message = why_refused(link);
        CHECK(message.find(why) != std::string::npos);
        CHECK(message.find('?') == std::string::npos);
        CHECK(message.find('\n') == std::string::npos);
    }
}

TEST_CASE("the guard lets a walk pass and refuses a circle") {
    NextLinkGuard guard(k_first);
    const std::string a = "https://graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=a";
    const std::string b = "https://graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=b";
    CHECK(guard.next(a).value() == a);
    CHECK(guard.next(b).value() == b);
    CHECK(guard.pages() == 3);
    for (const std::string& link : {a, b, k_first}) {
        const auto again = guard.next(link);
        REQUIRE_FALSE(again);
        CHECK(again.error().code == Errc::service);
        CHECK(again.error().message ==
              "https://graph.microsoft.com/beta/auditLogs/signIns: the link to the next page leads "
              "back to a page already read (after 3 pages); stopped here, the rows are partial");
    }
    CHECK_FALSE(guard.next("https://evil.example/beta/x"));
}

TEST_CASE("the guard ends a walk without end at its page limit") {
    NextLinkGuard guard(k_first, 5);
    int pages = 1;
    while (guard.next(k_first + "&$skiptoken=" + std::to_string(pages))) ++pages;
    CHECK(pages == 5);
}

TEST_CASE("a service that moves its clients is followed to hosts below its own and no further") {
    const std::string base = "https://outlook.office365.com/adminapi/beta/t/InvokeCommand";
    const auto follow = [&](const std::string& link) {
        return follow_link(base, link, LinkHosts::same_or_below);
    };
    const std::string below = "https://eur01.outlook.office365.com/adminapi/beta/t/x?$skiptoken=1";
    CHECK(follow(below).value() == below);
    CHECK(follow(base + "?$skiptoken=1").has_value());
    CHECK_FALSE(follow_link(base, below));
    for (const char* link : {"https://eviloutlook.office365.com/adminapi/x",
                             "https://outlook.office365.com.evil.example/adminapi/x",
                             "https://office365.com/adminapi/x", "https://.evil.example/adminapi/x",
                             "http://eur01.outlook.office365.com/adminapi/x",
                             "https://eur01.outlook.office365.com:8443/adminapi/x",
                             "https://user@eur01.outlook.office365.com/adminapi/x",
                             "https://eur01.outlook.office365.com/owa/x"}) {
        CAPTURE(link);
        CHECK_FALSE(follow(link));
    }
}
