// Every command line that a document or a help text shows goes through the parser, and the values
// of its options through the option table. Nothing is run.
#include "app/commands.hpp"
#include "app/option_table.hpp"
#include "base/text.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace smtpaudit;
namespace fs = std::filesystem;

namespace {

struct Line {
    std::string place;  // file:line
    std::string text;
};

std::vector<std::string> read_lines(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// Lines of code: fenced, indented by four, or a span that begins with the program's name. A line
// that ends with a backslash goes on in the next.
std::vector<Line> code_lines(const std::string& name, const std::vector<std::string>& lines) {
    std::vector<Line> code;
    bool fenced = false;
    bool goes_on = false;
    for (std::size_t n = 0; n < lines.size(); ++n) {
        const std::string& line = lines[n];
        const std::string place = name + ":" + std::to_string(n + 1);
        if (trim(line).substr(0, 3) == "```") {
            fenced = !fenced;
            continue;
        }
        if (fenced || line.substr(0, 4) == "    ") {
            std::string text(trim(line));
            const bool more = !text.empty() && text.back() == '\\';
            if (more) text.pop_back();
            if (goes_on)
                code.back().text += text;
            else
                code.push_back({place, text});
            goes_on = more;
            continue;
        }
        goes_on = false;
        for (auto at = line.find("`smtpaudit "); at != std::string::npos;
             at = line.find("`smtpaudit ", at + 1)) {
            const auto end = line.find('`', at + 1);
            if (end != std::string::npos)
                code.push_back({place, line.substr(at + 1, end - at - 1)});
        }
    }
    return code;
}

// The arguments of one call, from the word behind the program's name: as a shell cuts them, up to
// an operator, a comment, a middle dot (the report's own separator) or a gap of three blanks.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    std::string word;
    bool in_word = false;
    char quote = 0;
    const auto end_word = [&] {
        if (in_word && word != "…" && word != "...") out.push_back(word);
        word.clear();
        in_word = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                word += c;
            continue;
        }
        if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
            continue;
        }
        if (text.substr(i, 3) == "   " || text.substr(i, 2) == "·") break;
        if (c == '2' && !in_word && i + 1 < text.size() && text[i + 1] == '>') break;
        if (std::string_view("|&;<>()").find(c) != std::string_view::npos) break;
        if (c == '#' && !in_word) break;
        if (c == ' ') {
            end_word();
            continue;
        }
        word += c;
        in_word = true;
    }
    end_word();
    return out;
}

// Every call of the program in a line.
std::vector<std::vector<std::string>> calls(const std::string& line) {
    std::vector<std::vector<std::string>> found;
    constexpr std::string_view k_name = "smtpaudit ";
    for (auto at = line.find(k_name); at != std::string::npos; at = line.find(k_name, at + 1)) {
        const char before = at == 0 ? ' ' : line[at - 1];
        if (before != ' ' && before != '/' && before != '(' && before != '"') continue;
        if (before == '/' && at >= 5 && line.substr(at - 5, 5) == "/bin/") continue;
        std::vector<std::string> args = words(std::string_view(line).substr(at + k_name.size()));
        // At the beginning of a line it is a call even with a command that there is not.
        const bool calls_it =
            !args.empty() && args.front() != "--" &&
            (at == 0 || args.front()[0] == '-' || find_command(args.front()) != nullptr);
        if (calls_it) found.push_back(std::move(args));
    }
    return found;
}

// A value that must be one of the option's choices and is not.
std::string wrong_value(const std::vector<CommandShape>& table,
                        const std::vector<std::string>& args) {
    const auto command = std::find_if(table.begin(), table.end(), [&](const CommandShape& shape) {
        return shape.name == args.front();
    });
    if (command == table.end()) return "";
    for (std::size_t i = 1; i + 1 < args.size(); ++i) {
        for (const OptionShape& option : command->options) {
            if (args[i] != option.long_name || !option.value || option.value->choices.empty())
                continue;
            std::string value = args[i + 1];
            const ValueShape& shape = *option.value;
            if (shape.before_file) value = value.substr(0, value.find('='));
            const bool is_closed =
                shape.comma_list || shape.before_file || join(shape.choices, "|") == shape.text;
            if (!is_closed) continue;
            for (const std::string_view one : split(value, ','))
                if (std::find(shape.choices.begin(), shape.choices.end(), one) ==
                    shape.choices.end())
                    return args[i] + " " + args[i + 1];
        }
    }
    return "";
}

void check_line(const std::vector<CommandShape>& table, const Line& line, int& count) {
    for (const std::vector<std::string>& args : calls(line.text)) {
        INFO(line.place << ": " << line.text);
        INFO("read as: " << join(args, " | "));
        const auto parsed = parse_options(args);
        CHECK((parsed ? "" : parsed.error().message) == "");
        CHECK(wrong_value(table, args) == "");
        ++count;
    }
}

std::vector<fs::path> documents() {
    const fs::path root = SMTPAUDIT_SOURCE_DIR;
    std::vector<fs::path> found;
    for (const char* folder : {".", "docs", "sample-reports", "tests/fake_tenant"})
        for (const auto& entry : fs::directory_iterator(root / folder))
            if (entry.path().extension() == ".md") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

TEST_CASE("every command line in the documents parses") {
    const auto table = option_table();
    int count = 0;
    for (const fs::path& path : documents())
        for (const Line& line : code_lines(path.filename().string(), read_lines(path)))
            check_line(table, line, count);
    CHECK(count > 50);  // the reader of documents still finds them
}

TEST_CASE("every command line in the help texts and on the first screen parses") {
    const auto table = option_table();
    int count = 0;
    for (const Command& command : all_commands())
        for (const std::string_view line : split(command.examples, '\n'))
            check_line(table, {std::string(command.name), std::string(trim(line))}, count);
    CHECK(count > 25);
    test::FakeWorld world;
    REQUIRE(world.run({}) == 0);
    count = 0;
    for (const std::string_view line : split(world.out.text, '\n'))
        check_line(table, {"welcome", " " + std::string(line)}, count);
    CHECK(count == 4);
}

TEST_CASE("a wrong command line in a document is found") {
    const auto table = option_table();
    const auto faults = [&](const std::string& line) {
        std::string found;
        for (const auto& args : calls(line)) {
            const auto parsed = parse_options(args);
            if (!parsed) found += parsed.error().message;
            found += wrong_value(table, args);
        }
        return found;
    };
    CHECK(faults("smtpaudit rank reports/ --format csv -o x.csv") == "");
    CHECK(faults("zcat x | scripts/smtpaudit rank - --formt csv") != "");
    CHECK(faults("x=1 smtpaudit rank a --format cvs && true") != "");
    CHECK(faults("smtpaudit rnak reports/") != "");
    CHECK(faults("smtpaudit scan --sources sign_ins,usrs") != "");
    CHECK(faults("smtpaudit rank a --out jsn=x") != "");
    CHECK(faults("smtpaudit history export --formt json > x") != "");
    CHECK(faults("smtpaudit history --formt json > x") != "");
    CHECK(faults("smtpaudit timeline --cutoff next   # --nonsense") == "");
    CHECK(faults("a=$(smtpaudit schema --nonsense)") != "");
    const auto lines = code_lines("x", {"```", "smtpaudit rank a \\", "  --top x", "```"});
    REQUIRE(lines.size() == 1);
    CHECK(faults(lines[0].text) != "");
}
