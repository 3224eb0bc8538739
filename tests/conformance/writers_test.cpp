// What every writer of the table must do, whatever its format.
#include "base/text.hpp"
#include "report/run_document.hpp"
#include "report/writer.hpp"
#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/sample_report.hpp"

#include <nlohmann/json.hpp>
#include <set>

using namespace smtpaudit;
using namespace smtpaudit::test;

namespace {

using Records = std::vector<std::vector<std::string>>;

std::string write(const Writer& writer, const Report& report) {
    TextSink sink;
    const auto done = writer.write(report, {}, sink);
    REQUIRE(done);
    return sink.text;
}

// RFC 4180 and nothing else; an empty result is a mistake.
Records read_csv(std::string_view text) {
    Records records(1);
    std::string cell;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"')
                cell += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                cell += text[++i];
            else
                quoted = false;
        } else if (c == '"') {
            if (!cell.empty()) return {};
            quoted = true;
        } else if (c == ',') {
            records.back().push_back(std::exchange(cell, {}));
        } else if (c == '\r') {
            if (i + 1 == text.size() || text[++i] != '\n') return {};
            records.back().push_back(std::exchange(cell, {}));
            records.emplace_back();
        } else if (c == '\n') {
            return {};
        } else {
            cell += c;
        }
    }
    if (quoted || !records.back().empty() || !cell.empty()) return {};
    records.pop_back();
    return records;
}

// Every series once, of a family that was declared; the grammar itself is promtool's to judge.
void check_exposition(const std::string& text) {
    std::set<std::string_view> series, families;
    for (const std::string_view line : split(text, '\n')) {
        if (line.starts_with("# TYPE ")) {
            REQUIRE(line.ends_with(" gauge"));
            REQUIRE(families.insert(split(line, ' ')[2]).second);
        } else if (!line.empty() && !line.starts_with("# HELP ")) {
            const std::size_t value = line.rfind("} ");
            REQUIRE(value != std::string_view::npos);
            REQUIRE(series.insert(line.substr(0, value)).second);
            REQUIRE(families.count(line.substr(0, line.find('{'))) == 1);
        }
    }
    REQUIRE(families.size() > 10);
}

// The data of the page is JSON with every row, and nothing else closes its element.
void check_page(const std::string& text, const Report& report) {
    constexpr std::string_view k_open = "<script type=\"application/json\" id=\"data\">";
    const std::size_t start = text.find(k_open);
    REQUIRE(start != std::string::npos);
    const std::size_t end = text.find("</script>", start);
    const auto data =
        nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(start + k_open.size()),
                              text.begin() + static_cast<std::ptrdiff_t>(end));
    REQUIRE(data["accounts"].size() == report.accounts->size());
    REQUIRE(data["devices"].size() == report.devices->size());
    REQUIRE(text.ends_with("</html>\n"));
    std::size_t scripts = 0;
    for (std::size_t at = 0; (at = text.find("<script", at)) != std::string::npos; ++at) ++scripts;
    REQUIRE(scripts == 2);
}

// The format's own rules; a new writer adds its check here.
void check_valid(const Writer& writer, const std::string& text, const Report& report) {
    CHECK_FALSE(find_invalid_utf8(text));
    if (writer.name == "json") {
        REQUIRE(read_run_document(text, "run.json"));  // refuses what is not JSON
    } else if (writer.name == "csv") {
        const Records records = read_csv(text);
        REQUIRE(records.size() == 1 + report.accounts->size() + report.devices->size());
        for (const auto& record : records) REQUIRE(record.size() == records.front().size());
    } else if (writer.name == "inventory") {
        const Records records = read_csv(text);
        REQUIRE(records.size() >= 1 + report.devices->size());
        for (const auto& record : records) REQUIRE(record.size() == 5);
    } else if (writer.name == "jsonl") {
        const auto lines = split(text, '\n');
        REQUIRE(lines.size() == report.accounts->size() + report.devices->size() + 1);
        for (std::size_t i = 0; i + 1 < lines.size(); ++i)
            REQUIRE(nlohmann::json::parse(lines[i]).is_object());
        REQUIRE(lines.back().empty());
    } else if (writer.name == "prometheus") {
        check_exposition(text);
    } else if (writer.name == "html") {
        check_page(text, report);
    } else if (writer.name == "markdown") {
        REQUIRE(text.size() <= 1024 * 1024);
        REQUIRE(text.ends_with("</sub>\n"));
    } else {
        REQUIRE(text.ends_with('\n'));
    }
}

