// The whole program: bytes as a file, ranked, through every writer.
#include "fuzz/fuzz.hpp"

#include "report/writer.hpp"
#include "sources/csv.hpp"
#include "support/world.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace smtpaudit::fuzz {
namespace {

using nlohmann::json;

// Everything that the page is made of; another element could only come from data.
constexpr std::array<std::string_view, 63> k_elements = {
    "html",       "head",    "meta",   "title",   "style",   "body",    "a",       "header",
    "p",          "nav",     "main",   "section", "h1",      "h2",      "h3",      "h4",
    "div",        "footer",  "dialog", "script",  "strong",  "em",      "span",    "small",
    "ul",         "ol",      "li",     "dl",      "dt",      "dd",      "table",   "thead",
    "tbody",      "tr",      "th",     "td",      "caption", "details", "summary", "figure",
    "figcaption", "svg",     "g",      "path",    "rect",    "line",    "circle",  "text",
    "defs",       "pattern", "desc",   "pre",     "code",    "br",      "time",    "b",
    "i",          "button",  "input",  "label",   "select",  "option",  "polyline"};

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
    });
}

// name="value" name …; no handler, no style, no address but a place in the page or a web page.
void check_attributes(std::string_view text) {
    for (;;) {
        while (!text.empty() && (text.front() == ' ' || text.front() == '\n'))
            text.remove_prefix(1);
        if (text.empty() || text == "/") return;
        const std::size_t end = std::min(text.find_first_of(" =/\n"), text.size());
        const std::string_view name = text.substr(0, end);
        require(is_name(name), "an attribute has a name", text);
        require(!name.starts_with("on") && name != "style" && name != "src",
                "no attribute runs or fetches anything", text);
        text.remove_prefix(end);
        if (!text.starts_with('=')) continue;
        require(text.size() > 1 && text[1] == '"', "an attribute is quoted", text);
        const std::size_t close = text.find('"', 2);
        require(close != std::string_view::npos, "an attribute's quote is closed", text);
        const std::string_view value = text.substr(2, close - 2);
        if (name == "href")
            require(value.starts_with('#') || value.starts_with("https://"),
                    "a link leads into the page or to a web page", value);
        text.remove_prefix(close + 1);
    }
}

// Strict, as no browser is: every < begins an element of ours, every attribute is quoted.
void check_html(std::string_view page) {
    constexpr std::string_view k_doctype = "<!DOCTYPE html>";
    require(page.starts_with(k_doctype), "a page begins as one");
    require(is_safe_text(page, true), "a page is safe text");
    page.remove_prefix(k_doctype.size());
    std::size_t scripts = 0;
    for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<')) {
        page.remove_prefix(at + 1);
        std::size_t end = 0;
        for (bool quoted = false; end < page.size() && (quoted || page[end] != '>'); ++end) {
            if (page[end] == '"') quoted = !quoted;
            require(page[end] != '<', "no < inside an element", page.substr(0, 80));
        }
        require(end < page.size(), "an element is closed");
        std::string_view tag = page.substr(0, end);
        page.remove_prefix(end + 1);
        const bool closes = tag.starts_with('/');
        if (closes) tag.remove_prefix(1);
        const std::string_view name = tag.substr(0, tag.find_first_of(" \n/"));
        require(std::find(k_elements.begin(), k_elements.end(), name) != k_elements.end(),
                "only elements of the page's own", tag.substr(0, 80));
        check_attributes(tag.substr(name.size()));
        if (closes || (name != "script" && name != "style")) continue;
        if (name == "script") ++scripts;
        const std::string close = "</" + std::string(name) + ">";
        const std::size_t body = page.find(close);
        require(body != std::string_view::npos, "a script is closed");
        const std::string_view content = page.substr(0, body);
        if (tag.find("application/json") != std::string_view::npos) {
            require(json::accept(content), "the page's data is JSON");
            require(content.find('<') == std::string_view::npos, "the page's data has no <");
        }
        page.remove_prefix(body + close.size());
    }
    require(scripts == 2, "the page has its own two scripts");
}

struct Row {
    std::string kind, id, band;
    friend bool operator==(const Row&, const Row&) = default;
};

std::vector<Row> rows_of_json(const json& run) {
    std::vector<Row> rows;
    for (const auto& [kind, list] : {std::pair{"account", "accounts"}, {"device", "devices"}})
        for (const json& row : run.at(list))
            rows.push_back({kind, row.at("id").get<std::string>(), row.at("band")});
    return rows;
}

std::vector<Row> rows_of_jsonl(std::string_view text) {
    std::vector<Row> rows;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        require(end != std::string_view::npos, "a line of JSON Lines is whole");
        const json row = json::parse(text.substr(0, end));
        rows.push_back({row.at("kind"), row.value("id", ""), row.at("band")});
        text.remove_prefix(end + 1);
    }
    return rows;
}

