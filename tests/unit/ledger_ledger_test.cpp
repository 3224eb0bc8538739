#include "ledger/ledger.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

namespace {

Observation message(std::string_view account, std::string_view at, std::uint64_t count,
                    std::string_view id = "", std::string_view ip = "203.0.113.7") {
    Observation o;
    o.account = account;
    o.at = parse_iso_instant(at)->at;
    o.protocol = Protocol::basic;
    o.messages = count;
    o.tls[2] = count;
    o.record_id = id;
    o.client = parse_ip(ip);
    o.line = 2;
    return o;
}

std::uint64_t total(const Ledger& ledger) {
    std::uint64_t sum = 0;
    std::vector<DayCount> days;
    for (std::size_t i = 0; i < ledger.key_count(); ++i) {
        ledger.read_days(ledger.key(i), days);
        for (const DayCount& day : days) sum += day.count;
    }
    return sum;
}

InputPlan plan(const char* name, std::set<Day> by_id = {}, std::set<Day> by_larger = {}) {
    InputPlan made;
    made.name = name;
    made.days_by_id = std::move(by_id);
    made.days_by_larger = std::move(by_larger);
    return made;
}

const Day k_day = *parse_iso_day("2026-11-22");

}  // namespace

TEST_CASE("an account is one whatever its case and a client whatever its spelling") {
    Ledger ledger;
    ledger.begin(plan("a"));
    ledger.observe(message("Scan@Contoso.com", "2026-11-22T10:00:00Z", 2));
    ledger.observe(
        message("SCAN@contoso.com", "2026-11-22T11:00:00Z", 3, "", "::ffff:203.0.113.7"));
    ledger.end();
    CHECK(ledger.account_count() == 1);
    CHECK(ledger.account_name(0) == "scan@contoso.com");
    CHECK(ledger.clients().size() == 1);
    CHECK(ledger.key_count() == 1);
    CHECK(total(ledger) == 5);
    CHECK(ledger.account_record(0).tls[2] == 5);
    CHECK(ledger.format_origin(ledger.key(0).first) == "a:2");
}

TEST_CASE("the same message in two inputs is counted once on a day that they share") {
    Ledger ledger;
    ledger.begin(plan("a", {k_day}));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 2, "<1>"));
    ledger.end();
    InputPlan second = plan("b", {k_day});
    second.last_days = {k_day};
    ledger.begin(second);
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 2, "<1>"));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:05:00Z", 7, "<2>"));
    const InputTally tally = ledger.end();
    CHECK(tally.repeated == 1);
    CHECK(total(ledger) == 9);
}

TEST_CASE("rows of one input are never taken for repeats of each other") {
    Ledger ledger;
    ledger.begin(plan("a", {k_day}));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 1, "<1>"));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 1, "<1>"));
    CHECK(ledger.end().repeated == 0);
    CHECK(total(ledger) == 2);
}

TEST_CASE("without record ids the larger count of a shared day is taken and never the sum") {
    Ledger ledger;
    ledger.begin(plan("a", {}, {k_day}));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 4));
    ledger.observe(message("scan@contoso.com", "2026-11-22T11:00:00Z", 1));
    ledger.end();
    ledger.begin(plan("b", {}, {k_day}));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 7));
    ledger.observe(message("erp@contoso.com", "2026-11-22T10:00:00Z", 3));
    const InputTally tally = ledger.end();
    CHECK(tally.merged_days == 1);
    CHECK(total(ledger) == 7 + 3);
    CHECK(ledger.account_record(0).tls[2] == 7);
}

TEST_CASE("a second table without dates never adds to the first") {
    Ledger ledger;
    Observation o;
    o.account = "scan@contoso.com";
    o.protocol = Protocol::oauth;
    o.messages = 10;
    for (const char* name : {"a", "b"}) {
        ledger.begin(plan(name));
        ledger.observe(o);
        const InputTally tally = ledger.end();
        CHECK(tally.merged_undated == (std::string(name) == "b"));
        o.messages = 4;
    }
    CHECK(ledger.undated(0, Measure::messages_oauth)->count == 10);
    CHECK(ledger.undated(0, Measure::messages_basic) == nullptr);
    CHECK(ledger.key_count() == 0);
}

TEST_CASE("a pipe among the inputs shares every day by record id") {
    Ledger ledger;
    InputPlan any = plan("a");
    any.every_day_by_id = true;
    ledger.begin(any);
    ledger.observe(message("scan@contoso.com", "2026-11-20T10:00:00Z", 1, "<1>"));
    ledger.end();
    ledger.begin(any);
    ledger.observe(message("scan@contoso.com", "2026-11-20T10:00:00Z", 1, "<1>"));
    CHECK(ledger.end().repeated == 1);
}

