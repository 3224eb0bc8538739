#include "analysis/class_guess.hpp"
#include "analysis/inventory.hpp"
#include "analysis/status.hpp"
#include "analysis/timeline.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

Status status(void (*set)(Use&)) {
    Use use;
    set(use);
    return decide_status(use);
}

std::string guessed(const char* name) {
    const auto guess = ClassPatterns::built_in().guess(name);
    return guess ? std::string(to_string(guess->business)) : "none";
}

}  // namespace

TEST_CASE("the first status that matches wins") {
    CHECK(status([](Use& u) {
              u.basic_in_30_days = u.basic_in_window = u.oauth_in_window = true;
          }) == Status::mixed);
    CHECK(status([](Use& u) { u.basic_in_30_days = u.basic_in_window = true; }) ==
          Status::active_basic);
    CHECK(status([](Use& u) {
              u.basic_in_window = u.oauth_in_window = u.oauth_since_basic = true;
          }) == Status::migrated);
    CHECK(status([](Use& u) { u.basic_in_window = u.oauth_in_window = true; }) ==
          Status::dormant_basic);
    CHECK(status([](Use& u) { u.basic_in_window = true; }) == Status::dormant_basic);
    CHECK(status([](Use& u) { u.unknown_in_window = u.oauth_in_window = true; }) ==
          Status::unknown);
    CHECK(status([](Use& u) { u.oauth_in_window = true; }) == Status::oauth_only);
    CHECK(status([](Use& u) { u.basic_failed = true; }) == Status::attempted);
    CHECK(status([](Use&) {}) == Status::enabled_unused);
}

TEST_CASE("refused Basic is broken now while it still tries") {
    CHECK(status([](Use& u) {
              u.basic_usable = Ternary::no;
              u.basic_in_window = u.basic_attempt_in_7_days = true;
          }) == Status::blocked_retrying);
    CHECK(status([](Use& u) {
              u.basic_usable = Ternary::no;
              u.basic_in_window = true;
          }) == Status::already_blocked);
}

TEST_CASE("guesses at an account that refuses Basic are attempts") {
    CHECK(status([](Use& u) {
              u.basic_usable = Ternary::no;
              u.basic_failed = u.basic_attempt_in_7_days = true;
          }) == Status::attempted);
    CHECK(status([](Use& u) {
              u.basic_usable = Ternary::no;
              u.basic_failed = u.basic_refused = u.basic_attempt_in_7_days = true;
          }) == Status::blocked_retrying);
}

TEST_CASE("a table without dates is never migrated and never dormant") {
    CHECK(status([](Use& u) {
              u.has_dates = false;
              u.basic_in_window = true;
          }) == Status::active_basic);
    CHECK(status([](Use& u) {
              u.has_dates = false;
              u.basic_in_window = u.oauth_in_window = true;
          }) == Status::mixed);
}

TEST_CASE("a class is guessed from whole words and says which pattern hit") {
    CHECK(guessed("scan-floor2@contoso.com") == "scanner");
    CHECK(guessed("scan2fl@contoso.com") == "scanner");
    CHECK(guessed("ups-01@contoso.com") == "alert");
    CHECK(guessed("groups@contoso.com") == "none");
    CHECK(guessed("upsell@contoso.com") == "none");
    CHECK(guessed("Facturation@contoso.com") == "finance");
    CHECK(guessed("no-reply@contoso.com") == "app");
    CHECK(guessed("first.last@contoso.com") == "person");
    CHECK(guessed("scan.last@contoso.com") == "scanner");
    CHECK(guessed("contoso@scanner.com") == "none");
    CHECK(ClassPatterns::built_in().guess("Scanner1@contoso.com")->because() ==
          "the word \"scanner\" (pattern \"scan*\")");
}

TEST_CASE("the cut-off is an id or a date or the next enforcement") {
    const Timeline timeline = built_in_timeline();
    const Day today = *parse_iso_day("2026-11-23");
    CHECK(choose_cutoff(timeline, "2025-09", today)->days_left == -448);
    CHECK(choose_cutoff(timeline, "next", today)->id == "default-off");
    CHECK(choose_cutoff(timeline, "2027-01-31", today)->days_left == 69);
    CHECK(choose_cutoff(timeline, "report-split", today).error().code == Errc::usage);
    const Day later = *parse_iso_day("2027-03-01");
    CHECK(choose_cutoff(timeline, "next", later).error().code == Errc::usage);
    CHECK_FALSE(choose_cutoff(timeline, "2025-09", later)->next);
}

TEST_CASE("a bad timeline names the member at fault") {
    CHECK(parse_timeline("[]", "t.json").error().message.starts_with("t.json: "));
    CHECK(parse_timeline(R"({"as_of":"2026-11-23","milestones":[]})", "t").error().message ==
          "t: \"milestones\" is missing or empty");
    const auto bad = parse_timeline(
        R"({"as_of":"2026-11-23","milestones":[{"id":"a","kind":"enforcement","date":"2026-13-01",
            "precision":"day","state":"done","what":"w","source":"s"}]})",
        "t");
    CHECK(bad.error().message == "t: milestones[0]: \"date\" is not a date like 2026-12-31");
}

TEST_CASE("the narrowest match of the inventory wins") {
    Inventory inventory;
    const auto add = [&](const char* match, const char* name) {
        InventoryEntry entry;
        entry.match = match;
        entry.name = name;
        inventory.add(entry);
    };
    add("203.0.113.0/24", "");
    add("203.0.113.16/28", "MFP pool");
    add("203.0.113.17", "UPS");
    add("2001:db8::5", "NAS");
    add("*@contoso.com", "any");
    add("scan@contoso.com", "exact");
    const auto device = [&](const char* ip) { return *inventory.device_key(*parse_ip(ip)); };
    CHECK(format_device_key(device("203.0.113.17")) == "203.0.113.17");
    CHECK(format_device_key(device("203.0.113.18")) == "203.0.113.16/28");
    CHECK(format_device_key(device("203.0.113.99")) == "203.0.113.99");
    CHECK(format_device_key(device("2001:db8::5")) == "2001:db8::5");
    CHECK(format_device_key(device("2001:db8::6")) == "2001:db8::/64");
    CHECK(inventory.find_device(device("203.0.113.18"))->name == "MFP pool");
    CHECK(inventory.find_device(device("203.0.113.99"))->name.empty());
    CHECK(inventory.find_account("scan@contoso.com")->name == "exact");
    CHECK(inventory.find_account("erp@contoso.com")->name == "any");
    CHECK(inventory.find_account("erp@fabrikam.com") == nullptr);
}
