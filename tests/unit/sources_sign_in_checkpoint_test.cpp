#include "sources/sign_in_checkpoint.hpp"

#include "sources_graph_sign_ins_support.hpp"

#include <filesystem>
#include <fstream>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    std::string path() const { return path_ + "/tenant"; }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(path(), error))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

private:
    std::string path_ = "/tmp/smtpaudit-checkpoint-XXXXXX";
};

SignInAnswer page(const std::vector<std::string>& rows, TimeWindow asked) {
    auto read = read_sign_in_answer(graph_answer(rows), asked);
    REQUIRE(read);
    return std::move(*read);
}

const TimeWindow k_day = window("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
const UtcTime k_later = at("2026-11-22T12:00:00Z");

void save_day(const SignInCheckpoint& checkpoint, const std::vector<std::string>& rows,
              UtcTime pulled_at = k_later) {
    auto writer = checkpoint.begin(k_day, pulled_at);
    writer.add(page(rows, k_day));
    writer.commit();
}

std::vector<std::string> read_all(const SavedWindow& saved, TimeWindow cut) {
    std::vector<std::string> rows;
    CHECK(SignInCheckpoint::read(saved, cut, [&](SignInAnswer&& answer) {
        for (std::size_t i = 0; i < answer.rows.size(); ++i) {
            const Observation seen = answer.rows.at(i);
            rows.push_back(fmt::format("{} {} {} {} {} {}", seen.record_id, format_utc(*seen.at),
                                       seen.account, seen.client ? format_ip(*seen.client) : "-",
                                       seen.error_code, seen.user_agent));
        }
    }));
    return rows;
}

std::vector<std::string> shown(const std::vector<WindowPlan>& plan) {
    std::vector<std::string> lines;
    for (const WindowPlan& one : plan)
        lines.push_back(fmt::format("{} {} {}", format_utc(one.window.from),
                                    format_utc(one.window.to), one.saved ? "saved" : "ask"));
    return lines;
}

}  // namespace

TEST_CASE("a saved window gives back its rows as they were pulled") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    std::string strange = graph_row("id-2", "2026-11-20T07:00:00Z", 50126);
    strange.replace(strange.find("BAV2ROPC"), 8, "tab\\t \\u00e9 \\\"quote\\\" \\n");
    strange.replace(strange.find('{'), 1, R"({"riskState":"atRisk",)");
    save_day(checkpoint, {graph_row("id-1", "2026-11-20T08:00:00Z"), strange,
                          graph_row("id-3", "2026-11-20T06:00:00Z", 0, "IMAP4")});
    const auto saved = checkpoint.saved({});
    REQUIRE(saved.size() == 1);
    CHECK(saved[0].window == k_day);
    CHECK(read_all(saved[0], k_day) ==
          std::vector<std::string>{
              "id-1 2026-11-20T08:00:00Z scan3@contoso.com 198.51.100.7 0 BAV2ROPC",
              "id-2 2026-11-20T07:00:00Z scan3@contoso.com 198.51.100.7 50126 tab\t \xC3\xA9 "
              "\"quote\" \n"});
    CHECK(read_all(saved[0], window("2026-11-20T07:30:00Z", "2026-11-21T00:00:00Z")).size() == 1);
    SignInCheckpoint::read(saved[0], k_day, [](SignInAnswer&& answer) {
        CHECK(answer.tally.smtp_rows == 2);
        CHECK(answer.tally.other_rows == 1);
        REQUIRE(answer.rows.size() == 2);
        CHECK(answer.rows.at(0).risk == SignInRisk::unknown);
        CHECK(answer.rows.at(1).risk == SignInRisk::at_risk);
    });
}

TEST_CASE("the last hours before a pull are not taken for whole") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    save_day(checkpoint, {}, at("2026-11-20T23:00:00Z"));
    const auto saved = checkpoint.saved({});
    REQUIRE(saved.size() == 1);
    CHECK(saved[0].window == window("2026-11-20T00:00:00Z", "2026-11-20T21:00:00Z"));
}

