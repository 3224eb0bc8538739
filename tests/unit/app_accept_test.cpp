#include "app/accept_file.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;

namespace {

const std::string k_good =
    "[[accept]]\nid = \"Scan@contoso.com\"\nreason = \"new firmware in January\"\n"
    "owner = \"print-services\"\nuntil = 2027-01-31\n";

std::string error_of(const std::string& text) {
    test::FakeFiles files;
    files.contents["accept.toml"] = text;
    const auto read = read_accept_file(files, "accept.toml");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::input);
    CHECK(read.error().message.find('\n') == std::string::npos);
    return read.error().message;
}

struct AcceptWorld : FakeWorld {
    AcceptWorld() {
        files.contents["report.csv"] =
            "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
            "message_count,message_id\n"
            "2026-11-22T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,TLS1.0,x,70,<a>\n"
            "2026-11-22T10:00:00Z,erp,contoso.com,OAuth,203.0.113.8,TLS1.2,x,7,<b>\n";
    }
    json run_json(std::vector<std::string> more, int code = 0) {
        std::vector<std::string> args = {"rank", "report.csv", "--format", "json"};
        args.insert(args.end(), more.begin(), more.end());
        REQUIRE(run(args) == code);
        return json::parse(out.text);
    }
};

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an accept file gives id and reason and owner and the last day") {
    test::FakeFiles files;
    files.contents["accept.toml"] = k_good +
                                    "[[accept]]\nid=\"203.0.113.7\"\nreason=\"x\"\n"
                                    "until=2026-12-01\n";
    const auto list = read_accept_file(files, "accept.toml");
    REQUIRE(list);
    REQUIRE(list->entries.size() == 2);
    CHECK(list->entries[0].id == "Scan@contoso.com");
    CHECK(list->entries[0].reason == "new firmware in January");
    CHECK(list->entries[0].owner == "print-services");
    CHECK(format_day(list->entries[0].until) == "2027-01-31");
    CHECK(list->entries[0].place == "accept.toml:1:1");
    CHECK(list->entries[1].owner.empty());
}

TEST_CASE("what is wrong in an accept file is said with its line and column") {
    CHECK(has(error_of("[[accept]]\nid=\"a\"\nuntil=2027-01-31\n"),
              "accept.toml:1:1: \"reason\" is missing"));
    CHECK(has(error_of("[[accept]]\nid=\"a\"\nreason=\"x\"\n"), "\"until\" is missing"));
    CHECK(has(error_of("[[accept]]\nreason=\"x\"\nuntil=2027-01-31\n"), "\"id\" is missing"));
    CHECK(has(error_of("[[accept]]\nid=\"a\"\nreason=\" \"\nuntil=2027-01-31\n"),
              "accept.toml:3:8: \"reason\" is empty"));
    CHECK(has(error_of("[[accept]]\nid=\"a\"\nreason=\"x\"\nuntil=\"2027-01-31\"\n"),
              "accept.toml:4:7: \"until\" is no date; write it without quotes"));
    CHECK(has(error_of("[[accept]]\nid=7\nreason=\"x\"\nuntil=2027-01-31\n"),
              "accept.toml:2:4: \"id\" is no text"));
    CHECK(has(error_of(k_good + "untill = 2027-01-31\n"),
              "accept.toml:6:1: there is no key \"untill\""));
    CHECK(has(error_of("accepted = 1\n"), "accept.toml:1:1: \"accepted\" does not belong here"));
    CHECK(has(error_of("accept = [1]\n"), "one entry is [[accept]]"));
    CHECK(has(error_of("[[accept]\n"), "is not valid TOML here"));
    CHECK(has(error_of(k_good + "[[accept]]\nid = \"scan@CONTOSO.com\"\nreason=\"x\"\n"
                                "until=2027-02-28\n"),
              "accept.toml:6:1: its id is accepted at accept.toml:1:1 already"));
}

TEST_CASE("a missing accept file ends with 2 before anything is ranked") {
    AcceptWorld world;
    CHECK(world.run({"rank", "report.csv", "--accept", "gone.toml"}) == 2);
    CHECK(world.out.text.empty());
    CHECK(has(world.err.text, "gone.toml"));
}

