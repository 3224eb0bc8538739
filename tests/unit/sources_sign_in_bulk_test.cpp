// Sign-ins from large files go a shorter way; here both ways are held together.
#include "sources/evidence_file.hpp"
#include "sources/json_splitter.hpp"
#include "sources/sign_in_json.hpp"
#include "sources_sign_in_support.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

struct ReadResult {
    std::vector<std::string> rows;
    std::string problem;
    bool are_valid = true;  // the records that were cut out, for nlohmann's parser
};

std::string words(const Observation& o) {
    return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", o.line, o.account, o.user_id,
                       o.at ? o.at->time_since_epoch().count() : 0, static_cast<int>(o.outcome),
                       o.error_code, o.client ? format_ip(*o.client) : "", o.user_agent, o.app,
                       o.country, o.record_id);
}

class WordSink final : public EvidenceSink {
public:
    explicit WordSink(std::vector<std::string>& rows) : rows_(rows) {}
    void observe(const Observation& o) override { rows_.push_back(words(o)); }
    void account(const AccountFacts&) override {}
    void tenant(const TenantFacts&) override {}

private:
    std::vector<std::string>& rows_;
};

// As the program reads it.
ReadResult read_file(const std::string& text, std::size_t step = 64 * 1024) {
    ReadResult out;
    WordSink sink(out.rows);
    const auto run = [&]() -> Result<void> {
        SA_TRY(EvidenceFile file, EvidenceFile::open(std::make_unique<TextSource>(text, step),
                                                     "x.json", EvidenceOptions()));
        SA_TRY(const Coverage ignored, file.read(sink));
        (void)ignored;
        return {};
    };
    if (const auto done = run(); !done) out.problem = done.error().message;
    return out;
}

// Record by record, each cut out first and read by itself, in the program's words.
ReadResult read_one_by_one(const std::string& text) {
    ReadResult out;
    WordSink sink(out.rows);
    SignInTally tally;
    SignInReader reader(tally);
    SignInRow row;
    const auto refuse = [](const TextCursor& at, std::string_view what) {
        return fail(Errc::input, fmt::format("{}: {}; export the sign-ins again as JSON",
                                             at_cursor("x.json", at), what));
    };
    JsonSplitter splitter(
        "x.json",
        [&](std::string_view record, const TextCursor& at) -> Result<void> {
            out.are_valid = out.are_valid && nlohmann::json::accept(record);
            if (const auto problem = parse_sign_in(record, row)) {
                TextCursor where = at;
                where.advance(record.substr(0, problem->offset));
                return refuse(where, problem->what);
            }
            auto seen = reader.read(row);
            if (!seen) return refuse(at, seen.error());
            if (*seen) {
                (*seen)->line = at.line();
                sink.observe(**seen);
            }
            return {};
        },
        [&](std::string_view wrapper, const TextCursor& at) -> Result<void> {
            if (!nlohmann::json::accept(wrapper))
                return refuse(at, "what is around the records is not valid JSON");
            return {};
        });
    auto done = splitter.feed(text);
    if (done) done = splitter.finish();
    if (!done) out.problem = done.error().message;
    return out;
}

// A row with everything that a tenant's own has: lists, nested objects, escapes, wide characters.
std::string full_row(std::size_t number) {
    const bool is_smtp = number % 2 == 0;
    return fmt::format(
        R"({{"id":"{0:08x}","createdDateTime":"2026-11-{1:02}T05:00:0{2}Z","userDisplayName":"Jürgen \"{0}\"",)"
        R"("userPrincipalName":"scan{3}@contoso.com","userId":"11111111-1111-4111-8111-{0:012}",)"
        R"("appDisplayName":"Office 365 \\ Exchange","ipAddress":"198.51.100.{3}","clientAppUsed":"{4}",)"
        R"("userAgent":"Ric\u006fh","isInteractive":false,"riskEventTypes":[],)"
        R"("status":{{"errorCode":{5},"failureReason":null}},"location":{{"city":"São Paulo",)"
        R"("countryOrRegion":"BR","geoCoordinates":{{"altitude":null,"latitude":-23.5475}}}},)"
        R"("appliedConditionalAccessPolicies":[{{"id":"p","result":"success"}},{{"id":"q"}}]}})",
        number, 1 + number % 28, number % 10, number % 50,
        is_smtp ? "Authenticated SMTP" : "Browser", number % 7 == 0 ? 50126 : 0);
}

std::vector<std::string> full_rows(std::size_t count) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < count; ++i) rows.push_back(full_row(i));
    return rows;
}

