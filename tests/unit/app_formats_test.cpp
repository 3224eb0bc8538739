// --redact and the inventory through the whole program.
#include "base/text.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <sys/stat.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;

namespace {

const std::string k_report =
    "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
    "message_count,message_id\n"
    "2026-11-20T10:00:00Z,quokka-scan,zanzibar.example,Basic,203.0.113.7,TLS1.2,x,5,<a>\n"
    "2026-11-22T10:00:00Z,quokka-scan,zanzibar.example,Basic,203.0.113.65,TLS1.0,x,7,<b>\n"
    "2026-11-22T11:00:00Z,walrus,zanzibar.example,OAuth,2001:db8:1:2::77,TLS1.3,x,3,<c>\n";
const std::string k_inventory =
    "match,name,class,owner,site\n"
    "203.0.113.7,Xylophone,scanner,Umbrella team,Wharf\n"
    "203.0.113.64/29,Yonder,alert,Umbrella team,\n"
    "quokka-scan@zanzibar.example,,scanner,Vault keepers,\n";

struct NamedWorld : FakeWorld {
    NamedWorld() {
        files.contents["yarrow/north.csv"] = k_report;
        files.contents["yarrow-inventory.csv"] = k_inventory;
    }
    int rank(std::vector<std::string> more) {
        std::vector<std::string> args = {"rank", "yarrow/north.csv", "--inventory",
                                         "yarrow-inventory.csv"};
        args.insert(args.end(), more.begin(), more.end());
        return run(args);
    }
};

// A file of this machine, because the rights of a key are asked of the real one.
class KeyFile {
public:
    KeyFile(const std::string& content, mode_t mode)
        : path_(std::filesystem::temp_directory_path() /
                ("smtpaudit-key-" + std::to_string(::getpid()))) {
        std::ofstream(path_) << content;
        ::chmod(path_.c_str(), mode);
    }
    ~KeyFile() { std::filesystem::remove(path_); }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("redact leaves no name in any output of a run") {
    NamedWorld world;
    std::vector<std::string> args = {"--redact", "--top", "0"};
    for (const Writer& writer : all_writers()) {
        args.emplace_back("--out");
        args.push_back(std::string(writer.name) + "=out." + std::string(writer.name));
    }
    REQUIRE(world.rank(args) == 0);
    for (const Writer& writer : all_writers()) {
        const std::string text = fold_case(world.files.contents["out." + std::string(writer.name)]);
        REQUIRE_FALSE(text.empty());
        for (const char* name : {"quokka", "zanzibar", "walrus", "xylophone", "yonder", "umbrella",
                                 "wharf", "vault", "yarrow", "north", "203.0.113", "2001:db8"}) {
            INFO(writer.name << " " << name);
            CHECK(text.find(name) == std::string::npos);
        }
    }
    CHECK(world.err.text.find("zanzibar") == std::string::npos);
}

TEST_CASE("the inventory is matched before names are redacted") {
    NamedWorld world;
    REQUIRE(world.rank({"--redact", "--format", "json"}) == 0);
    const json run = json::parse(world.out.text);
    CHECK(run.at("accounts")[0].at("class").at("source") == "inventory");
    CHECK(run.at("accounts")[0].at("owner").get<std::string>().starts_with("owner-"));
    CHECK(run.at("devices")[0].at("name").get<std::string>().starts_with("name-"));
}

TEST_CASE("explain finds a pseudonym in a redacted run document") {
    NamedWorld world;
    REQUIRE(world.rank({"--redact", "--out", "json=run.json"}) == 0);
    const json run = json::parse(world.files.contents["run.json"]);
    const auto id = run.at("accounts")[0].at("id").get<std::string>();
    CHECK(world.run({"explain", id, "--from", "run.json"}) == 0);
    CHECK(world.out.text.starts_with(id));
    const auto device = run.at("devices")[0].at("id").get<std::string>();
    CHECK(world.run({"explain", device, "--from", "run.json"}) == 0);
}

TEST_CASE("a key file gives the same pseudonyms in every run") {
    const KeyFile key("0123456789abcdef0123456789abcdef\n", 0600);
    const auto ids = [](std::vector<std::string> args) {
        NamedWorld world;
        std::string all;
        // A second run of one world draws other random bytes.
        for (int i = 0; i < 2; ++i) {
            args.insert(args.end(), {"--format", "json"});
            REQUIRE(world.rank(args) == 0);
            all += json::parse(world.out.text).at("accounts")[0].at("id").get<std::string>() + " ";
            args.resize(args.size() - 2);
        }
        return all;
    };
    const std::string with_key = ids({"--redact-key", key.path()});
    CHECK(with_key.substr(0, with_key.find(' ')) + " " + with_key.substr(0, with_key.find(' ')) +
              " " ==
          with_key);
    CHECK(with_key == ids({"--redact", "--redact-key", key.path()}));
    const std::string without = ids({"--redact"});
    CHECK(without.substr(0, without.find(' ')) + " " + without.substr(0, without.find(' ')) + " " !=
          without);
}

TEST_CASE("a key that others can read or that is too short is refused") {
    NamedWorld world;
    {
        const KeyFile key("0123456789abcdef0123456789abcdef\n", 0644);
        CHECK(world.rank({"--redact-key", key.path(), "--out", "json=run.json"}) == 2);
        CHECK(world.err.text.find("chmod 600") != std::string::npos);
        CHECK(world.files.contents.count("run.json") == 0);
    }
    const KeyFile key("short", 0600);
    CHECK(world.rank({"--redact-key", key.path()}) == 2);
    CHECK(world.err.text.find("openssl rand") != std::string::npos);
}

TEST_CASE("an inventory is found named given back and kept") {
    NamedWorld world;
    auto& files = world.files.contents;
    REQUIRE(world.run({"rank", "yarrow/north.csv", "--out", "inventory=one.csv"}) == 0);
    CHECK(files["one.csv"] ==
          "match,name,class,owner,site\r\n203.0.113.65,,,,\r\n203.0.113.7,,,,\r\n"
          "2001:db8:1:2::/64,,,,\r\n");
    const std::string named =
        "match,name,class,owner,site\r\n203.0.113.65,=UPS,alert,\"Power, east\",\r\n"
        "203.0.113.7,,,,\r\n2001:db8:1:2::/64,Web server,app,,Hall\r\n";
    files["named.csv"] = named;
    const auto again = [&](const char* from, const std::string& to) {
        return world.run({"rank", "yarrow/north.csv", "--inventory", from, "--out",
                          "inventory=" + to, "--out", "json=run.json"});
    };
    REQUIRE(again("named.csv", "two.csv") == 0);
    const auto names_now = [&] {
        std::vector<std::string> names;
        const json run = json::parse(files["run.json"]);
        for (const json& device : run.at("devices")) names.push_back(device.at("name"));
        std::sort(names.begin(), names.end());
        return names;
    };
    const std::vector<std::string> names = names_now();
    CHECK(names == std::vector<std::string>{"203.0.113.7", "=UPS", "Web server"});
    const std::string two = files["two.csv"];
    CHECK(two.find("203.0.113.65,'=UPS,alert,\"Power, east\",\r\n") != std::string::npos);
    REQUIRE(again("two.csv", "three.csv") == 0);
    CHECK(files["three.csv"] == two);
    CHECK(names_now() == names);
}
