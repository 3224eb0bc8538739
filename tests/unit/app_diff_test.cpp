#include "support/catch.hpp"
#include "support/world.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;

namespace {

const std::string k_header =
    "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
    "message_count,message_id\n";

std::string message(const std::string& day, const std::string& name, const std::string& method,
                    const std::string& ip, int count) {
    return day + "T10:00:00Z," + name + ",contoso.com," + method + "," + ip + ",TLS1.2,x," +
           std::to_string(count) + ",<" + day + name + method + ">\n";
}

std::string days(const std::string& name, const std::string& ip, int count) {
    std::string text;
    for (int day = 1; day <= 31; ++day)
        text += message("2026-10-" + std::string(day < 10 ? "0" : "") + std::to_string(day), name,
                        "Basic", ip, count);
    return text;
}

struct DiffWorld : FakeWorld {
    DiffWorld() {
        files.contents["old.csv"] = k_header + days("scan", "203.0.113.7", 5);
        files.contents["new.csv"] =
            files.contents["old.csv"] + message("2026-11-20", "fax", "Basic", "203.0.113.9", 70);
        REQUIRE(run({"rank", "old.csv", "--format", "json", "-o", "old.json", "--now",
                     "2026-11-01"}) == 0);
        REQUIRE(run({"rank", "new.csv", "--format", "json", "-o", "new.json"}) == 0);
    }
};

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("diff names what is new on the terminal and in every format") {
    DiffWorld world;
    REQUIRE(world.run({"diff", "old.json", "new.json"}) == 0);
    CHECK(has(world.out.text, "NEW (2)"));
    CHECK(has(world.out.text, "fax@contoso.com"));
    CHECK(has(world.out.text, "203.0.113.9"));
    REQUIRE(world.run({"diff", "old.json", "new.json", "--format", "json"}) == 0);
    const json diff = json::parse(world.out.text);
    CHECK(diff.at("counts").at("new") == 2);
    CHECK(diff.at("new_findings") == 2);
    CHECK(diff.at("changes")[0].at("change") == "new");
    CHECK(diff.at("changes")[0].at("old").is_null());
    CHECK(diff.at("changes")[0].at("new").at("status") == "active_basic");
    REQUIRE(world.run({"diff", "old.json", "new.json", "--format", "csv"}) == 0);
    CHECK(world.out.text.starts_with("change,also,kind,id,name,finding,"));
    CHECK(has(world.out.text, "new,,account,fax@contoso.com,,yes,"));
    REQUIRE(world.run({"diff", "old.json", "new.json", "--format", "markdown", "-o", "d.md"}) == 0);
    CHECK(world.out.text.empty());
    CHECK(has(world.files.contents["d.md"], "### NEW (2)"));
}

TEST_CASE("diff ends with 1 for something new only under --fail-on-new") {
    DiffWorld world;
    CHECK(world.run({"diff", "old.json", "new.json", "--fail-on-new"}) == 1);
    CHECK(has(world.err.text, "gate: 2 new"));
    CHECK(world.run({"diff", "old.json", "old.json", "--fail-on-new"}) == 0);
    world.files.contents["accept.toml"] =
        "[[accept]]\nid=\"fax@contoso.com\"\nreason=\"x\"\nuntil=2027-01-31\n"
        "[[accept]]\nid=\"203.0.113.9\"\nreason=\"x\"\nuntil=2027-01-31\n";
    CHECK(world.run({"diff", "old.json", "new.json", "--fail-on-new", "--accept", "accept.toml"}) ==
          0);
}

TEST_CASE("diff refuses anything but two run documents") {
    DiffWorld world;
    CHECK(world.run({"diff", "old.json"}) == 2);
    CHECK(world.run({"diff", "old.json", "gone.json"}) == 2);
    CHECK(has(world.err.text, "gone.json"));
    CHECK(world.run({"diff", "old.json", "old.csv"}) == 2);
    CHECK(has(world.err.text, "old.csv:1:1: not valid JSON"));
    CHECK(world.run({"diff", "old.json", "new.json", "--format", "html"}) == 2);
    CHECK(has(world.err.text, "none of table, csv, json, markdown"));
    CHECK(world.out.text.empty());
}

TEST_CASE("a baseline counts what is new and the gate trips only when told to") {
    DiffWorld world;
    REQUIRE(world.run({"rank", "new.csv", "--baseline", "old.json", "--format", "json"}) == 0);
    const json gate = json::parse(world.out.text).at("gate");
    CHECK(gate.at("new") == 2);
    CHECK(gate.at("tripped") == false);
    REQUIRE(world.run({"rank", "new.csv", "--baseline", "old.json", "--fail-on-new", "--format",
                       "json"}) == 1);
    CHECK(json::parse(world.out.text).at("gate").at("tripped") == true);
    CHECK(has(world.err.text, "gate: 2 new under --fail-on-new"));
    CHECK(world.run({"rank", "old.csv", "--baseline", "old.json", "--fail-on-new"}) == 0);
    CHECK(world.run({"rank", "old.csv", "--baseline", "old.json", "--fail-on-new", "--fail-on",
                     "low"}) == 1);
}

TEST_CASE("a baseline that is missing or is none ends with 2 and nothing is written") {
    DiffWorld world;
    CHECK(world.run({"rank", "new.csv", "--baseline", "gone.json"}) == 2);
    CHECK(world.out.text.empty());
    CHECK(world.run({"rank", "new.csv", "--baseline", "old.csv"}) == 2);
    CHECK(world.run({"rank", "new.csv", "--fail-on-new"}) == 2);
    CHECK(has(world.err.text, "--baseline"));
}
