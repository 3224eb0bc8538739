#include "sources/evidence_file.hpp"
#include "sources_sign_in_support.hpp"

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

struct FileRead {
    KeepingSink sink;
    std::string kind, title, problem;
    Coverage coverage;

    explicit FileRead(const std::string& text, std::size_t step = 64 * 1024,
                      DateFormat dates = DateFormat::automatic) {
        const auto run = [&]() -> Result<void> {
            EvidenceOptions options;
            options.date_format = dates;
            SA_TRY(EvidenceFile file,
                   EvidenceFile::open(std::make_unique<TextSource>(text, step), "x.json", options));
            kind = file.kind().id;
            title = file.kind().title;
            SA_TRY(coverage, file.read(sink));
            return {};
        };
        if (auto done = run(); !done) problem = done.error().message;
    }
};

UtcTime at(std::string_view text) { return parse_iso_instant(text).value().at; }

const std::string k_a = graph_row("a", "2026-11-20T05:00:00Z");
const std::string k_b = graph_row("b", "2026-11-19 04:00:00.123", 50126);
const std::string k_other = graph_row("c", "2026-11-25T04:00:00Z", 0, "Browser");
using Ids = std::vector<std::string>;

// The download's own header, with its doubled and blank-ended captions.
const std::string k_portal_header =
    "Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,"
    "Incoming token type,Authentication Protocol,Application,Application ID ,Resource,IP address,"
    "Location,Status,Sign-in error code,Failure reason,Client app,Incoming token type\n";

std::string portal_row(const std::string& id, const std::string& date, const std::string& status,
                       const std::string& code, const std::string& app = "Authenticated SMTP") {
    return fmt::format(
        "{},{},BAV2ROPC,corr,11111111-1111-4111-8111-111111111111,Scan,scan3@contoso.com,member,"
        "none,none,Office 365 Exchange Online,app,res,198.51.100.7,\"Utrecht, Utrecht, NL\",{},{},"
        "Other.,{},none\n",
        date, id, status, code, app);
}

}  // namespace

