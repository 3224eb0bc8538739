#include "auth/clouds.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

using namespace smtpaudit;

namespace {

std::string cloud_or_error(std::optional<std::string_view> name,
                           std::optional<std::string_view> authority) {
    const auto cloud = choose_cloud(name, authority);
    if (cloud) return std::string((*cloud)->name);
    CHECK(cloud.error().code == Errc::usage);
    return "error: " + cloud.error().message;
}

}  // namespace

TEST_CASE("without a choice the cloud is global") { CHECK(cloud_or_error({}, {}) == "global"); }

TEST_CASE("a cloud is found by name and by its authority") {
    struct Case {
        std::optional<std::string_view> name, authority;
        std::string_view expected;
    };
    const Case cases[] = {
        {"global", {}, "global"},
        {"gcc-high", {}, "gcc-high"},
        {"dod", {}, "dod"},
        {"china", {}, "china"},
        {{}, "login.microsoftonline.com", "global"},
        {{}, "https://login.microsoftonline.com/", "global"},
        {{}, "HTTPS://Login.MicrosoftOnline.com", "global"},
        {{}, "https://login.partner.microsoftonline.cn", "china"},
        {{}, "https://login.chinacloudapi.cn/", "china"},
        {"dod", "https://login.microsoftonline.us", "dod"},
        {"gcc-high", "login.microsoftonline.us", "gcc-high"},
    };
    for (const Case& one : cases) CHECK(cloud_or_error(one.name, one.authority) == one.expected);
}

TEST_CASE("an authority outside the table is refused and the known ones are named") {
    for (const std::string_view authority :
         {"https://login.contoso.com", "http://login.microsoftonline.com",
          "https://login.microsoftonline.com:8443", "https://login.microsoftonline.com/evil",
          "https://user@login.microsoftonline.com",
          "https://login.microsoftonline.com.evil.example", "login.microsoftonline.com.", "",
          "https://", "//login.microsoftonline.com"}) {
        const std::string message = cloud_or_error({}, authority);
        INFO(authority);
        CHECK(message.find("is not one of Microsoft's that we know") != std::string::npos);
        CHECK(message.find("login.microsoftonline.us") != std::string::npos);
        CHECK(message.find("login.partner.microsoftonline.cn") != std::string::npos);
    }
    CHECK(cloud_or_error("global", "https://login.contoso.com").starts_with("error: "));
}

TEST_CASE("an authority of two clouds needs the cloud's name") {
    CHECK(cloud_or_error({}, "login.microsoftonline.us") ==
          "error: login.microsoftonline.us serves two clouds; add --cloud gcc-high or --cloud dod");
}

TEST_CASE("a cloud and an authority that disagree are refused") {
    CHECK(
        cloud_or_error("global", "login.microsoftonline.us") ==
        "error: --cloud global signs in at login.microsoftonline.com, but the sign-in host is set "
        "to login.microsoftonline.us; drop one of the two");
}

TEST_CASE("an unknown cloud names the known ones") {
    CHECK(cloud_or_error("gcc", {}) ==
          "error: no cloud is called \"gcc\"; use one of global, gcc-high, dod, china");
}

TEST_CASE("every cloud has an authority and services whose tokens are for that service alone") {
    std::set<std::string_view> names, hosts;
    for (const Cloud& cloud : all_clouds()) {
        CHECK(names.insert(cloud.name).second);
        CHECK_FALSE(cloud.help.empty());
        CHECK_FALSE(cloud.authority.empty());
        CHECK(cloud.services().size() >= 2);
        for (const CloudService& service : cloud.services()) {
            CHECK(hosts.insert(service.host).second);
            CHECK(service.resource.starts_with("https://"));
            CHECK_FALSE(service.resource.ends_with('/'));
        }
        CHECK(cloud.graph.base_url() == cloud.graph.resource);
    }
}

TEST_CASE("a tenant is a domain or a GUID") {
    for (const std::string_view good : {"contoso.onmicrosoft.com", "contoso.com", "a-b.example",
                                        "CONTOSO.com", "11111111-2222-3333-4444-55555555ABCD"})
        CHECK(check_tenant(good));
    for (const std::string_view bad :
         {"", "contoso", "contoso.com/evil", "contoso.com?x", "../common", "contoso.com#",
          "a b.com", "contoso..com", ".com", "contoso.com.", "-a.com", "a-.com", "contoso.com\n",
          "11111111-2222-3333-4444-55555555555", "cont\xC3\xB6so.com", "%2e%2e.com"}) {
        INFO(bad);
        const auto checked = check_tenant(bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == Errc::usage);
    }
    CHECK(check_tenant("a." + std::string(63, 'b') + ".com"));
    CHECK_FALSE(check_tenant("a." + std::string(64, 'b') + ".com"));
}

TEST_CASE("a tenant that stands for any tenant is refused") {
    for (const std::string_view any : {"common", "organizations", "consumers", "Common"}) {
        const auto checked = check_tenant(any);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().message.find("name the one to audit") != std::string::npos);
    }
}

TEST_CASE("a client id is a GUID") {
    CHECK(check_client_id("11111111-2222-3333-4444-555555555555"));
    for (const std::string_view bad : {"", "smtpaudit", "{11111111-2222-3333-4444-555555555555}",
                                       "11111111-2222-3333-4444-55555555555g"}) {
        const auto checked = check_client_id(bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == Errc::usage);
    }
}
