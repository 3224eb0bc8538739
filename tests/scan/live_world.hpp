// The whole program in process, with the real network client, under the production URLs, against
// the fake tenant contoso.
#pragma once

#include "fake_tenant/fake_tenant.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace smtpaudit::test {

inline constexpr const char* k_now = "2026-11-22T10:00:00Z";
// What an application with the first two tiers of permissions may read.
inline constexpr const char* k_core = "sign_ins,users,organization";
inline constexpr const char* k_client = "a0a0a0a0-1111-4222-8333-555555555555";

inline fake::TenantSpec contoso() {
    std::ifstream file(SMTPAUDIT_SOURCE_DIR "/tests/fake_tenant/contoso.json");
    std::ostringstream text;
    text << file.rdbuf();
    auto spec = fake::parse_tenant(text.str(), "contoso.json");
    REQUIRE(spec);
    spec->sign_ins.days = 7;
    spec->sign_ins.end = parse_iso_instant(k_now)->at;
    return *spec;
}

inline fake::Options services() {
    fake::Options options;
    options.now = parse_iso_instant(k_now)->at;
    options.throttle.enabled = false;  // the program's clock is a fake one: its waits cost nothing
    return options;
}

struct LiveWorld : FakeWorld {
    fake::TenantSpec spec;
    fake::FakeTenant tenant;

    explicit LiveWorld(fake::Options options = services(), fake::TenantSpec described = contoso())
        : FakeWorld(k_now), spec(std::move(described)), tenant(spec, std::move(options)) {
        environment = {{"AZURE_TENANT_ID", "contoso.onmicrosoft.com"},
                       {"AZURE_CLIENT_ID", k_client},
                       {"AZURE_CLIENT_SECRET", "contoso-demo-secret"}};
        make_http = [this](CurlSettings settings) {
            settings.ca_blob = tenant.ca_pem();
            settings.connect_to = {tenant.connect_to()};
            return real_network(std::move(settings));
        };
    }
    nlohmann::json document(std::vector<std::string> args) {
        args.insert(args.end(), {"--format", "json"});
        const int code = run(args);
        INFO(err.text);
        REQUIRE(code == 0);
        return nlohmann::json::parse(out.text);
    }
    void add_file(const std::string& name, fake::SignInFile shape) {
        fake::SignInFileOptions options;
        options.shape = shape;
        files.contents[name] = fake::signins_as_json(spec, options);
    }
};

}  // namespace smtpaudit::test