std::string pretty(const std::string& row) { return nlohmann::ordered_json::parse(row).dump(2); }

std::vector<std::string> shapes(const std::vector<std::string>& rows) {
    std::vector<std::string> tall;
    for (const std::string& row : rows) tall.push_back(pretty(row));
    return {fmt::format("{}\n", fmt::join(rows, "\n")),
            fmt::format("{}\r\n", fmt::join(rows, "\r\n")),
            fmt::format("[{}]", fmt::join(rows, ",")),
            fmt::format("[\n{}\n]\n", fmt::join(tall, ",\n")),
            graph_answer(rows),
            graph_answer(rows, "https://graph.microsoft.com/x") + "\n" + graph_answer(rows),
            fmt::format(R"({{"records":[{}]}})", fmt::join(tall, ","))};
}

}  // namespace

TEST_CASE("sign-ins of several megabytes are read as one by one in each shape") {
    for (const std::string& text : shapes(full_rows(2'000))) {
        INFO(text.substr(0, 60));
        const ReadResult file = read_file(text);
        const ReadResult single = read_one_by_one(text);
        CHECK(file.problem.empty());
        CHECK(single.rows.size() >= 1'000);
        CHECK((file.rows == single.rows));
    }
}

TEST_CASE("the block that a sign-in lies in does not matter") {
    const std::string text = shapes(full_rows(8))[4];
    const ReadResult single = read_one_by_one(text);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}})
        CHECK((read_file(text, step).rows == single.rows));
}

TEST_CASE("a fault behind a megabyte of sign-ins is told with its place") {
    const std::vector<std::string> rows = full_rows(2'000);
    for (const std::string& whole : shapes(rows)) {
        for (const std::size_t from : {whole.size() / 2, whole.size() - 2000}) {
            std::string text = whole;
            const std::size_t at = text.find("\"errorCode\"", from);
            REQUIRE(at != std::string::npos);
            text.replace(at, 11, "\"errorCode'");
            const ReadResult file = read_file(text);
            INFO(file.problem);
            CHECK_FALSE(file.problem.empty());
            CHECK(file.problem == read_one_by_one(text).problem);
        }
    }
}

TEST_CASE("bytes that are no text come after the sign-ins before them") {
    std::string text = shapes(full_rows(40))[0];
    text[text.size() - 100] = '\xFF';
    CHECK(read_file(text).problem.find("40:480: bytes that are not valid UTF-8") !=
          std::string::npos);
    text.replace(text.find("\"errorCode\":"), 12, "\"errorCode\";");
    const ReadResult file = read_file(text);
    INFO(file.problem);
    CHECK(file.problem.starts_with("x.json:1:"));
    CHECK(file.problem == read_one_by_one(text).problem);
}

// The same rows, or both refuse, with the same words.
TEST_CASE("damaged sign-ins are read or refused as one by one") {
    std::mt19937 random(20261126);
    const auto below = [&](std::size_t limit) { return random() % limit; };
    // No "e": nlohmann's parser also refuses numbers that no double can hold.
    const std::string alphabet = "{}[]:,\"\\ \n\r019-.utlS\xC3\xA9";
    const std::vector<std::string> corpus = shapes(full_rows(3));
    std::size_t read = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 2'500; ++i) {
        std::string text = corpus[below(corpus.size())];
        for (std::size_t edits = 1 + below(2); edits > 0; --edits) {
            // The beginning is left alone: it tells what file it is.
            const std::size_t at = 300 + below(text.size() - 300);
            const char c = alphabet[below(alphabet.size())];
            switch (below(4)) {
                case 0: text.insert(at, 1, c); break;
                case 1: text.erase(at, 1 + below(3)); break;
                case 2: text.insert(at, text.substr(below(text.size()), below(60))); break;
                default: text[at] = c;
            }
        }
        const ReadResult file = read_file(text);
        // Bytes that are no UTF-8 are the decoder's to refuse, before any JSON is looked at.
        if (file.problem.find("not valid UTF-8; save") != std::string::npos) continue;
        const ReadResult single = read_one_by_one(text);
        ++(file.problem.empty() ? read : refused);
        if (file.problem != single.problem || file.rows != single.rows) {
            INFO(text);
            CHECK(file.problem == single.problem);
            CHECK(file.rows == single.rows);
        }
        if (!file.problem.empty() || single.are_valid) continue;
        INFO(text);
        CHECK(single.are_valid);
    }
    CHECK(read > 400);
    CHECK(refused > 400);
}