TEST_CASE("what was not finished or is damaged or too old is no saved window") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    {
        auto writer = checkpoint.begin(k_day, k_later);
        writer.add(page({graph_row("id-1", "2026-11-20T08:00:00Z")}, k_day));
    }
    CHECK(folder.files().empty());
    {
        auto writer = checkpoint.begin(k_day, k_later);
        writer.add(page({R"({"id":"x","clientAppUsed":"SMTP"})"}, k_day));  // unreadable
        writer.commit();
    }
    CHECK(folder.files().empty());

    save_day(checkpoint, {graph_row("id-1", "2026-11-20T08:00:00Z")});
    const std::string path = folder.path() + '/' + folder.files().at(0);
    CHECK((fs::status(path).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK((fs::status(folder.path()).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(checkpoint.saved(k_day.from).size() == 1);

    const auto size = fs::file_size(path);
    fs::resize_file(path, size - 1);
    CHECK(checkpoint.saved({}).empty());
    CHECK(folder.files().empty());

    save_day(checkpoint, {graph_row("id-1", "2026-11-20T08:00:00Z")});
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(20) << 'X';
    CHECK(checkpoint.saved({}).empty());

    save_day(checkpoint, {});
    std::ofstream(path + ".aBcDeF") << "left by a kill";
    std::ofstream(folder.path() + "/note.txt") << "somebody's";
    CHECK(checkpoint.saved({}).size() == 1);
    CHECK(folder.files().size() == 2);
    CHECK(checkpoint.saved(k_day.to).empty());
    CHECK(folder.files() == std::vector<std::string>{"note.txt"});
}

TEST_CASE("only what is new is asked for") {
    const UtcTime now = at("2026-11-22T12:00:00Z");
    const TimeWindow whole = window("2026-11-20T00:00:00Z", "2026-11-22T12:00:00Z");
    const auto saved = [](std::string_view from, std::string_view to) {
        return SavedWindow{window(from, to), "file"};
    };
    CHECK(shown(plan_windows(whole, now, {})) ==
          std::vector<std::string>{"2026-11-22T00:00:00Z 2026-11-22T12:00:00Z ask",
                                   "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z ask",
                                   "2026-11-20T00:00:00Z 2026-11-21T00:00:00Z ask"});
    CHECK(shown(plan_windows(whole, now,
                             {saved("2026-11-22T00:00:00Z", "2026-11-22T09:00:00Z"),
                              saved("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")})) ==
          std::vector<std::string>{"2026-11-22T09:00:00Z 2026-11-22T12:00:00Z ask",
                                   "2026-11-22T00:00:00Z 2026-11-22T09:00:00Z saved",
                                   "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z saved",
                                   "2026-11-20T00:00:00Z 2026-11-21T00:00:00Z ask"});
    // Overlapping ones follow each other without a gap; one that is older than asked for is cut.
    CHECK(shown(plan_windows(whole, now,
                             {saved("2026-11-22T08:00:00Z", "2026-11-23T00:00:00Z"),
                              saved("2026-11-21T12:00:00Z", "2026-11-22T09:00:00Z"),
                              saved("2026-11-01T00:00:00Z", "2026-11-21T18:00:00Z")})) ==
          std::vector<std::string>{"2026-11-22T08:00:00Z 2026-11-22T12:00:00Z saved",
                                   "2026-11-21T12:00:00Z 2026-11-22T08:00:00Z saved",
                                   "2026-11-20T00:00:00Z 2026-11-21T12:00:00Z saved"});
}

namespace {

// Three days, long past, with two pages on each.
struct ThreeDays {
    explicit ThreeDays(const char* now = "2026-11-25T12:00:00Z") : clock(now) {}
    FakeHttp http;
    FakeClock clock;
    KeepingSink sink;
    PullContext context{.http = http,
                        .clock = clock,
                        .graph_url = k_graph,
                        .from = at("2026-11-20T00:00:00Z"),
                        .to = at("2026-11-23T00:00:00Z"),
                        .in_flight = 1,
                        .progress = {},
                        .stop = {}};
    void expect_day(int day) {
        const std::string date = fmt::format("2026-11-{}", day);
        const std::string second = link(date);
        http.expect(
            HttpMethod::get,
            first_url({at(date + "T00:00:00Z"), at(fmt::format("2026-11-{}T00:00:00Z", day + 1))}),
            reply(200, graph_answer({graph_row(date + "-1", date + "T09:00:00Z"),
                                     graph_row(date + "-2", date + "T08:00:00Z")},
                                    second)));
        http.expect(HttpMethod::get, second,
                    reply(200, graph_answer({graph_row(date + "-3", date + "T07:00:00Z", 50126)})));
    }
    std::string pull(const SignInCheckpoint* checkpoint) {
        context.checkpoint = checkpoint;
        const Coverage coverage = k_graph_sign_ins.pull(context, sink);
        std::string text =
            fmt::format("{} {} {} {} {}\n", to_string(coverage.state), coverage.rows,
                        coverage.files, coverage.reason, fmt::join(coverage.notes, "|"));
        for (const auto& seen : sink.seen)
            text += fmt::format("{} {} {} {} {}\n", seen.fields.line, seen.record_id, seen.account,
                                format_utc(*seen.fields.at), seen.fields.error_code);
        return text;
    }
};

std::string undisturbed() {
    ThreeDays t;
    for (const int day : {22, 21, 20}) t.expect_day(day);
    return t.pull(nullptr);
}

}  // namespace

TEST_CASE("a pull that was interrupted goes on with the window it was in") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    {
        ThreeDays t;
        t.expect_day(22);
        t.http.expect(HttpMethod::get,
                      first_url(window("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")),
                      HttpFailureKind::connect);
        CHECK(t.pull(&checkpoint) != undisturbed());
    }
    CHECK(folder.files().size() == 1);
    ThreeDays again;
    for (const int day : {21, 20}) again.expect_day(day);
    CHECK(again.pull(&checkpoint) == undisturbed());
    CHECK(again.http.requests().size() == 4);
    ThreeDays once_more;
    CHECK(once_more.pull(&checkpoint) == undisturbed());
    CHECK(once_more.http.requests().empty());
}

TEST_CASE("a repeated pull asks for the time since and for late rows") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    ThreeDays first("2026-11-22T12:00:00Z");
    first.context.to = at("2026-11-22T12:00:00Z");
    first.context.from = at("2026-11-22T00:00:00Z");
    first.http.expect(HttpMethod::get, k_graph + "/beta/auditLogs/signIns*",
                      reply(200, graph_answer({graph_row("a", "2026-11-22T11:00:00Z"),
                                               graph_row("b", "2026-11-22T09:00:00Z")})));
    first.pull(&checkpoint);
    ThreeDays second("2026-11-22T13:00:00Z");
    second.context.to = at("2026-11-22T13:00:00Z");
    second.context.from = at("2026-11-22T00:00:00Z");
    second.http.expect(HttpMethod::get,
                       first_url(window("2026-11-22T10:00:00Z", "2026-11-22T13:00:00Z")),
                       reply(200, graph_answer({graph_row("new", "2026-11-22T12:30:00Z"),
                                                graph_row("a", "2026-11-22T11:00:00Z"),
                                                graph_row("late", "2026-11-22T10:30:00Z")})));
    second.pull(&checkpoint);
    CHECK(second.sink.ids() == Ids{"new", "a", "late", "b"});
}

TEST_CASE("a window read from v1.0 is not kept") {
    const Folder folder;
    const SignInCheckpoint checkpoint(folder.path());
    ThreeDays t;
    t.context.from = at("2026-11-22T00:00:00Z");
    const TimeWindow day = window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    t.http.expect(HttpMethod::get, first_url(day), reply(400, "{}"));
    t.http.expect(HttpMethod::get, first_url(day, SignInApi::v1), reply(200, graph_answer({})));
    t.pull(&checkpoint);
    CHECK(folder.files().empty());
}
