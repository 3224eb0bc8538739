// A folder on the real disk that goes with the test, and evidence for a store in it.
#pragma once

#include "store/store.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <filesystem>
#include <string>

namespace smtpaudit::test {

class TempFolder {
public:
    TempFolder() {
        std::string path = (std::filesystem::temp_directory_path() / "smtpaudit-XXXXXX").string();
        REQUIRE(::mkdtemp(path.data()) != nullptr);
        path_ = path;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

inline Day a_day(std::string_view text) { return parse_iso_day(text).value(); }
inline UtcTime instant(std::string_view text) { return parse_iso_instant(text).value().at; }

// Evidence of one input, with the account ids that a store wants.
struct Load {
    Ledger ledger;
    std::vector<Coverage> coverage;

    Load() { ledger.begin({.name = "report.csv"}); }
    Load& count(std::string_view account, std::string_view day, std::uint64_t messages,
                Protocol protocol = Protocol::basic, std::string_view client = "203.0.113.7") {
        Observation seen;
        seen.account = account;
        seen.at = a_day(day) + std::chrono::hours(10);
        seen.protocol = protocol;
        if (!client.empty()) seen.client = parse_ip(client);
        seen.messages = messages;
        seen.line = 2;
        ledger.observe(seen);
        return *this;
    }
    Load& sign_in(std::string_view account, std::string_view day, std::uint64_t times,
                  Outcome outcome = Outcome::success) {
        Observation seen;
        seen.account = account;
        seen.at = a_day(day) + std::chrono::hours(10);
        seen.protocol = Protocol::basic;
        seen.outcome = outcome;
        seen.sign_ins = times;
        ledger.observe(seen);
        return *this;
    }
    Load& covers(std::string_view from, std::string_view to,
                 CoverageState state = CoverageState::complete,
                 std::string source = "smtp_auth_report") {
        Coverage row;
        row.source = std::move(source);
        row.state = state;
        row.rows = 1;
        row.from = a_day(from);
        row.to = a_day(to) + std::chrono::hours(24) - std::chrono::seconds(1);
        coverage.push_back(row);
        return *this;
    }
    std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (std::uint32_t i = 0; i < ledger.account_count(); ++i)
            ids.emplace_back(ledger.account_name(i));
        return ids;
    }
    SaveTally into(Store& store, std::int64_t tenant,
                   CounterFamily family = CounterFamily::messages) const {
        const auto account_ids = ids();
        const auto tally = store.save(tenant, family, ledger, account_ids, coverage);
        REQUIRE(tally);
        return *tally;
    }
};

struct StoreFixture {
    TempFolder folder;
    FakeClock clock{"2026-11-23T12:00:00Z"};
    std::string path = folder.file("history.sqlite");

    Store open() {
        auto store = Store::open(path, false, clock, {});
        REQUIRE(store);
        return std::move(*store);
    }
    static std::int64_t tenant_of(Store& store, std::string domain = "contoso.com") {
        const auto key = store.tenant({std::nullopt, std::nullopt, {{std::move(domain), 3}}});
        REQUIRE(key);
        return *key;
    }
};

}  // namespace smtpaudit::test
