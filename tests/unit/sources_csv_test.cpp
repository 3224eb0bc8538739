#include "sources/csv.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

CsvOptions knowing(std::set<std::string> names) {
    CsvOptions options;
    options.known = [names = std::move(names)](std::span<const std::string_view> cells) {
        std::size_t count = 0;
        for (const std::string_view cell : cells) count += names.contains(std::string(cell));
        return count;
    };
    return options;
}

Result<CsvReader> open(std::string text, std::size_t step = 64 * 1024,
                       const CsvOptions& options = {}) {
    return CsvReader::open(std::make_unique<TextSource>(std::move(text), step), "f.csv", options);
}

// "2:a|b" for each record, the header first; an error ends it as "error: …".
std::vector<std::string> read(std::string text, std::size_t step = 64 * 1024) {
    auto csv = open(std::move(text), step);
    if (!csv) return {"error: " + csv.error().message};
    std::vector<std::string> out;
    std::string header;
    for (const std::string& cell : csv->header()) header += (header.empty() ? "" : "|") + cell;
    out.push_back(header);
    for (;;) {
        const auto found = csv->next();
        if (!found) out.push_back("error: " + found.error().message);
        if (!found || !*found) return out;
        std::string line = std::to_string(csv->line()) + ":";
        for (std::size_t i = 0; i < csv->header().size(); ++i)
            line += (i > 0 ? "|" : "") + std::string(csv->field(i));
        out.push_back(line);
    }
}

bool starts(const std::string& text, std::string_view part) { return text.rfind(part, 0) == 0; }

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("records are cut at every line end and delimiter whatever the size of the pieces") {
    for (const std::string end : {"\n", "\r\n", "\r"})
        for (const std::string delimiter : {",", ";", "\t"})
            for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{64 * 1024}})
                for (const bool last_line_ends : {true, false}) {
                    std::string text = "h1" + delimiter + "h2" + end + "a" + delimiter + end +
                                       delimiter + "b c" + (last_line_ends ? end : "");
                    CHECK(read(text, step) == Lines{"h1|h2", "2:a|", "3:|b c"});
                }
}

TEST_CASE("line ends may be mixed and blank lines are skipped") {
    CHECK(read("\n\r\nh,i\r\n\r\na,b\r\rc,d\n\n\ne,f") == Lines{"h|i", "5:a|b", "7:c|d", "10:e|f"});
}

TEST_CASE("quoted fields hold delimiters and line ends and doubled quotes") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{64 * 1024}})
        CHECK(
            read(
                "\"h\",i\r\n\"a,b\",\"c\r\nd\"\r\n\"say \"\"no\"\"\",\"\"\r\n\"\"\"\",\"x\ry\nz\"\n"
                "e,f\r\n",
                step) == Lines{"h|i", "2:a,b|c\r\nd", "4:say \"no\"|", "5:\"|x\ry\nz", "8:e|f"});
}

