// The fleet that the fake tenant describes comes out right: every device by its address, with its
// class, its marks, its accounts and how sure the links are; from a live scan, and from files.
#include "fake_tenant/fake_tenant.hpp"
#include "fake_tenant/historical_search.hpp"
#include "fake_tenant/sign_ins.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace smtpaudit;
using nlohmann::json;

namespace {

constexpr const char* k_now = "2026-11-22T10:00:00Z";

fake::TenantSpec tenant_of(const std::string& file) {
    std::ifstream in(SMTPAUDIT_SOURCE_DIR "/tests/fake_tenant/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    auto spec = fake::parse_tenant(text.str(), file);
    REQUIRE(spec);
    spec->sign_ins.end = parse_iso_instant(k_now)->at;
    return *spec;
}

struct FleetWorld : test::FakeWorld {
    fake::TenantSpec spec;

    explicit FleetWorld(const std::string& file) : test::FakeWorld(k_now), spec(tenant_of(file)) {
        const UtcTime now = parse_iso_instant(k_now)->at;
        std::size_t rows = 0;
        files.contents["report.csv"] = fake::as_utf16(fake::smtp_cs_report(
            spec, now, now - std::chrono::days(spec.sign_ins.days), now, rows));
        REQUIRE(rows > 1000);
    }
    json document(std::vector<std::string> args) {
        args.insert(args.end(), {"report.csv", "--format", "json"});
        const int code = run(args);
        INFO(err.text);
        REQUIRE(code == 0);
        return json::parse(out.text);
    }
    json from_files() {
        fake::SignInFileOptions options;
        options.shape = fake::SignInFile::json_lines;
        files.contents["sign-ins"] = fake::signins_as_json(spec, options);
        return document({"rank", "sign-ins"});
    }
    json from_a_scan() {
        fake::Options options;
        options.now = parse_iso_instant(k_now)->at;
        options.throttle.enabled = false;  // the program's clock is a fake one
        fake::FakeTenant tenant(spec, std::move(options));
        environment = {{"AZURE_TENANT_ID", "contoso.onmicrosoft.com"},
                       {"AZURE_CLIENT_ID", "a0a0a0a0-1111-4222-8333-555555555555"},
                       {"AZURE_CLIENT_SECRET", "contoso-demo-secret"}};
        make_http = [&tenant](CurlSettings settings) {
            settings.ca_blob = tenant.ca_pem();
            settings.connect_to = {tenant.connect_to()};
            return real_network(std::move(settings));
        };
        // The days of the files, so that a class by the days on which something sends is the same.
        return document({"scan", "--sources", "sign_ins,users,organization", "--window",
                         std::to_string(spec.sign_ins.days)});
    }
};

// The marks that come of links; others say something else.
std::set<std::string> link_marks_of(const json& row) {
    static const std::set<std::string> k_marks = {"nat_suspected", "relay_suspected",
                                                  "shared_password", "changing_address",
                                                  "roaming_suspected"};
    std::set<std::string> marks;
    for (const std::string mark : row.at("marks"))
        if (k_marks.contains(mark)) marks.insert(mark);
    return marks;
}

void check(const json& rows, const std::vector<fake::KnownSubject>& known, bool may_have_more) {
    std::map<std::string, json> by_id;
    for (const json& row : rows) by_id.emplace(row.at("id").get<std::string>(), row);
    for (const fake::KnownSubject& subject : known) {
        INFO(subject.id);
        REQUIRE(by_id.contains(subject.id));
        const json& row = by_id.at(subject.id);
        CHECK(row.at("class").at("name") == subject.kind);
        CHECK(link_marks_of(row) ==
              std::set<std::string>(subject.marks.begin(), subject.marks.end()));
        const std::vector<std::string> linked = row.at("linked");
        CHECK(std::set<std::string>(linked.begin(), linked.end()) ==
              std::set<std::string>(subject.linked.begin(), subject.linked.end()));
        CHECK(row.at("links").size() == linked.size());
        for (std::size_t i = 0; i < row.at("links").size(); ++i) {
            const json& link = row.at("links")[i];
            CHECK(link.at("id") == linked[i]);
            if (!subject.confidence.empty()) CHECK(link.at("confidence") == subject.confidence);
        }
        by_id.erase(subject.id);
    }
    if (may_have_more) return;
    for (const auto& [id, row] : by_id) FAIL_CHECK("not in the tenant's description: " << id);
}

// A live scan lists mailboxes too that were never seen to send.
void check_fleet(const json& document, const fake::FleetSpec& fleet, bool may_have_more) {
    REQUIRE(fleet.devices.size() > 10);
    REQUIRE(fleet.accounts.size() > 10);
    check(document.at("devices"), fleet.devices, false);
    check(document.at("accounts"), fleet.accounts, may_have_more);
}

}  // namespace

TEST_CASE("the known fleet of the small tenant comes right out of files") {
    FleetWorld world("contoso.json");
    check_fleet(world.from_files(), world.spec.fleet, false);
}

TEST_CASE("the known fleet of the small tenant comes right out of a scan") {
    FleetWorld world("contoso.json");
    check_fleet(world.from_a_scan(), world.spec.fleet, true);
}

TEST_CASE("a fleet with a router and a relay comes right out of files") {
    FleetWorld world("fleet.json");
    check_fleet(world.from_files(), world.spec.fleet, false);
}

TEST_CASE("a fleet with a router and a relay comes right out of a scan") {
    FleetWorld world("fleet.json");
    check_fleet(world.from_a_scan(), world.spec.fleet, true);
}
