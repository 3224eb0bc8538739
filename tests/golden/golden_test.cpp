// Each folder beside this file is a case: `args` (one a line, run inside the folder), its inputs,
// and what must come out: expected.stdout, expected.stderr, expected.exit. UPDATE_GOLDEN=1 writes
// them anew; the difference is reviewed like code.
#include "app/world.hpp"

#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace smtpaudit;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) out.push_back(line);
    return out;
}

void compare(const fs::path& path, const std::string& got) {
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << got;
        return;
    }
    INFO(path.string());
    CHECK(slurp(path) == got);
}

void run_case(const fs::path& folder) {
    INFO(folder.string());
    fs::current_path(folder);
    test::FakeClock clock("2026-11-23T12:00:00Z");
    SystemFiles files;
    test::FakeRandom random;
    test::TextSource in("");
    test::TextSink out;
    test::TextSink err;
    World world{clock, files, random, in, out, err};
    const int code = run(lines(slurp("args")), world);
    compare(folder / "expected.stdout", out.text);
    compare(folder / "expected.stderr", err.text);
    compare(folder / "expected.exit", std::to_string(code) + "\n");
}

}  // namespace

TEST_CASE("every golden case prints what was reviewed") {
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(SMTPAUDIT_SOURCE_DIR "/tests/golden")) {
        if (!entry.is_directory()) continue;
        run_case(entry.path());
        ++cases;
    }
    CHECK(cases >= 8);
}
