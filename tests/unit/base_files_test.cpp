#include "base/files.hpp"

#include "support/catch.hpp"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace smtpaudit;

namespace {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "smtpaudit-XXXXXX";
        path_ = mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    std::size_t count() const {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            files += entry.exists();
        return files;
    }

private:
    std::string path_;
};

std::string contents(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a file appears whole and only for its owner") {
    const TemporaryFolder folder;
    const std::string path = folder / "run.json";
    std::ofstream(path) << "old";
    SystemFiles files;
    {
        auto file = files.create(path);
        REQUIRE(file);
        REQUIRE((*file)->write(std::string(200'000, 'x')));
        REQUIRE((*file)->flush());
        CHECK(contents(path) == "old");
        REQUIRE((*file)->commit());
    }
    CHECK(contents(path) == std::string(200'000, 'x'));
    CHECK(folder.count() == 1);
    struct stat info {};
    stat(path.c_str(), &info);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a file that is not committed leaves the old one and no trace") {
    const TemporaryFolder folder;
    const std::string path = folder / "run.json";
    std::ofstream(path) << "old";
    SystemFiles files;
    {
        auto file = files.create(path);
        REQUIRE(file);
        REQUIRE((*file)->write("new"));
    }
    CHECK(contents(path) == "old");
    CHECK(folder.count() == 1);
}

TEST_CASE("a full device and a missing folder are local errors that name the file") {
    SystemFiles files;
    auto full = files.create("/dev/full");
    REQUIRE(full);
    REQUIRE((*full)->write("x"));
    const auto flushed = (*full)->flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == Errc::local);
    CHECK(flushed.error().message == "/dev/full: cannot be written: No space left on device");
    const TemporaryFolder folder;
    const auto missing = files.create(folder / "no/run.json");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::local);
}

TEST_CASE("a folder lists its regular files in the order of their bytes") {
    const TemporaryFolder folder;
    for (const char* name : {"b.csv", "a.csv", ".hidden", "C.csv"}) std::ofstream(folder / name);
    std::filesystem::create_directory(folder / "inner");
    SystemFiles files;
    const auto listed = files.list(folder / "");
    REQUIRE(listed);
    CHECK(*listed ==
          std::vector<std::string>{folder / "C.csv", folder / "a.csv", folder / "b.csv"});
}

TEST_CASE("reading a pipe ends when the program shall stop") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const int stop = eventfd(1, EFD_CLOEXEC);
    const auto source = descriptor_source(ends[0], "standard input", stop);
    char room[8];
    const auto got = source->read(room);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::interrupted);
    close(ends[0]);
    close(ends[1]);
    close(stop);
}

TEST_CASE("a closed pipe is told apart from a broken output") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    std::signal(SIGPIPE, SIG_IGN);
    const auto sink = descriptor_sink(ends[1], "standard output");
    REQUIRE(sink->write("x"));
    const auto flushed = sink->flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().code == Errc::closed_pipe);
    close(ends[1]);
}

TEST_CASE("a text over its limit and an absent file are input errors") {
    const TemporaryFolder folder;
    std::ofstream(folder / "a") << "12345";
    const SystemFiles files;
    CHECK(read_text(files, folder / "a", 5).value() == "12345");
    CHECK(read_text(files, folder / "a", 4).error().code == Errc::input);
    CHECK(read_text(files, folder / "absent", 4).error().code == Errc::input);
}