TEST_CASE("a record that spans many blocks is read whole") {
    const std::string big(300'000, 'x');
    const std::string quoted_big = "\"" + std::string(200'000, '\n') + "\"\"\"";
    const Lines got = read("h,i\n" + big + "," + quoted_big + "\na,b\n");
    REQUIRE(got.size() == 3);
    CHECK((got[1] == "2:" + big + "|" + std::string(200'000, '\n') + "\""));
    CHECK(got[2] == "200003:a|b");
}

TEST_CASE("a record of more than 1 MiB is refused") {
    const std::string huge(k_csv_record_limit + 1, 'x');
    const Lines got = read("h,i\n1,2\n" + huge + ",b\n");
    REQUIRE(got.size() == 3);
    CHECK(starts(got[2], "error: f.csv:3:1: a record of more than 1048576 bytes; "));
}

TEST_CASE("the delimiter is the one with the most known header cells") {
    const auto names = knowing({"a", "b", "c"});
    CHECK(open("a;b,x,y,z;c\n", 9, names).value().delimiter() == ';');
    CHECK(open("a,b\tx\ty\tz\n", 9, names).value().delimiter() == ',');
    CHECK(open("a\tb\n", 9, names).value().delimiter() == '\t');
    CHECK(open("\"a;b;c\",b;x\n", 9, names).value().delimiter() == ',');
    // None is known: the most cells.
    CHECK(open("x;y;z,1\n", 9).value().delimiter() == ';');
    CHECK(open("x\n", 9).value().delimiter() == ',');
}

TEST_CASE("a first line that names the separator decides it") {
    CHECK(read("sep=;\r\nh,1;i\r\na;b\r\n") == Lines{"h,1|i", "3:a|b"});
    CHECK(read("\"sep=;\"\r\nh;i\r\na;b\r\n") == Lines{"h|i", "3:a|b"});
    CHECK(read("SEP=\t\nh\ti\n1\t2\n") == Lines{"h|i", "3:1|2"});
}

TEST_CASE("a ragged row names how many fields were expected and seen") {
    const Lines got = read("h,i,j\n1,2,3\n\"x\ny\",2\n");
    REQUIRE(got.size() == 3);
    CHECK(starts(got[2], "error: f.csv:3:1: 2 fields where the header has 3; "));
    CHECK(starts(read("h,i\n1\n").back(), "error: f.csv:2:1: 1 field where the header has 2; "));
    CHECK(starts(read("h,i\n1,2,3\n").back(), "error: f.csv:2:1: 3 fields where "));
}

TEST_CASE("a quote that is never closed names where it opened") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{64 * 1024}})
        CHECK(starts(read("h,i\n1,2\n3,\"open\n4,5\n6,7\n", step).back(),
                     "error: f.csv:3:3: the quote that opens here is never closed; "));
    CHECK(starts(read("h,i\n1,\"" + std::string(2 * k_csv_record_limit, 'x') + "\"\n").back(),
                 "error: f.csv:2:3: the quote that opens here is never closed; "));
}

TEST_CASE("a quote inside a field and text behind a closing quote are errors") {
    CHECK(starts(read("h,i\n1,é\"x\"\n").back(),
                 "error: f.csv:2:4: a quote inside a field that does not begin with one; "));
    CHECK(starts(read("h,i\n1,\"x\"y\n").back(),
                 "error: f.csv:2:6: text after the quote that closes a field; "));
    CHECK(starts(read("\"h\"x,i\n1,2\n").front(), "error: f.csv:1:4: text after the quote"));
}

TEST_CASE("a header alone has no records") { CHECK(read("h,i\r\n") == Lines{"h|i"}); }

TEST_CASE("nothing but blank lines is an error") {
    CHECK(starts(read("\n\r\n\n").front(), "error: f.csv:1:1: nothing but blank lines"));
    CHECK(starts(read("sep=;\n").front(), "error: f.csv: there is no header record"));
}

TEST_CASE("where names line and character of a field also behind line ends") {
    auto csv = open("h,i,j\n1,2,3\n\"é\r\né\",é\"\",z\n");
    REQUIRE(csv);
    REQUIRE(csv->next());
    CHECK(csv->where(2) == "f.csv:2:5");
    csv = open("h,i,j\n\"é\r\né\",\"y\"\"\n\",z\nk,l,m\n", 2);
    REQUIRE(csv);
    REQUIRE(csv->next());
    CHECK(csv->where(0) == "f.csv:2:1");
    CHECK(csv->where(1) == "f.csv:3:4");
    CHECK(csv->where(2) == "f.csv:4:3");
    CHECK(csv->error(2, "is bad", "mend it").message ==
          "f.csv:4:3: is bad (column \"j\"); mend it");
    REQUIRE(csv->next());
    CHECK(csv->line() == 5);
    CHECK(csv->records() == 2);
}

TEST_CASE("text from data is safe in a message") {
    CHECK(in_quotes("a\x1B[31m\nb") == "\"a�[31m�b\"");
    CHECK(in_quotes(std::string(50, 'x')) == "\"" + std::string(39, 'x') + "…\"");
    const std::vector<std::string> many = {"a", "b", "c"};
    CHECK(quoted_list(many, 2) == "\"a\", \"b\" and 1 more");
    CHECK(quoted_list(many, 3) == "\"a\", \"b\", \"c\"");
}
