#include "support/catch.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;
using test::FakeWorld;

namespace {

const std::string k_header =
    "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
    "message_count,message_id\n";

std::string message(const std::string& day, const std::string& name, const std::string& method,
                    const std::string& ip, int count, const std::string& id) {
    return day + "T10:00:00Z," + name + ",contoso.com," + method + "," + ip + ",TLS1.2,x," +
           std::to_string(count) + ",<" + id + ">\n";
}

struct ScannerWorld : FakeWorld {
    ScannerWorld() {
        files.contents["report.csv"] =
            k_header + message("2026-11-20", "scan", "Basic", "203.0.113.7", 5, "a") +
            message("2026-11-22", "Scan", "Basic", "203.0.113.7", 7, "b") +
            message("2026-11-22", "erp", "OAuth", "203.0.113.8", 3, "c");
    }
};

json document(FakeWorld& world, std::vector<std::string> args) {
    args.insert(args.end(), {"--format", "json"});
    REQUIRE(world.run(args) == 0);
    return json::parse(world.out.text);
}

}  // namespace

TEST_CASE("rank counts each account and device of a report once") {
    ScannerWorld world;
    const json run = document(world, {"rank", "report.csv"});
    CHECK(run.at("summary").at("messages").at("basic") == 12);
    CHECK(run.at("summary").at("messages").at("oauth") == 3);
    REQUIRE(run.at("accounts").size() == 2);
    const json& scan = run.at("accounts")[0];
    CHECK(scan.at("id") == "scan@contoso.com");
    CHECK(scan.at("status") == "active_basic");
    CHECK(scan.at("class").at("name") == "scanner");
    CHECK(scan.at("addresses") == json::array({"203.0.113.7"}));
    CHECK(scan.at("overdue_days") == 447);
    CHECK(scan.at("origins") == json::array({"report.csv:2", "report.csv:3"}));
    CHECK(run.at("accounts")[1].at("status") == "oauth_only");
    CHECK(run.at("accounts")[1].at("remedy").is_null());
    CHECK(run.at("window").at("covered_days") == 3);
    CHECK(run.at("devices").size() == 2);
    CHECK(run.at("cutoff").at("days_left") == -448);
    CHECK(run.at("cutoff").at("next").at("days_left") == 38);
}

TEST_CASE("settings exports stand beside the report") {
    ScannerWorld world;
    world.files.contents["cas.csv"] =
        "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\nscan@contoso.com,\n";
    world.files.contents["transport.json"] = "{\"SmtpClientAuthenticationDisabled\":false}";
    const json run = document(world, {"rank", "cas.csv", "report.csv", "transport.json"});
    CHECK(run.at("accounts").size() == 2);
    std::vector<std::string> sources;
    for (const json& row : run.at("coverage")) sources.push_back(row.at("source"));
    CHECK(std::count(sources.begin(), sources.end(), "cas_mailboxes") == 1);
    CHECK(std::count(sources.begin(), sources.end(), "transport_config") == 1);
    const std::string reason = run.at("coverage").back().at("reason");
    CHECK(reason.find("authentication policies") == 0);  // the switches are known now
}

namespace {

// A tenant whose settings are all read but Conditional Access and security defaults are not.
struct SettingsWorld : ScannerWorld {
    SettingsWorld() {
        files.contents["transport.csv"] = "SmtpClientAuthenticationDisabled\nTrue\n";
        files.contents["organization.csv"] =
            "DefaultAuthenticationPolicy,RejectDirectSend\n,False\n";
        files.contents["policies.csv"] = "Name,AllowBasicAuthSmtp\nBlock Basic,False\n";
        files.contents["cas.csv"] =
            "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"
            "scan@contoso.com,False\n"
            "erp@contoso.com,\n"
            "unused@contoso.com,False\n"
            "closed@contoso.com,True\n"
            "old@contoso.com,\n"
            "blocked@contoso.com,False\n";
        files.contents["user.csv"] =
            "UserPrincipalName,AuthenticationPolicy\n"
            "scan@contoso.com,\nerp@contoso.com,\nunused@contoso.com,\nclosed@contoso.com,\n"
            "old@contoso.com,\nblocked@contoso.com,Block Basic\n";
        files.contents["report.csv"] +=
            message("2026-11-01", "old", "Basic", "203.0.113.9", 1, "d") +
            message("2026-11-21", "blocked", "Basic", "203.0.113.9", 1, "e");
    }
    std::vector<std::string> args() const {
        return {"rank",    "report.csv",   "transport.csv", "organization.csv",
                "cas.csv", "policies.csv", "user.csv"};
    }
};

const json& account(const json& run, const std::string& id) {
    for (const json& row : run.at("accounts"))
        if (row.at("id") == id) return row;
    FAIL("no row " << id);
    return run;
}

}  // namespace