void check_both(const Writer& writer, const Report& report) {
    INFO(writer.name);
    const std::string text = write(writer, report);
    check_valid(writer, text, report);
    CHECK(write(writer, report) == text);
}

Report one_row() {
    Report report = empty_report();
    report.accounts = std::make_shared<StoredRows>(std::vector<Row>{full_row()});
    count_statuses(report);
    return report;
}

// Fails at one write and counts what comes after it.
class BreakingSink final : public ByteSink {
public:
    explicit BreakingSink(std::size_t good) : good_(good) {}
    Result<void> write(std::string_view) override {
        ++writes;
        if (writes <= good_) return {};
        return fail(Errc::closed_pipe, "the reader went away");
    }
    Result<void> flush() override { return {}; }
    std::size_t writes = 0;

private:
    std::size_t good_;
};

}  // namespace

TEST_CASE("the table of writers has distinct names that can be found") {
    std::set<std::string_view> names;
    for (const Writer& writer : all_writers()) {
        CHECK(names.insert(writer.name).second);
        CHECK(find_writer(writer.name) == &writer);
        CHECK_FALSE(writer.help.empty());
    }
    CHECK(find_writer("no such format") == nullptr);
}

TEST_CASE("every writer writes an empty report") {
    for (const Writer& writer : all_writers()) check_both(writer, empty_report());
}

TEST_CASE("every writer writes one row") {
    for (const Writer& writer : all_writers()) check_both(writer, one_row());
}

TEST_CASE("every writer writes all kinds of rows") {
    for (const Writer& writer : all_writers()) check_both(writer, sample_report());
}

TEST_CASE("every writer writes 10000 rows") {
    for (const Writer& writer : all_writers()) {
        const Report report = large_report(5000);  // accounts, and as many devices
        const std::string text = write(writer, report);
        check_valid(writer, text, report);
    }
}

TEST_CASE("every writer takes hostile text and lets no control character through") {
    for (const Writer& writer : all_writers()) {
        check_both(writer, hostile_report());
        const std::string text = write(writer, hostile_report());
        INFO(writer.name);
        for (const char* sequence :
             {"\x1B", "\x07", "\x7F", "\xC2\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8"})
            CHECK(text.find(sequence) == std::string::npos);
        CHECK(text.find('\0') == std::string::npos);
    }
}

TEST_CASE("no CSV cell of hostile text starts as a formula") {
    const Records records = read_csv(write(*find_writer("csv"), hostile_report()));
    REQUIRE(records.size() > 10);
    for (const auto& record : records)
        for (const std::string& cell : record)
            CHECK((cell.empty() ||
                   std::string_view("=+-@\t\r").find(cell.front()) == std::string_view::npos));
}

TEST_CASE("every writer ends with the first write that fails") {
    for (const Writer& writer : all_writers()) {
        INFO(writer.name);
        BreakingSink all(static_cast<std::size_t>(-1));
        REQUIRE(writer.write(sample_report(), {}, all));
        for (std::size_t good = 0; good < all.writes; ++good) {
            BreakingSink sink(good);
            const auto done = writer.write(sample_report(), {}, sink);
            REQUIRE_FALSE(done);
            CHECK(done.error().code == Errc::closed_pipe);
            CHECK(sink.writes == good + 1);
        }
    }
}