TEST_CASE("a sign-in export is read in each of its JSON shapes") {
    const std::string lines = k_a + "\n" + k_b + "\n" + k_other + "\n";
    const std::string array = fmt::format("[{},\n{},{}]", k_a, k_b, k_other);
    const std::string page = graph_answer({k_a, k_b, k_other});
    const std::string pages =
        graph_answer({k_a}, "https://graph.microsoft.com/x") + "\n" + graph_answer({k_b, k_other});
    const std::string lots =
        fmt::format(R"({{"records":[{{"category":"SignInLogs","resultType":0,"properties":{}}}]}})"
                    "\n"
                    R"({{"records":[{{"category":"SignInLogs","resultType":"1","properties":{}}},)"
                    R"({{"category":"SignInLogs","properties":{}}}]}})",
                    k_a, k_b, k_other);
    for (const std::string& text : {lines, array, page, pages, lots}) {
        INFO(text);
        for (const std::size_t step : {std::size_t{1}, std::size_t{100'000}}) {
            const FileRead read(text, step);
            CHECK(read.problem.empty());
            CHECK(read.kind == "sign_ins");
            CHECK(read.sink.ids() == Ids{"a", "b"});
            CHECK(read.coverage.source == "sign_ins");
            CHECK(read.coverage.state == CoverageState::complete);
            CHECK(read.coverage.rows == 2);
            CHECK(read.coverage.files == 1);
            // The rows of other protocols show how far the file looks.
            CHECK(read.coverage.from == at("2026-11-19T04:00:00Z"));
            CHECK(read.coverage.to == at("2026-11-25T04:00:00Z"));
            CHECK(read.coverage.notes == Ids{"1 row of another protocol skipped"});
        }
    }
}

TEST_CASE("observations of a file know their line") {
    const FileRead read(k_a + "\n\n" + k_b + "\n");
    REQUIRE(read.sink.seen.size() == 2);
    CHECK(read.sink.seen[0].fields.line == 1);
    CHECK(read.sink.seen[1].fields.line == 3);
    CHECK(read.sink.seen[1].fields.outcome == Outcome::failure);
}

TEST_CASE("a page whose next page is missing is partial") {
    const FileRead read(graph_answer({k_a}, "https://graph.microsoft.com/x"));
    CHECK(read.coverage.state == CoverageState::partial);
    CHECK(read.coverage.reason.find("@odata.nextLink") != std::string::npos);
    CHECK(read.sink.ids() == Ids{"a"});
}

TEST_CASE("an answer without rows is complete and says so") {
    const FileRead read(graph_answer({}));
    CHECK(read.problem.empty());
    CHECK(read.coverage.state == CoverageState::complete);
    CHECK(read.coverage.rows == 0);
    CHECK_FALSE(read.coverage.from);
    CHECK(read.coverage.notes == Ids{"no rows"});
    const FileRead others("[" + k_other + "]");
    CHECK(any_contains(others.coverage.notes, "no row is an SMTP AUTH sign-in"));
}

TEST_CASE("a malformed record is one line with its place and nothing of its content") {
    CHECK(FileRead(k_a + "\n{\"clientAppUsed\":\"SMTP\",\"createdDateTime\":null}\n").problem ==
          "x.json:2:1: createdDateTime is null; export the sign-ins again as JSON");
    CHECK(FileRead(k_a + "\n{\"id\":\"b\",\n \"x\":SENTINEL}\n").problem ==
          "x.json:3:6: not valid JSON; export the sign-ins again as JSON");
    const std::string deep = R"({"clientAppUsed":)" + std::string(100, '[') + std::string(100, ']');
    CHECK(FileRead(deep + "}").problem.find("nested more than 64 levels deep") !=
          std::string::npos);
    CHECK(FileRead("{\"clientAppUsed\":\"a\xFF\"}").problem.starts_with("x.json:1:20: "));
    CHECK(FileRead(k_a.substr(0, k_a.size() - 5)).problem ==
          "x.json:1:1: the file ends in the middle of this record; export it again");
    CHECK(FileRead(graph_answer({k_a}).replace(0, 1, "{\"x\":tru,")).problem ==
          "x.json:1:1: what is around the records is not valid JSON; export the sign-ins again as "
          "JSON");
}

TEST_CASE("the portal's CSV is read by its captions") {
    const FileRead read(k_portal_header +
                        portal_row("a", "2026-11-20T05:12:44Z", "Success", "None") +
                        portal_row("b", "2026-11-19T05:12:44.25Z", "Failure", "50126") +
                        portal_row("c", "2026-11-18T05:12:44Z", "Success", "0") +
                        portal_row("d", "2026-11-17T05:12:44Z", "Failure", "", "Browser"));
    CHECK(read.problem.empty());
    CHECK(read.kind == "sign_ins");
    CHECK(read.title == "Entra sign-in export (CSV)");
    CHECK(read.sink.ids() == Ids{"a", "b", "c"});
    REQUIRE(read.sink.seen.size() == 3);
    const auto& first = read.sink.seen[0];
    CHECK(first.fields.at == at("2026-11-20T05:12:44Z"));
    CHECK(first.fields.outcome == Outcome::success);
    CHECK(first.fields.protocol == Protocol::basic);
    CHECK(first.fields.client == parse_ip("198.51.100.7"));
    CHECK(first.fields.line == 2);
    CHECK(first.account == "scan3@contoso.com");
    CHECK(first.user_id == "11111111-1111-4111-8111-111111111111");
    CHECK(first.user_agent == "BAV2ROPC");
    CHECK(first.app == "Office 365 Exchange Online");
    CHECK(first.country == "NL");
    CHECK(read.sink.seen[1].fields.error_code == 50126);
    CHECK(read.sink.seen[1].fields.outcome == Outcome::failure);
    CHECK(read.coverage.rows == 3);
    CHECK(read.coverage.from == at("2026-11-17T05:12:44Z"));
    CHECK(any_contains(read.coverage.notes, "1 row of another protocol skipped"));
}

TEST_CASE("a failure without a code in the portal's CSV is refused") {
    CHECK(FileRead(k_portal_header + portal_row("a", "2026-11-20T05:12:44Z", "Failure", "None"))
              .problem ==
          "x.json:2:194: has no error code though the sign-in is no success (column \"Sign-in "
          "error code\"); export the sign-ins again with this column");
    CHECK_FALSE(FileRead(k_portal_header + portal_row("a", "2026-11-20T05:12:44Z", "Failure", "x"))
                    .problem.empty());
}

TEST_CASE("a date of the portal's CSV that has two readings is refused") {
    const std::string text =
        k_portal_header + portal_row("a", "11/05/2026 05:12:44", "Success", "None");
    CHECK(FileRead(text).problem.find("--date-format") != std::string::npos);
    const FileRead read(text, 1000, DateFormat::mdy);
    CHECK(read.problem.empty());
    REQUIRE(read.sink.seen.size() == 1);
    CHECK(read.sink.seen[0].fields.at == at("2026-11-05T05:12:44Z"));
}

TEST_CASE("a portal CSV without a needed column lists what it has") {
    const FileRead read(
        "Date (UTC),Request ID,Username,Status\n2026-11-20T05:12:44Z,a,b,Success\n");
    CHECK(read.problem.find("\"Client app\"") != std::string::npos);
    CHECK(read.problem.find("\"Request ID\"") != std::string::npos);
}

TEST_CASE("a sign-in export of many rows needs the memory of one") {
    // 20 MB in pieces; the decoder, the splitter and the reader each hold one block or record.
    class Many final : public ByteSource {
        Result<std::size_t> read(std::span<char> room) override {
            std::size_t filled = 0;
            while (filled < room.size() && count_ < 50'000) {
                const std::string line = graph_row("a", "2026-11-20T05:00:00Z") + "\n";
                const auto n = std::min(room.size() - filled, line.size() - at_);
                std::memcpy(room.data() + filled, line.data() + at_, n);
                filled += n;
                at_ += n;
                if (at_ == line.size()) {
                    at_ = 0;
                    ++count_;
                }
            }
            return filled;
        }
        std::size_t at_ = 0, count_ = 0;
    };
    class Counting final : public EvidenceSink {
    public:
        void observe(const Observation&) override { ++count; }
        void account(const AccountFacts&) override {}
        void tenant(const TenantFacts&) override {}
        std::size_t count = 0;
    } sink;
    auto file = EvidenceFile::open(std::make_unique<Many>(), "many.json", {});
    REQUIRE(file);
    const auto coverage = file->read(sink);
    REQUIRE(coverage);
    CHECK(sink.count == 50'000);
    CHECK(coverage->rows == 50'000);
}
