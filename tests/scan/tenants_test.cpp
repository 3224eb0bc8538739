// scan --all-tenants over real sockets: several fake tenants, each with its own authority, limits
// and credential, read side by side by one program.
#include "fake_tenant/fake_tenant.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace smtpaudit;
using nlohmann::json;

namespace {

constexpr const char* k_now = "2026-11-22T10:00:00Z";
constexpr const char* k_client = "a0a0a0a0-1111-4222-8333-555555555555";

fake::TenantSpec tenant_spec(std::size_t number) {
    std::ifstream file(SMTPAUDIT_SOURCE_DIR "/tests/fake_tenant/contoso.json");
    std::ostringstream text;
    text << file.rdbuf();
    json spec = json::parse(text.str());
    spec["id"] = fmt::format("c0c0c0c0-aaaa-4bbb-8ccc-{:012d}", number);
    spec["name"] = fmt::format("Contoso {}", number);
    spec["domains"] = {fmt::format("t{}.onmicrosoft.com", number), "contoso.com"};
    spec["apps"][0]["secrets"] = {fmt::format("secret-of-{}", number)};
    spec["sign_ins"]["days"] = 8 + number;
    spec["sign_ins"]["seed"] = 20260901 + number;
    auto parsed = fake::parse_tenant(spec.dump(), "contoso.json");
    REQUIRE(parsed);
    parsed->sign_ins.end = parse_iso_instant(k_now)->at;
    return *parsed;
}

struct ManyWorld : test::FakeWorld {
    std::vector<std::unique_ptr<fake::FakeTenant>> tenants;

    explicit ManyWorld(std::size_t count) : test::FakeWorld(k_now) {
        fake::Options options;
        options.now = parse_iso_instant(k_now)->at;
        options.throttle.enabled = false;  // the program's clock is a fake one
        std::string config = fmt::format("[sign-in]\nclient-id = \"{}\"\n", k_client);
        for (std::size_t i = 0; i < count; ++i) {
            tenants.push_back(std::make_unique<fake::FakeTenant>(tenant_spec(i), options));
            config += fmt::format(
                "[tenant.t{0}]\ntenant = \"t{0}.onmicrosoft.com\"\nca-bundle = \"{0}\"\n", i);
            environment[fmt::format("AZURE_CLIENT_SECRET_T{}", i)] = fmt::format("secret-of-{}", i);
        }
        files.contents["config.toml"] = config;
        make_http = [this](CurlSettings settings) {
            const fake::FakeTenant& tenant = *tenants.at(std::stoul(settings.ca_bundle));
            settings.ca_bundle.clear();
            settings.ca_blob = tenant.ca_pem();
            settings.connect_to = {tenant.connect_to()};
            return real_network(std::move(settings));
        };
    }
    json scan(const std::string& jobs, int code) {
        const int got = run({"scan", "--all-tenants", "--jobs", jobs, "--config", "config.toml",
                             "--window", "9", "--now", k_now, "--format", "json"});
        INFO(err.text);
        REQUIRE(got == code);
        return json::parse(out.text);
    }
};

}  // namespace

TEST_CASE("tenants that are read side by side are each what they are alone") {
    ManyWorld world(4);
    world.environment["AZURE_CLIENT_SECRET_T2"] = "wrong";
    const json all = world.scan("4", 3);
    CHECK(all.at("tenants")[2].at("state") == "failed");
    CHECK(all.at("tenants")[2].at("reason").get<std::string>().find("AADSTS7000215") !=
          std::string::npos);
    for (const std::size_t i : {0U, 1U, 3U}) {
        const std::string name = fmt::format("t{}", i);
        REQUIRE(world.run({"scan", "--tenant", name, "--config", "config.toml", "--window", "9",
                           "--now", k_now, "--format", "json"}) == 0);
        const json alone = json::parse(world.out.text);
        json joined = json::array();
        for (json row : all.at("accounts")) {
            if (row.at("tenant") != name) continue;
            row.erase("tenant");
            row["rank"] = joined.size() + 1;
            joined.push_back(row);
        }
        CHECK(joined.size() > 10);
        CHECK(joined == alone.at("accounts"));
        CHECK(all.at("tenants")[i].at("summary") == alone.at("summary"));
        // Nobody spoke to another's tenant.
        for (const fake::Record& record : world.tenants[i]->records())
            CHECK(record.violation.empty());
    }
}

TEST_CASE("side by side and one after another give the same rows") {
    ManyWorld world(3);
    const json one = world.scan("1", 0);
    const json three = world.scan("3", 0);
    CHECK(one.at("accounts") == three.at("accounts"));
    CHECK(one.at("devices") == three.at("devices"));
    CHECK(one.at("summary") == three.at("summary"));
    CHECK(one.at("run_id") == three.at("run_id"));
}
