#include "base/guid.hpp"
#include "sources/counted_row.hpp"
#include "sources/kusto_answer.hpp"
#include "sources/kusto_pull.hpp"
#include "sources/kusto_query.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <algorithm>

using namespace smtpaudit;
using namespace std::chrono_literals;

namespace {

UtcTime at(const char* text) { return parse_iso_instant(text)->at; }

TimeWindow window(const char* from, const char* to) { return {at(from), at(to)}; }

struct Seen final : EvidenceSink {
    std::vector<std::string> seen;
    void observe(const Observation& o) override {
        seen.push_back(fmt::format("{} {}", format_utc(*o.at), o.sign_ins));
    }
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts&) override {}
};

std::string counted(const std::string& cells) {
    return R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"UserId","type":"string"},
        {"name":"ErrorCode","type":"int"},{"name":"SignIns","type":"long"},
        {"name":"First","type":"datetime"},{"name":"Last","type":"datetime"},
        {"name":"Clock","type":"string"}],"rows":[[)" +
           cells + "]]}]}";
}

const CountedRow* read(CountedRowReader& reader) { return reader.read(0); }

}  // namespace

TEST_CASE("a query is its file with typed values in its blanks") {
    KustoBlanks blanks{window("2026-11-20T00:00:00Z", "2026-11-22T10:00:00Z")};
    blanks.buckets = 8;
    blanks.bucket = 7;
    const std::string text = kusto_text(KustoQuery::log_analytics_sign_ins, blanks);
    CHECK(text.find("let From = datetime(2026-11-20T00:00:00Z);") != std::string::npos);
    CHECK(text.find("let To = datetime(2026-11-22T10:00:00Z);") != std::string::npos);
    CHECK(text.find("hash(strcat(UserId, IPAddress), 8) == 7") != std::string::npos);
    CHECK(text.find("| take 50000\n") != std::string::npos);
    blanks.table = HuntingTable::app_sign_ins_beta;
    blanks.apps = {*parse_guid("F0F0F0F0-1111-4222-8333-777777777777"), Guid{}};
    const std::string apps = kusto_text(KustoQuery::hunting_app_sign_ins, blanks);
    CHECK(apps.find("    AADSpnSignInEventsBeta\n") != std::string::npos);
    CHECK(apps.find("dynamic([\"f0f0f0f0-1111-4222-8333-777777777777\", "
                    "\"00000000-0000-0000-0000-000000000000\"])") != std::string::npos);
    for (const auto query : {KustoQuery::log_analytics_tables, KustoQuery::log_analytics_sign_ins,
                             KustoQuery::log_analytics_oauth_sign_ins, KustoQuery::hunting_tables,
                             KustoQuery::hunting_sign_ins, KustoQuery::hunting_oauth_sign_ins,
                             KustoQuery::hunting_app_sign_ins})
        CHECK(kusto_text(query, blanks).find('{') == std::string::npos);
}

TEST_CASE("a GUID is read strictly and written in lower case") {
    CHECK(format_guid(*parse_guid("D0D0D0D0-1111-4222-8333-6666666666AF")) ==
          "d0d0d0d0-1111-4222-8333-6666666666af");
    for (const char* wrong :
         {"", "d0d0d0d0-1111-4222-8333-66666666666", "{0d0d0d0-1111-4222-8333-666666666666",
          "d0d0d0d0-1111-4222-8333-66666666666g", "d0d0d0d0_1111-4222-8333-666666666666"})
        CHECK_FALSE(parse_guid(wrong));
}

TEST_CASE("answers of both services are one table") {
    const auto workspace = read_kusto_answer(
        R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"A","type":"string"},
            {"name":"N","type":"long"}],"rows":[["x\n",7],[null,true],["only"]]},
            {"name":"Other","columns":[{"name":"B"}],"rows":[["no"]]}]})");
    REQUIRE(workspace);
    const KustoTable& table = workspace->table;
    REQUIRE(table.rows() == 3);
    CHECK_FALSE(table.column("B"));
    CHECK(table.at(0, *table.column("a")).text == "x\n");
    CHECK(table.at(0, *table.column("N")).state == KustoCell::State::number);
    CHECK(table.at(1, *table.column("A")).state == KustoCell::State::null);
    CHECK(table.at(2, *table.column("N")).state == KustoCell::State::absent);
    CHECK(workspace->error_codes.empty());

    // Keys in either case; what an object lacks is absent, not the cell of the next one.
    const auto hunting = read_kusto_answer(
        R"({"Schema":[{"Name":"A","Type":"String"}],"Results":[{"A":"x","More":{"A":[1]}},
            {"N":"12"},{}]})");
    REQUIRE(hunting);
    REQUIRE(hunting->table.rows() == 3);
    CHECK(hunting->table.at(0, *hunting->table.column("A")).text == "x");
    CHECK(hunting->table.at(0, *hunting->table.column("More")).state == KustoCell::State::other);
    CHECK(hunting->table.at(0, *hunting->table.column("N")).state == KustoCell::State::absent);
    CHECK(hunting->table.at(1, *hunting->table.column("N")).text == "12");
    CHECK(hunting->table.at(1, *hunting->table.column("A")).state == KustoCell::State::absent);
    CHECK(hunting->table.at(2, *hunting->table.column("N")).state == KustoCell::State::absent);
}