TEST_CASE("an accepted row stays in the report and trips no gate") {
    AcceptWorld world;
    world.files.contents["accept.toml"] = k_good;
    const json before = world.run_json({"--fail-on", "high", "--only", "accounts"}, 1);
    CHECK(before.at("accepted").empty());
    // The device behind it is a finding of its own.
    CHECK(world.run_json({"--fail-on", "high", "--accept", "accept.toml"}, 1)
              .at("gate")
              .at("tripped") == true);
    world.files.contents["accept.toml"] +=
        "[[accept]]\nid=\"203.0.113.7\"\nreason=\"the same\"\nuntil=2027-01-31\n";
    const json run = world.run_json({"--fail-on", "high", "--accept", "accept.toml"});
    CHECK(run.at("gate").at("tripped") == false);
    CHECK(run.at("accepted") == json::array({"scan@contoso.com", "203.0.113.7"}));
    CHECK(run.at("summary").at("accounts") == 2);
    const json& row = run.at("accounts")[0];
    CHECK(row.at("accepted") == json({{"reason", "new firmware in January"},
                                      {"owner", "print-services"},
                                      {"until", "2027-01-31"}}));
    CHECK(has(run.at("notes").dump(), "accept.toml: 2 of the rows are accepted"));
    CHECK(run.at("accounts")[0].at("priority") == before.at("accounts")[0].at("priority"));
    REQUIRE(world.run({"rank", "report.csv", "--accept", "accept.toml"}) == 0);
    CHECK(has(world.out.text, "accepted until"));
    REQUIRE(world.run({"rank", "report.csv", "--accept", "accept.toml", "--format", "csv"}) == 0);
    CHECK(has(world.out.text, ",2027-01-31,"));
}

TEST_CASE("a finding is accepted on its last day and is back with a note on the next") {
    AcceptWorld world;
    world.files.contents["accept.toml"] =
        "[[accept]]\nid=\"scan@contoso.com\"\nreason=\"firmware\"\nuntil=2026-11-23\n";
    const json last = world.run_json({"--accept", "accept.toml", "--now", "2026-11-23T23:59:59Z"});
    CHECK(last.at("accounts")[0].at("accepted").is_object());
    const json after =
        world.run_json({"--accept", "accept.toml", "--now", "2026-11-24", "--fail-on", "high"}, 1);
    CHECK(after.at("accounts")[0].at("accepted").is_null());
    CHECK(has(after.at("accounts")[0].at("notes").dump(),
              "was accepted until 2026-11-23, which has passed"));
    CHECK(has(after.at("notes").dump(), "of 1 the date has passed"));
}

TEST_CASE("an entry that names no row is said by its place") {
    AcceptWorld world;
    world.files.contents["accept.toml"] =
        k_good + "[[accept]]\nid=\"gone@contoso.com\"\nreason=\"x\"\nuntil=2027-01-31\n";
    REQUIRE(world.run({"rank", "report.csv", "--accept", "accept.toml"}) == 0);
    CHECK(has(world.err.text, "accept.toml:6:1: no row of this run has this id"));
    CHECK_FALSE(has(world.err.text, "gone@contoso.com"));
}

TEST_CASE("an address in an accept file means the device that holds it") {
    CHECK(accept_key("2001:db8:1:2::5") == "2001:db8:1:2::/64");
    CHECK(accept_key("::ffff:203.0.113.7") == "203.0.113.7");
    CHECK(accept_key(" SCAN@Contoso.com") == "scan@contoso.com");
}

TEST_CASE("an accept file decides anew for a run document") {
    AcceptWorld world;
    world.files.contents["accept.toml"] = k_good;
    REQUIRE(world.run({"rank", "report.csv", "--accept", "accept.toml", "--format", "json", "-o",
                       "run.json"}) == 0);
    REQUIRE(world.run({"rank", "run.json", "--format", "json"}) == 0);
    CHECK(json::parse(world.out.text).at("accepted") == json::array({"scan@contoso.com"}));
    world.files.contents["none.toml"] = "";
    REQUIRE(world.run({"rank", "run.json", "--format", "json", "--accept", "none.toml"}) == 0);
    CHECK(json::parse(world.out.text).at("accepted").empty());
}