TEST_CASE("messages and sign-ins of one account stay in different counters") {
    Ledger ledger;
    ledger.begin(plan("a"));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 5));
    Observation o = message("scan@contoso.com", "2026-11-22T10:00:00Z", 0);
    o.sign_ins = 1;
    ledger.observe(o);
    o.outcome = Outcome::failure;
    o.error_code = 50126;
    ledger.observe(o);
    o.outcome = Outcome::success;
    o.possible_smtp = true;
    ledger.observe(o);
    ledger.end();
    REQUIRE(ledger.key_count() == 4);
    CHECK(ledger.key(0).measure == Measure::messages_basic);
    CHECK(ledger.key(1).measure == Measure::sign_in_ok);
    CHECK(ledger.key(2).measure == Measure::sign_in_failed);
    CHECK(ledger.key(3).measure == Measure::sign_in_possible);
    CHECK(ledger.account_record(0).failures.at(50126) == 1);
}

TEST_CASE("an address that names no machine makes no client and is counted") {
    Ledger ledger([](const IpAddress& address) -> std::optional<DeviceKey> {
        if (address.is_private()) return std::nullopt;
        return default_device_key(address);
    });
    ledger.begin(plan("a"));
    for (int i = 0; i < 2; ++i)
        ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 2, "", "10.0.0.7"));
    ledger.observe(message("scan@contoso.com", "2026-11-22T10:00:00Z", 3));
    const InputTally tally = ledger.end();
    CHECK(tally.without_machine == 4);
    CHECK(ledger.clients().size() == 1);
    CHECK(total(ledger) == 7);
}

TEST_CASE("the clock counts successes whose time is known") {
    Ledger ledger;
    ledger.begin(plan("a"));
    Observation o = message("scan@contoso.com", "2026-11-22T10:07:00Z", 2);
    ledger.observe(o);  // a day alone
    o.has_time = true;
    ledger.observe(o);
    o.messages = 0;
    o.sign_ins = 1;
    o.outcome = Outcome::failure;
    ledger.observe(o);
    ledger.end();
    CHECK(ledger.account_record(0).clock.hours[10] == 1);
    CHECK(ledger.clients()[0].clock.hours[10] == 1);
    CHECK(ledger.clients()[0].clock.fives[1] == 1);
}

TEST_CASE("the clock runs by the zone of the ledger and days stay UTC") {
    Ledger ledger(default_device_key, TimeZone::fixed("+05:30"));
    ledger.begin(plan("a"));
    Observation o = message("scan@contoso.com", "2026-11-21T20:07:00Z", 2);  // a Saturday
    o.has_time = true;
    ledger.observe(o);
    ledger.end();
    CHECK(ledger.account_record(0).clock.hours[1] == 1);
    CHECK(ledger.account_record(0).clock.fives[7] == 1);
    CHECK(ledger.account_record(0).clock.weekdays[0] == 1);
    CHECK(ledger.clients()[0].clock.hours[1] == 1);
    std::vector<DayCount> days;
    ledger.read_days(ledger.key(0), days);
    REQUIRE(days.size() == 1);
    CHECK(format_day(days[0].day) == "2026-11-21");  // days are UTC
}

TEST_CASE("a full clock count stays where it is") {
    ClockFace face;
    face.hours[3] = 65'534;
    const LocalTime at(parse_iso_instant("2026-11-22T03:00:00Z")->at.time_since_epoch());
    face.add(at);
    face.add(at);
    CHECK(face.hours[3] == 65'535);
    CHECK(face.weekdays[0] == 2);  // a Sunday
    ClockFace other;
    other.hours[3] = 40'000;
    other.add(face);
    CHECK(other.hours[3] == 65'535);
}

TEST_CASE("two ciphers are two stacks of one key") {
    Ledger ledger;
    ledger.begin(plan("a"));
    Observation o = message("scan@contoso.com", "2026-11-22T10:07:00Z", 2);
    ledger.observe(o);
    CHECK(ledger.key(0).stacks == 0);
    o.tls_cipher = "TLS_AES_256_GCM_SHA384";
    ledger.observe(o);
    CHECK(ledger.key(0).stacks == 1);
    o.tls_cipher = "TLS_RSA_WITH_AES_128_CBC_SHA";
    ledger.observe(o);
    CHECK(ledger.key(0).stacks == 3);
    ledger.end();
}