TEST_CASE("an error inside an answer is seen and a foreign shape is none") {
    const auto partial = read_kusto_answer(
        R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"A"}],"rows":[["x"]]}],
            "error":{"code":"PartialError","details":[{"code":"EngineError"}]}})");
    REQUIRE(partial);
    CHECK(partial->error_codes == std::vector<std::string>{"PartialError", "EngineError"});
    CHECK(partial->table.rows() == 1);
    for (const char* error : {R"({"message":"no code"})", R"("text")", R"({"code":""})", "[]"}) {
        INFO(error);
        const auto read = read_kusto_answer(fmt::format(R"({{"results":[],"error":{}}})", error));
        REQUIRE(read);
        CHECK(read->error_codes == std::vector<std::string>{"an error without a code"});
    }
    CHECK(read_kusto_answer(R"({"results":[],"error":null})")->error_codes.empty());
    for (const char* wrong : {"{}", "[]", "7", R"({"tables":[]})", R"({"results":{}})"}) {
        INFO(wrong);
        const auto read = read_kusto_answer(wrong);
        REQUIRE_FALSE(read);
        CHECK_FALSE(read.error().syntax);
    }
    CHECK(read_kusto_answer(R"({"results":[)").error().syntax);
    const KustoError error = read_kusto_error(
        R"({"error":{"code":"BadArgumentError","message":"one","innererror":{"code":"SemanticError",
            "innererror":{"code":"SEM0100","message":"two"}}}})");
    CHECK(error.codes == std::vector<std::string>{"BadArgumentError", "SemanticError", "SEM0100"});
    CHECK(error.messages.find("one\n") != std::string::npos);
    CHECK(error.messages.find("two\n") != std::string::npos);
    CHECK(read_kusto_error("<html>").codes.empty());
}

TEST_CASE("a counted row becomes observations with exact ends and its time of day between") {
    const auto answer = read_kusto_answer(counted(
        R"("u-1",0,6,"2026-11-20T05:12:44.1234567Z","2026-11-20T09:59:59Z","119:3 62:2 70:1")"));
    REQUIRE(answer);
    CountedRowReader reader(answer->table);
    const CountedRow* row = read(reader);
    REQUIRE(row != nullptr);
    CHECK(row->fields.text(SignInField::user_id) == "u-1");
    CHECK(row->fields.text(SignInField::error_code) == "0");
    Seen sink;
    observe_counted({}, *row, sink);
    CHECK(sink.seen == std::vector<std::string>{"2026-11-20T05:12:44Z 2", "2026-11-20T05:50:00Z 1",
                                                "2026-11-20T09:55:00Z 2",
                                                "2026-11-20T09:59:59Z 1"});
}

TEST_CASE("a counted row of one entry has its first and its last instant") {
    const auto answer = read_kusto_answer(
        counted(R"("u-1",50126,5,"2026-11-20T05:12:44Z","2026-11-20T23:59:59Z","0:5")"));
    CountedRowReader reader(answer->table);
    Seen sink;
    observe_counted({}, *read(reader), sink);
    CHECK(sink.seen ==
          std::vector<std::string>{"2026-11-20T05:12:44Z 4", "2026-11-20T23:59:59Z 1"});
}

TEST_CASE("a counted row that contradicts itself is unreadable") {
    for (const char* wrong : {
             R"("u",0,2,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","62:3")",  // the sum
             R"("u",0,0,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","")",
             R"("u",0,1,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","288:1")",
             R"("u",0,1,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","62:1 ")",
             R"("u",0,1,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z",null)",
             R"("u",0,1,"2026-11-20","2026-11-20","62:1")",
             R"("u",0,1,"2026-11-20T05:12:44Z","2026-11-19T05:12:44Z","62:1")",
             R"("u",0,2,"2026-11-20T05:12:44Z","2026-11-21T05:12:44Z","62:2")",  // two days
             R"("u",0,null,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","62:1")",
             R"("u",0,-1,"2026-11-20T05:12:44Z","2026-11-20T05:12:44Z","62:1")",
         }) {
        INFO(wrong);
        const auto answer = read_kusto_answer(counted(wrong));
        REQUIRE(answer);
        CountedRowReader reader(answer->table);
        CHECK(read(reader) == nullptr);
    }
}

TEST_CASE("a question is cut at midnights and then by buckets of the same hash") {
    const KustoQuestion week{window("2026-11-15T00:00:00Z", "2026-11-22T10:00:00Z")};
    const auto halves = smaller_questions(week, KustoExcess::rows, 2);
    REQUIRE(halves.size() == 2);
    CHECK(halves[0].window == window("2026-11-19T00:00:00Z", "2026-11-22T10:00:00Z"));
    CHECK(halves[1].window == window("2026-11-15T00:00:00Z", "2026-11-19T00:00:00Z"));
    const auto days = smaller_questions(week, KustoExcess::rows, 100);
    REQUIRE(days.size() == 8);
    CHECK(days[0].window == window("2026-11-22T00:00:00Z", "2026-11-22T10:00:00Z"));
    CHECK(days[7].window == window("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z"));

    const KustoQuestion day{window("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"), 2, 1};
    const auto buckets = smaller_questions(day, KustoExcess::rows, 3);
    REQUIRE(buckets.size() == 4);
    for (unsigned i = 0; i < 4; ++i) {
        CHECK(buckets[i].buckets == 8);
        CHECK(buckets[i].bucket == 1 + 2 * i);  // together all that are 1 modulo 2
        CHECK(buckets[i].window == day.window);
    }
    const KustoQuestion finest{day.window, 1024, 5};
    CHECK(smaller_questions(finest, KustoExcess::rows, 2).empty());

    const auto hours = smaller_questions(day, KustoExcess::time, 2);
    REQUIRE(hours.size() == 2);
    CHECK(hours[0].window == window("2026-11-20T12:00:00Z", "2026-11-21T00:00:00Z"));
    CHECK(hours[1].buckets == 2);
    const KustoQuestion hour{window("2026-11-20T00:00:00Z", "2026-11-20T01:00:00Z")};
    CHECK(smaller_questions(hour, KustoExcess::time, 2).empty());
}