TEST_CASE("settings say which switch decides for each account") {
    SettingsWorld world;
    const json run = document(world, world.args());
    const json& old = account(run, "old@contoso.com").at("switches");
    CHECK(old.at("basic_usable") == "no");
    CHECK(old.at("decided_by") == "tenant_flag");
    CHECK(old.at("chain")[0].at("value") == "SMTP AUTH off");
    CHECK(old.at("chain")[0].at("origin") == "transport.csv:2");
    CHECK(old.at("chain")[1].at("origin") == "cas.csv:6");
    CHECK(account(run, "old@contoso.com").at("status") == "already_blocked");
    const json& blocked = account(run, "blocked@contoso.com");
    CHECK(blocked.at("switches").at("decided_by") == "observed use");
    CHECK(blocked.at("notes").dump().find("settings and use disagree: the authentication policy "
                                          "refuses Basic") != std::string::npos);
    CHECK(account(run, "erp@contoso.com").at("notes").dump().find("which stops OAuth too") !=
          std::string::npos);
    // Security defaults and Conditional Access were not read, so no mailbox is known to be open.
    const json& mailboxes = run.at("summary").at("mailboxes");
    CHECK(mailboxes.at("known") == 6);
    CHECK(mailboxes.at("listed") == 4);
    CHECK(mailboxes.at("basic_usable") == json({{"yes", 2}, {"no", 3}, {"unknown", 1}}));
}

TEST_CASE("explain tells which switch a pasted reply means") {
    SettingsWorld world;
    CHECK(
        world.run({"explain", "--error",
                   "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled "
                   "for the Mailbox."}) == 0);
    CHECK(world.out.text.find("the mailbox's SMTP AUTH switch") != std::string::npos);
    SettingsWorld other;
    CHECK(other.run({"explain", "scan@contoso.com", "--error", "x"}) == 2);
    CHECK(other.out.text.empty());
}

TEST_CASE("explain shows the chain and what to expect and the commands for the account") {
    SettingsWorld world;
    std::vector<std::string> args = world.args();
    args.front() = "explain";
    args.insert(args.begin() + 1, "old@contoso.com");
    CHECK(world.run(args) == 0);
    CHECK(world.out.text.find("no, decided by the tenant's SMTP AUTH switch") != std::string::npos);
    CHECK(world.out.text.find("disabled for the Tenant") != std::string::npos);
    SettingsWorld sender;
    args[1] = "scan@contoso.com";
    CHECK(sender.run(args) == 0);
    CHECK(sender.out.text.find("Set-User -Identity 'scan@contoso.com' -AuthenticationPolicy "
                               "'Block Basic SMTP AUTH'\n") != std::string::npos);
    CHECK(sender.out.text.find("Milestone") != std::string::npos);
}

TEST_CASE("settings alone list no mailbox as unused") {
    SettingsWorld world;
    const json run = document(world, {"rank", "transport.csv", "cas.csv"});
    CHECK(run.at("accounts").empty());
    CHECK(run.at("summary").at("mailboxes").at("known") == 6);
}

TEST_CASE("two mailboxes with one address end the run and are both named") {
    ScannerWorld world;
    world.files.contents["mailbox.csv"] =
        "PrimarySmtpAddress,ExternalDirectoryObjectId,RecipientTypeDetails,EmailAddresses\n"
        "a@contoso.com,id-1,UserMailbox,SMTP:a@contoso.com;smtp:shared@contoso.com\n"
        "b@contoso.com,id-2,UserMailbox,SMTP:b@contoso.com;smtp:shared@contoso.com\n";
    CHECK(world.run({"rank", "report.csv", "mailbox.csv"}) == 2);
    CHECK(world.out.text.empty());
    CHECK(world.err.text.find("mailbox.csv:3 and mailbox.csv:2: two mailboxes, b@contoso.com and "
                              "a@contoso.com, have the address shared@contoso.com") !=
          std::string::npos);
}