std::vector<Row> rows_of_csv(const std::string& text) {
    auto csv = CsvReader::open(std::make_unique<test::TextSource>(text), "o.csv", CsvOptions{});
    require(csv.has_value(), "the CSV can be read");
    const auto column = [&](std::string_view name) {
        const auto& header = csv->header();
        const auto found = std::find(header.begin(), header.end(), name);
        require(found != header.end(), "the CSV has its columns", name);
        return static_cast<std::size_t>(found - header.begin());
    };
    const std::size_t kind = column("kind"), id = column("id"), band = column("band");
    std::vector<Row> rows;
    for (;;) {
        const auto found = csv->next();
        require(found.has_value(), "the CSV can be read", found ? "" : found.error().message);
        if (!*found) return rows;
        rows.push_back({std::string(csv->field(kind)), std::string(csv->field(id)),
                        std::string(csv->field(band))});
    }
}

// name{label="value"} number; data stands in quotes, in which a quote is escaped.
void check_prometheus(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        require(end != std::string_view::npos, "a metric's line is whole");
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.starts_with('#') || line.empty()) continue;
        bool quoted = false;
        std::size_t space = std::string_view::npos;
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (quoted && line[i] == '\\') {
                ++i;
            } else if (line[i] == '"') {
                quoted = !quoted;
            } else if (!quoted && line[i] == ' ') {
                space = i;
            }
        }
        require(!quoted && space != std::string_view::npos, "a metric has a value", line);
        double value = 0;
        const auto [stop, error] =
            std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
        require(error == std::errc() && stop == line.data() + line.size(),
                "a metric's value is a number", line);
    }
}

void check_outputs(const std::map<std::string, std::string>& files) {
    const json run = json::parse(files.at("o.json"));
    const auto rows = rows_of_json(run);
    require(run.at("summary").at("accounts") == run.at("accounts").size(), "accounts are counted");
    require(rows_of_csv(files.at("o.csv")) == rows, "the CSV reads again to the same rows");
    require(rows_of_jsonl(files.at("o.jsonl")) == rows, "JSON Lines has the same rows");
    check_html(files.at("o.html"));
    check_prometheus(files.at("o.prometheus"));
    for (const char* name : {"o.table", "o.markdown", "o.json", "o.jsonl", "o.prometheus"})
        require(is_safe_text(files.at(name), true), "an output is safe text", name);
    auto inventory = CsvReader::open(std::make_unique<test::TextSource>(files.at("o.inventory")),
                                     "o.inventory", CsvOptions{});
    require(inventory.has_value(), "the inventory can be read");
    for (auto found = inventory->next();; found = inventory->next()) {
        require(found.has_value(), "the inventory can be read");
        if (!*found) break;
    }
}

}  // namespace

void program(std::string_view bytes) {
    const unsigned choice = take_choice(bytes);
    test::FakeWorld world;
    // Two files where the bytes have the mark, so that what is counted once can go wrong.
    const std::size_t mark = bytes.find('\xFE');
    world.files.contents["a.csv"] = bytes.substr(0, mark);
    std::vector<std::string> args = {"rank", "a.csv"};
    if (mark != std::string_view::npos) {
        world.files.contents["b.csv"] = bytes.substr(mark + 1);
        args.emplace_back("b.csv");
    }
    constexpr const char* k_date_formats[] = {"auto", "iso", "dmy", "mdy"};
    args.insert(args.end(), {"--csv-raw", "--date-format", k_date_formats[choice % 4]});
    if (choice / 4 % 4 == 1) args.emplace_back("--redact");
    if (choice / 16 % 4 == 1) args.insert(args.end(), {"--window", "7"});
    for (const Writer& writer : all_writers())
        args.insert(args.end(),
                    {"--out", std::string(writer.name) + "=o." + std::string(writer.name)});
    const std::size_t inputs = world.files.contents.size();
    const int code = world.run(args);
    require(code == 0 || code == 2 || code == 3, "the run ends with a known code",
            std::to_string(code) + " " + world.err.text);
    require(is_safe_text(world.err.text, true), "what is said is safe text", world.err.text);
    require(is_safe_text(world.out.text, true), "what is printed is safe text");
    if (code == 2) {
        require(world.files.contents.size() == inputs, "bad input writes nothing");
        require(std::count(world.err.text.begin(), world.err.text.end(), '\n') == 1,
                "bad input is one line", world.err.text);
        return;
    }
    check_outputs(world.files.contents);
}

}  // namespace smtpaudit::fuzz
