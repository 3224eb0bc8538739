// The order of the input decides nothing: not the ids, not the ranks, not what is said of a row.
#include "analysis/ranking.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <random>
#include <vector>

using namespace smtpaudit;

namespace {

struct Seen {
    std::string account, client;
    UtcTime at;
    bool is_sign_in = false, fails = false;
};

// A fleet behind one address, a shared password, a machine on IPv6, somebody guessing; with ties in
// plenty, which only names can break.
std::vector<Seen> a_month() {
    std::vector<Seen> rows;
    const Day first = *make_day(2026, 10, 24);
    for (int day = 0; day < 30; ++day) {
        const UtcTime morning = UtcTime(first + std::chrono::days(day)) + std::chrono::hours(8);
        for (int i = 0; i < 12; ++i)
            rows.push_back(
                {fmt::format("scan{}@contoso.com", i), "203.0.113.40", morning, false, false});
        for (int i = 0; i < 5; ++i)
            rows.push_back({"Warehouse@contoso.com", fmt::format("198.51.100.{}", 10 + i), morning,
                            false, false});
        rows.push_back(
            {"door@contoso.com", fmt::format("2001:db8::{:x}", day), morning, true, false});
        rows.push_back({"door@contoso.com", "192.0.2.7", morning, true, true});
    }
    return rows;
}

Report ranked(const std::vector<Seen>& rows) {
    const auto ledger = std::make_shared<Ledger>();
    ledger->begin({.name = "a"});
    for (const Seen& row : rows) {
        Observation o;
        o.account = row.account;
        o.client = parse_ip(row.client);
        o.at = row.at;
        o.has_time = true;
        o.protocol = Protocol::basic;
        (row.is_sign_in ? o.sign_ins : o.messages) = 1;
        o.outcome = row.fails ? Outcome::failure : Outcome::success;
        o.error_code = row.fails ? 50'126 : 0;
        o.line = 1;
        ledger->observe(o);
    }
    ledger->end();
    std::vector<Coverage> coverage;
    for (const char* source : {"sign_ins", "smtp_auth_report"}) {
        coverage.emplace_back();
        coverage.back().source = source;
        coverage.back().state = CoverageState::complete;
        coverage.back().rows = rows.size();
        coverage.back().from = *make_day(2026, 10, 24);
        coverage.back().to = UtcTime(*make_day(2026, 11, 23)) - std::chrono::seconds(1);
    }
    RankingOptions options;
    options.now = *make_day(2026, 11, 23);
    options.timeline = built_in_timeline();
    options.cutoff = choose_cutoff(options.timeline, "2025-09", day_of(options.now)).value();
    return rank(ledger, coverage, std::move(options));
}

std::string told(const Report& report) {
    std::string out;
    for (const RowList* rows : {report.accounts.get(), report.devices.get()})
        for (std::size_t i = 0; i < rows->size(); ++i) {
            const Row row = rows->at(i);
            out += fmt::format("{} {} {} {}–{} {} {} {} {}|", row.rank, row.id, row.priority,
                               row.priority_low, row.priority_high, row.messages.basic,
                               row.sign_ins.basic_failed, row.class_.name, row.why);
            for (const std::string& mark : row.marks) out += " " + mark;
            for (const std::string& id : row.linked) out += " " + id;
            for (const Link& link : row.links)
                out += fmt::format(" {}:{}:{}:{}", link.id, to_string(link.confidence),
                                   link.messages, link.days);
            for (const std::string& note : row.notes) out += " " + note;
            out += "\n";
        }
    for (const Action& action : report.actions) {
        out += action.title;
        for (const std::string& id : action.affects) out += " " + id;
    }
    return out;
}

}  // namespace

TEST_CASE("ids and ranks and links do not depend on the order of the input") {
    std::vector<Seen> rows = a_month();
    const std::string expected = told(ranked(rows));
    REQUIRE(expected.find("203.0.113.40") != std::string::npos);
    std::reverse(rows.begin(), rows.end());
    CHECK(told(ranked(rows)) == expected);
    std::mt19937 chance(7);
    for (int round = 0; round < 5; ++round) {
        for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[chance() % i]);
        CHECK(told(ranked(rows)) == expected);
    }
}