TEST_CASE("the same file given twice is counted once and said") {
    ScannerWorld world;
    world.files.contents["copy.csv"] = world.files.contents["report.csv"];
    const json run = document(world, {"rank", "report.csv", "copy.csv"});
    CHECK(run.at("summary").at("messages").at("basic") == 12);
    CHECK(run.at("notes").dump().find("copy.csv is the same file as report.csv") !=
          std::string::npos);
}

TEST_CASE("overlapping files count each message id once") {
    ScannerWorld world;
    world.files.contents["later.csv"] =
        k_header + message("2026-11-22", "scan", "Basic", "203.0.113.7", 7, "b") +
        message("2026-11-22", "scan", "Basic", "203.0.113.7", 2, "d") +
        message("2026-11-23", "scan", "Basic", "203.0.113.7", 1, "e");
    const json run = document(world, {"rank", "report.csv", "later.csv"});
    CHECK(run.at("summary").at("messages").at("basic") == 15);
    CHECK(run.at("notes").dump().find("1 of 3 rows") != std::string::npos);
    const json turned = document(world, {"rank", "later.csv", "report.csv"});
    CHECK(turned.at("summary") == run.at("summary"));
}

TEST_CASE("files that overlap and do not all have message ids are never summed") {
    ScannerWorld world;
    const std::string without_ids =
        "date,senderName,senderDomain,authMethod,original_client_ip,message_count\n"
        "2026-11-22T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,4\n"
        "2026-11-22T11:00:00Z,scan,contoso.com,Basic,203.0.113.7,5\n"
        "2026-11-23T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,2\n";
    world.files.contents["no-ids.csv"] = without_ids;
    // 5 on the 20th; 7 or 9 on the 22nd, which both have; 2 on the 23rd.
    for (const auto& files : {std::vector<std::string>{"rank", "report.csv", "no-ids.csv"},
                              std::vector<std::string>{"rank", "no-ids.csv", "report.csv"}}) {
        const json run = document(world, files);
        CHECK(run.at("summary").at("messages").at("basic") == 16);
        CHECK(run.at("notes").dump().find("the larger count is taken") != std::string::npos);
    }
    for (const std::string from_pipe : {"no-ids.csv", "report.csv"}) {
        world.in = test::TextSource(world.files.contents[from_pipe]);
        const std::string other = from_pipe == "report.csv" ? "no-ids.csv" : "report.csv";
        const json run = document(world, {"rank", "-", other});
        CHECK(run.at("summary").at("messages").at("basic") == 16);
    }
}

TEST_CASE("evidence from after now is said because its dates may be read in the wrong order") {
    ScannerWorld world;  // now is 23 Nov 2026
    world.files.contents["local.csv"] =
        k_header + "11/12/2026 10:00,scan,contoso.com,Basic,203.0.113.7,TLS1.2,x,5,<a>\n";
    const auto notes = [&](const char* order) {
        return document(world, {"rank", "local.csv", "--date-format", order}).at("notes").dump();
    };
    CHECK(notes("dmy").find("days after now, up to 2026-12-11") != std::string::npos);
    CHECK(notes("mdy").find("after now") == std::string::npos);
}

TEST_CASE("a table beside the report adds only what the report lacks") {
    ScannerWorld world;
    world.files.contents["table.csv"] =
        "Sender address,Domain,Authentication Protocol,Messages sent\n"
        "scan@contoso.com,contoso.com,Basic Authentication,12\n"
        "fax@contoso.com,contoso.com,Basic Authentication,70\n";
    const json run = document(world, {"rank", "report.csv", "table.csv"});
    CHECK(run.at("summary").at("messages").at("basic") == 12 + 70);
    CHECK(run.at("summary").at("unattributed_basic_share").get<double>() ==
          Approx(70.0 / 82).margin(0.0001));
    for (const json& row : run.at("accounts")) {
        if (row.at("id") != "fax@contoso.com") continue;
        CHECK(row.at("status") == "active_basic");
        CHECK(row.at("last_basic").is_null());
        CHECK(row.at("factors")[2].at("points").is_null());
    }
}

TEST_CASE("the order of the files does not change the ranking") {
    ScannerWorld world;
    world.files.contents["other.csv"] =
        k_header + message("2026-10-01", "ups", "Basic", "203.0.113.9", 1, "z");
    json a = document(world, {"rank", "report.csv", "other.csv"});
    json b = document(world, {"rank", "other.csv", "report.csv"});
    CHECK(a.at("accounts") == b.at("accounts"));
    CHECK(a.at("devices") == b.at("devices"));
    CHECK(a.at("run_id") == b.at("run_id"));
}

TEST_CASE("the gate trips at its band and incomplete evidence wins over it") {
    ScannerWorld world;
    world.files.contents["safe.csv"] =
        k_header + message("2026-11-22", "erp", "OAuth", "203.0.113.8", 3, "c");
    CHECK(world.run({"rank", "safe.csv", "--fail-on", "medium"}) == 0);
    CHECK(world.run({"rank", "report.csv", "--fail-on", "high"}) == 1);
    CHECK(world.err.text.find("gate") != std::string::npos);
    std::string cut = k_header;
    for (int i = 0; i < 100'000; ++i)
        cut += "2026-11-22T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,TLS1.2,x,1,<" +
               std::to_string(i) + ">\n";
    world.files.contents["cut.csv"] = cut;
    CHECK(world.run({"rank", "cut.csv", "--fail-on", "low"}) == 3);
    CHECK(world.err.text.find("100,000") != std::string::npos);
}

TEST_CASE("the inventory names classes and owners and splits or joins addresses") {
    ScannerWorld world;
    world.files.contents["inventory.csv"] =
        "match,name,class,owner,site\n"
        "scan@*,,alert,it@contoso.com,\n"
        "203.0.113.0/28,Head office MFP,scanner,,Utrecht\n";
    const json run = document(world, {"rank", "report.csv", "--inventory", "inventory.csv"});
    const json& scan = run.at("accounts")[0];
    CHECK(scan.at("class").at("source") == "inventory");
    CHECK(scan.at("class").at("because") == "inventory.csv:2");
    CHECK(scan.at("owner") == "it@contoso.com");
    REQUIRE(run.at("devices").size() == 1);
    CHECK(run.at("devices")[0].at("id") == "203.0.113.0/28");
    CHECK(run.at("devices")[0].at("name") == "Head office MFP");
    CHECK(run.at("devices")[0].at("site") == "Utrecht");
    world.files.contents["inventory.csv"] = "match,class\nscan@contoso.com,toaster\n";
    CHECK(world.run({"rank", "report.csv", "--inventory", "inventory.csv"}) == 2);
    CHECK(world.err.text.find("inventory.csv:2:18: ") != std::string::npos);
    CHECK(world.run({"rank", "report.csv", "--inventory", "absent.csv"}) == 2);
}

TEST_CASE("weights change the points and unknown ones are refused with their place") {
    ScannerWorld world;
    world.files.contents["weights.toml"] = "[impact.business]\nscanner = 25\n";
    const json run = document(world, {"rank", "report.csv", "--weights", "weights.toml"});
    CHECK(run.at("accounts")[0].at("factors")[4].at("points") == 25);
    CHECK(run.at("notes").dump().find("weights.toml") != std::string::npos);
    world.files.contents["weights.toml"] = "[impact]\n  bisness = 25\n";
    CHECK(world.run({"rank", "report.csv", "--weights", "weights.toml"}) == 2);
    CHECK(world.err.text.find("weights.toml:2:3: ") != std::string::npos);
}

TEST_CASE("a flag wins over the settings file and an unknown key is refused") {
    ScannerWorld world;
    world.environment["XDG_CONFIG_HOME"] = "/config";
    world.files.contents["/config/smtpaudit/config.toml"] = "[rank]\nformat = \"csv\"\n";
    CHECK(world.run({"rank", "report.csv"}) == 0);
    CHECK(world.out.text.starts_with("kind,rank,id,"));
    CHECK(world.run({"rank", "report.csv", "--format", "json"}) == 0);
    CHECK(world.out.text.starts_with("{"));
    world.files.contents["/config/smtpaudit/config.toml"] = "[rank]\nformat = 1\n";
    CHECK(world.run({"rank", "report.csv"}) == 2);
    CHECK(world.err.text.find("config.toml:2:1") != std::string::npos);
    CHECK(world.run({"rank", "report.csv", "--config", "absent.toml"}) == 2);
}

TEST_CASE("several outputs come from one run and a run document is printed again") {
    ScannerWorld world;
    CHECK(world.run({"rank", "report.csv", "--out", "json=run.json", "--out", "csv=rows.csv"}) ==
          0);
    const std::string table = world.out.text;
    const std::string rows = world.files.contents["rows.csv"];
    CHECK(rows.starts_with("kind,rank"));
    CHECK(world.run({"rank", "run.json", "--format", "csv"}) == 0);
    CHECK(world.out.text == rows);
    CHECK(world.run({"rank", "run.json"}) == 0);
    CHECK(world.out.text == table);
    CHECK(world.run({"rank", "run.json", "report.csv"}) == 2);
    CHECK(world.err.text.find("run.json: is a run document") != std::string::npos);
}

TEST_CASE("explain finds an account or the device that holds an address") {
    ScannerWorld world;
    CHECK(world.run({"explain", "SCAN@contoso.com", "report.csv"}) == 0);
    CHECK(world.out.text.find("volume") != std::string::npos);
    CHECK(world.run({"explain", "203.0.113.7", "report.csv"}) == 0);
    CHECK(world.out.text.find("worst_account") != std::string::npos);
    CHECK(world.run({"explain", "scam@contoso.com", "report.csv"}) == 2);
    CHECK(world.run({"explain", "scan", "report.csv"}) == 2);
    CHECK(world.err.text.find("near: scan@contoso.com") != std::string::npos);
    CHECK(world.run({"explain"}) == 2);
    CHECK(world.run({"explain", "scan@contoso.com"}) == 2);
}

TEST_CASE("bad options are one line that names the option and exit 2") {
    ScannerWorld world;
    const std::vector<std::vector<std::string>> bad = {
        {"rank"},
        {"rank", "absent.csv"},
        {"rank", "report.csv", "--frobnicate"},
        {"rank", "report.csv", "--window", "0"},
        {"rank", "report.csv", "--window", "x"},
        {"rank", "report.csv", "--period", "91"},
        {"rank", "report.csv", "--date-format", "ymd"},
        {"rank", "report.csv", "--cutoff", "soon"},
        {"rank", "report.csv", "--now", "yesterday"},
        {"rank", "report.csv", "--format", "xml"},
        {"rank", "report.csv", "--out", "json"},
        {"rank", "report.csv", "--out", "json=a", "--out", "csv=a"},
        {"rank", "report.csv", "--top", "-1"},
        {"rank", "report.csv", "--only", "people"},
        {"rank", "report.csv", "--min-band", "loud"},
        {"rank", "report.csv", "--fail-on", "loud"},
        {"rank", "-", "-"},
        {"frobnicate"}};
    for (const auto& args : bad) {
        std::string line;
        for (const std::string& arg : args) line += arg + " ";
        INFO(line);
        CHECK(world.run(args) == 2);
        CHECK(world.out.text.empty());
        CHECK(std::count(world.err.text.begin(), world.err.text.end(), '\n') == 1);
    }
}

TEST_CASE("without arguments it says where the file is and what to type") {
    FakeWorld world;
    CHECK(world.run({}) == 0);
    CHECK(world.out.text.find("#/reports/smtpauthmailflowdetails") != std::string::npos);
    CHECK(world.out.text.find("smtpaudit rank FILE") != std::string::npos);
    CHECK(world.run({"--help"}) == 0);
    CHECK(world.run({"rank", "--help"}) == 0);
    CHECK(world.out.text.find("Usage: smtpaudit rank") != std::string::npos);
    CHECK(world.run({"--version"}) == 0);
    CHECK(world.run({"timeline"}) == 0);
    CHECK(world.run({"timeline", "--cutoff", "next"}) == 0);
    CHECK(world.run({"schema"}) == 0);
    CHECK(json::parse(world.out.text).contains("$schema"));
}

TEST_CASE("a stop ends the run with nothing written") {
    ScannerWorld world;
    world.stop.request_stop();
    CHECK(world.run({"rank", "report.csv", "--out", "json=run.json"}) == 130);
    CHECK_FALSE(world.files.contents.contains("run.json"));
    CHECK(world.out.text.empty());
}

TEST_CASE("standard input is read like a file and only once") {
    ScannerWorld world;
    world.in = test::TextSource(world.files.contents["report.csv"]);
    const json run = document(world, {"rank", "-"});
    CHECK(run.at("summary").at("messages").at("basic") == 12);
    world.in = test::TextSource(world.files.contents["report.csv"]);
    const json both = document(world, {"rank", "-", "report.csv"});
    CHECK(both.at("summary").at("messages").at("basic") == 12);
}

TEST_CASE("rows before the window are left out and said") {
    ScannerWorld world;
    const json run = document(world, {"rank", "report.csv", "--window", "2"});
    CHECK(run.at("summary").at("messages").at("basic") == 7);
    CHECK(run.at("accounts")[0].at("notes").dump().find("before the window") != std::string::npos);
}
